// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.testkit.backend.BackendRig.BLOCKED;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.WriteObserver;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.Inspector;
import org.sluice.testkit.Seed;

/**
 * The order of a driver's writes. After each single write to memory, hardware that has cached nothing looks: it must see what was
 * before the edit or what is after it, or nothing; never anything else, and what the edit does not concern it must see as ever. A backend
 * subclasses this and gives a {@link #newRig} whose memory has the observer.
 */
public abstract class WriteOrderConformance {
    private static final int PAGES = 2048;
    private static final int ROUNDS = 150;
    private static final int LONGEST = 600;
    private static final int DEVICES = 2;
    private static final int PROBES = 16;
    /** An answer that rests on memory which is not there: no driver may lead hardware to it. */
    private static final long LOST = -2;

    /** Which table a device uses, as an index, or one of these. */
    private static final int DETACHED = -1;
    private static final int PASSING = -2;
    private static final Predicate<Probe> NOTHING = probe -> false;

    protected BackendRig rig;
    private final Random random = Seed.random();
    private final DomainTable[] tables = new DomainTable[2];
    private final PageTruth[] truths = new PageTruth[2];
    /** [table][page] which map call made it; pages of one call may share larger pages. */
    private final int[][] pieces = new int[2][PAGES];
    private final int[] attached = {DETACHED, DETACHED};
    private final Map<Long, TranslationStep> entries = new HashMap<>();
    private final List<Probe> probes = new ArrayList<>();
    private Inspector inspector;
    private int nextPiece;
    private long base;
    private boolean watching;
    private long writes;
    private String objection;

    /** A look of a device at an address. */
    private static final class Probe {
        final int device;
        final int page;
        final long iova;
        final Access access;
        long before;
        long after;
        boolean mayBlock;

        Probe(int device, int page, long iova, Access access) {
            this.device = device;
            this.page = page;
            this.iova = iova;
            this.access = access;
        }
    }

    /** A fresh machine with the unit as after power-on; its memory tells {@code observer} of each write. */
    protected abstract BackendRig newRig(WriteObserver observer);

    /** Whether unmapping a part never blocks the rest, even for a moment: so unless the backend documents otherwise. */
    protected boolean splitsWithoutBlocking() {
        return true;
    }

    /** Whether hardware may find {@code after} where it could have read {@code entry}: break-before-make, where there is such a rule. */
    protected boolean mayReplace(TranslationStep entry, long before, long after) {
        return true;
    }

    /**
     * What hardware with empty caches answers; the inspector, where structures lie in memory. A backend whose tables are inside the
     * device asks the model, by {@link #askModel}.
     *
     * @return the output address, or -1 if the access is blocked
     */
    protected long look(int device, long iova, Access access) {
        DeviceDescription who = rig.device(device);
        TranslationReport report = inspector.translate(new TranslationRequest(who.device(), TranslationRequest.NO_PASID, iova, access), true);
        for (TranslationStep step : report.steps()) {
            for (int word = 0; word < step.words().size(); word++) {
                entries.put(step.address() + (long) word * Long.BYTES, step);
            }
        }
        return switch (report.result()) {
            case MAPPED -> report.output();
            case FAULT -> BLOCKED;
            case UNKNOWN -> LOST;
        };
    }

    /** The model's answer, with all that it has cached. */
    protected final long askModel(int device, long iova, Access access) {
        return rig.translate(device, iova, access.permission());
    }

    @Before
    public final void start() {
        rig = newRig(this::wrote);
        rig.driver.start();
        long size = rig.granule() * PAGES;
        base = rig.capabilities.aperture().start() + size - 1 & -size;
        while (!rig.isFree(base, size)) {
            base += size;
        }
        for (int i = 0; i < tables.length; i++) {
            tables[i] = rig.table(i + 1);
            truths[i] = new PageTruth(base, rig.granule(), PAGES);
        }
        for (int device = 0; device < DEVICES; device++) {
            rig.detach(device);
        }
    }

    private void wrote(long address, int bytes, long before, long after) {
        if (!watching || objection != null) {
            return;
        }
        watching = false;
        writes++;
        TranslationStep entry = entries.get(address & -Long.BYTES);
        if (entry != null && !mayReplace(entry, before, after)) {
            objection = Hex.of(after) + " replaces " + Hex.of(before) + " at " + Hex.of(address) + " in one step: " + entry;
        }
        lookAround("after the write of " + Hex.of(after) + " over " + Hex.of(before) + " at " + Hex.of(address));
        watching = true;
    }

    private void lookAround(String when) {
        entries.clear();
        inspector = rig.inspector();
        for (Probe probe : probes) {
            long answer = look(probe.device, probe.iova, probe.access);
            if (answer != probe.before && answer != probe.after && (answer != BLOCKED || !probe.mayBlock) && objection == null) {
                objection = when + " device " + probe.device + " gets " + Hex.of(answer) + " for " + probe.access + " at " + Hex.of(probe.iova) + ", not "
                        + Hex.of(probe.before) + " or " + Hex.of(probe.after) + (probe.mayBlock ? " or -1" : "");
            }
        }
    }

    private long expected(Probe probe) {
        int table = attached[probe.device];
        return table == DETACHED ? BLOCKED : table == PASSING ? probe.iova : truths[table].translate(probe.iova, probe.access.permission());
    }

    /**
     * An edit: what it does to the truth, and how it is asked of the driver.
     *
     * @param mayBlock what it may block for a moment though it is the same before and after
     */
    private void edit(int first, int count, Runnable truth, Predicate<Probe> mayBlock, Runnable edit, String what) {
        choose(first, count);
        probes.forEach(p -> p.before = expected(p));
        truth.run();
        for (Probe probe : probes) {
            probe.after = expected(probe);
            probe.mayBlock = probe.before != probe.after || mayBlock.test(probe);
        }
        lookAround("before any write");
        watching = true;
        edit.run();
        watching = false;
        probes.forEach(p -> p.before = p.after);
        probes.forEach(p -> p.mayBlock = false);
        lookAround("when all was done");
        assertNull(what, objection);
        for (Probe probe : probes) {
            assertEquals(what + ": the model at " + Hex.of(probe.iova), probe.after, askModel(probe.device, probe.iova, probe.access));
        }
    }

    /** Both devices look at the edges of an edit, and here and there. */
    private void choose(int first, int count) {
        probes.clear();
        for (int device = 0; device < DEVICES; device++) {
            for (int page : new int[] {first, first + count - 1, first - 1, first + count, first + count / 2}) {
                probe(device, Math.floorMod(page, PAGES));
            }
            for (int i = 0; i < PROBES; i++) {
                probe(device, random.nextInt(PAGES));
            }
        }
    }

    private void probe(int device, int page) {
        probes.add(new Probe(device, page, base + page * rig.granule() + random.nextInt((int) rig.granule()),
                random.nextBoolean() ? Access.READ : Access.WRITE));
    }

    @Test
    public void betweenTwoWritesHardwareSeesOldOrNewOrNothing() {
        for (int round = 0; round < ROUNDS; round++) {
            int device = random.nextInt(DEVICES);
            int table = random.nextInt(tables.length);
            int first = random.nextInt(PAGES);
            boolean large = random.nextInt(4) == 0;
            if (large) {
                first = first & -512;
            }
            int count = large ? 512 : 1 + random.nextInt(Math.min(PAGES - first, random.nextInt(4) == 0 ? LONGEST : 8));
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> map(table, first, count);
                case 4, 5 -> unmap(table, first, count);
                case 6 -> attach(device, table);
                default -> leave(device);
            }
        }
    }

    /** The driver wrote where it was watched: a rig whose memory has no observer proves nothing. */
    @Test
    public void editsAreSeen() {
        attach(0, 0);
        map(0, 0, 4);
        unmap(0, 1, 2);
        leave(0);
        if (writes == 0) {
            throw new AssertionError("the observer was told of no write");
        }
    }

    private void map(int table, int first, int count) {
        PageTruth truth = truths[table];
        boolean free = truth.isFree(first, count);
        List<Integer> allowed = rig.capabilities.permissions().stream().filter(p -> p != 0 && (p & ~READ_WRITE) == 0).sorted().toList();
        int permissions = allowed.get(random.nextInt(allowed.size()));
        long page = rig.granule();
        long output = rig.output(random.nextInt(1 << 20), page * 1024) + (random.nextBoolean() ? first % 1024 * page : 0);
        int piece = ++nextPiece;
        edit(first, count, () -> {
            if (free) {
                truth.map(first, count, output, permissions);
                Arrays.fill(pieces[table], first, first + count, piece);
            }
        }, NOTHING, () -> assertEquals(free ? Outcome.OK : Outcome.EXISTS,
                rig.map(tables[table], base + first * page, output, count * page, permissions)), "map of " + count + " pages from page " + first);
    }

    /** Pages mapped together with one at an edge of the range may be the rest of a split page. */
    private void unmap(int table, int first, int count) {
        long page = rig.granule();
        edit(first, count, () -> truths[table].unmap(first, count), p -> !splitsWithoutBlocking() && attached[p.device] == table
                && (pieces[table][p.page] == pieces[table][first] || pieces[table][p.page] == pieces[table][first + count - 1]),
                () -> rig.unmap(tables[table], base + first * page, count * page), "unmap of " + count + " pages from page " + first);
        for (int i = first + count, old = i < PAGES ? pieces[table][i] : 0, fresh = ++nextPiece; i < PAGES && pieces[table][i] == old; i++) {
            pieces[table][i] = fresh;
        }
    }

    private void attach(int device, int table) {
        edit(0, PAGES, () -> attached[device] = table, p -> p.device == device, () -> rig.attach(device, tables[table]), "attach of device " + device);
    }

    /** Detaches, or lets addresses through. */
    private void leave(int device) {
        if (rig.capabilities.features().contains(Feature.PASS_THROUGH) && random.nextBoolean()) {
            edit(0, PAGES, () -> attached[device] = PASSING, p -> p.device == device, () -> rig.driver.attachPassThrough(rig.device(device).device()),
                    "pass-through of device " + device);
        } else {
            edit(0, PAGES, () -> attached[device] = DETACHED, p -> p.device == device, () -> rig.detach(device), "detach of device " + device);
        }
    }
}
