// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

import org.sluice.api.Capabilities;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.backend.vtd.driver.VtdDomain.Use;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DomainTable;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver.DomainSpec;

/**
 * First stages of users over second-stage tables of the driver (sections 3.8 and 9.6). Translations of a first stage are known by domain id and
 * PASID and by no requester, so each user table in use has a domain id of its own, from a part that tables of the driver leave free. Not
 * thread-safe.
 */
final class VtdNesting implements NestingDriver {
    /** Flags SRE, EAFE and WPE; root, in whole pages of the user; width. */
    private static final UserFormat FORMAT = new UserFormat(UserTable.VTD, "VT-d first-stage table", 24, List.of(0x7L, -(long) Vtd.PAGE_BYTES, 0xffff_ffffL));
    private static final int SUPERVISOR = 1;
    private static final int EXTENDED_ACCESSED = 2;
    private static final int WRITE_PROTECT = 4;
    private static final int FOUR_LEVELS = 48;
    private static final int FIVE_LEVELS = 57;
    /** Flag of an entry: only leaves have changed. */
    private static final long LEAVES_ONLY = 1;
    private static final long ALL_PAGES = -1L;
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);
    private static final int MOST_STAGES = 4096;

    private final UnitPort port;
    private final CommandQueue queue;
    private final IntPredicate caches;
    private final Supplier<Capabilities> parents;
    private final Function<DomainSpec, DomainTable> maker;
    private final Attacher attacher;
    private final int domains;
    /** Domain ids in use, counted down from the last that is not pass-through's. */
    private final BitSet used = new BitSet();
    /** User tables that are attached somewhere. */
    private final Map<UserTable, Stage> stages = new HashMap<>();

    /** Writes entries; what the use had is gone when this returns. */
    @FunctionalInterface
    interface Attacher {
        void attach(DeviceId device, int pasid, VtdDomain parent, Stage stage);
    }

    /** A user table in use. */
    static final class Stage {
        private final int number;
        private final VtdDomain parent;
        private final Translation translation;
        private final Set<Use> uses = new HashSet<>();

        private Stage(int number, int domain, VtdDomain parent, long user) {
            this.number = number;
            this.parent = parent;
            this.translation = parent.translation().under(domain, user);
        }

        /** As entries say it now. */
        Translation translation() {
            return translation.dirty(parent.translation().dirty());
        }

        Set<Use> uses() {
            return uses;
        }
    }

    /** @param caches whether a requester has a device-TLB */
    VtdNesting(UnitPort port, CommandQueue queue, IntPredicate caches, Supplier<Capabilities> parents, Function<DomainSpec, DomainTable> maker,
            Attacher attacher) {
        this.port = port;
        this.queue = queue;
        this.caches = caches;
        this.parents = parents;
        this.maker = maker;
        this.attacher = attacher;
        this.domains = domains(port);
    }

    private static int domains(UnitPort port) {
        return 1 << 4 + 2 * (int) port.cap(CapabilityRegisters.ND);
    }

    /** How many domain ids are kept for tables of users. */
    static int reserved(UnitPort port) {
        return Math.min(MOST_STAGES, domains(port) / 4);
    }

    @Override
    public List<UserFormat> tables() {
        return List.of(FORMAT);
    }

    @Override
    public Capabilities parents() {
        return parents.get();
    }

    @Override
    public DomainTable createParent(DomainSpec spec) {
        return maker.apply(spec);
    }

    @Override
    public void check(UserTable table) {
        word(table);
    }

    /** The third word of a PASID table entry, as the user wants it. */
    private long word(UserTable table) {
        long[] words = FORMAT.words(table.type(), table.bytes());
        long flags = words[0];
        long width = words[2];
        if (width != FOUR_LEVELS && !(width == FIVE_LEVELS && port.cap(CapabilityRegisters.FS5LP) != 0)) {
            throw refused("the unit has no first-stage tables of " + width + " bits");
        }
        if ((flags & SUPERVISOR) != 0 && !port.ecap(CapabilityRegisters.SRS)) {
            throw refused("SRE=1 on a unit without supervisor requests (ECAP.SRS)");
        }
        if ((flags & EXTENDED_ACCESSED) != 0 && !port.ecap(CapabilityRegisters.EAFS)) {
            throw refused("EAFE=1 on a unit without the extended accessed flag (ECAP.EAFS)");
        }
        return words[1] | PasidEntry.FIRST_STAGE_MODE.put(width == FIVE_LEVELS ? 1 : 0) | PasidEntry.SUPERVISOR.put(flags & SUPERVISOR)
                | PasidEntry.EXTENDED_ACCESSED.put((flags & EXTENDED_ACCESSED) != 0 ? 1 : 0) | PasidEntry.WRITE_PROTECT.put((flags & WRITE_PROTECT) != 0 ? 1 : 0);
    }

    private static RefusedException refused(String text) {
        return new RefusedException(Refusal.of(Rule.INVALID, null, FORMAT.name() + ": " + text));
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable parent, UserTable table) {
        Stage stage = stages.get(table);
        boolean fresh = stage == null;
        if (fresh) {
            int number = used.nextClearBit(0);
            if (number >= reserved(port)) {
                throw new IommuException(Reason.LIMIT, "unit " + port.unit() + " is driven with at most " + reserved(port) + " tables of users at a time");
            }
            stage = new Stage(number, domains - 2 - number, (VtdDomain) parent, word(table));
            used.set(number);
            stages.put(table, stage);
        } else if (stage.parent != parent) {
            throw new IllegalArgumentException("that table lies over another parent");
        }
        try {
            attacher.attach(device, pasid, stage.parent, stage);
        } finally {
            dropUnused();
        }
    }

    /** A use has another entry from now on, or none; the unit has forgotten the old one. */
    void left(Use use) {
        for (Stage stage : stages.values()) {
            stage.uses.remove(use);
        }
    }

    /** Domain ids of tables that nobody uses any more are free. */
    void dropUnused() {
        stages.values().removeIf(stage -> {
            if (stage.uses.isEmpty()) {
                used.clear(stage.number);
            }
            return stage.uses.isEmpty();
        });
    }

    /** No requester has an entry any more. */
    void clear() {
        stages.clear();
        used.clear();
    }

    /** What came through a parent is known by addresses of users, which the driver does not know: all of it goes. To be completed by the caller. */
    void forget(VtdDomain parent) {
        if (stages.isEmpty()) {
            return;
        }
        for (Stage stage : stages.values()) {
            if (stage.parent == parent) {
                queue.domain(stage.translation.domain());
                stage.uses.forEach(use -> device(use, 0, -1L));
            }
        }
    }

    private void device(Use use, long start, long last) {
        if (caches.test(use.sourceId())) {
            queue.device(use.sourceId(), use.pasid(), start, last);
        }
    }

    @Override
    public UserEntries.Outcome invalidate(DomainTable parent, UserTable table, UserEntries entries) {
        if (table == null) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, "entries of VT-d are for one table, and none is meant"));
        }
        Stage stage = parent == null ? null : stages.get(table);
        UserEntries.Outcome outcome = entries.inOrder(UserEntries.VTD, "those of VT-d's first stage",
                in -> entry(stage, in.getLong(), in.getLong(), in.getLong()));
        if (stage != null && outcome.done() > 0) {
            queue.complete();
        }
        return outcome;
    }

    /** Why not, or null. */
    private Refusal entry(Stage stage, long address, long pages, long flags) {
        if ((flags & ~LEAVES_ONLY) != 0) {
            return Refusal.of(Rule.STAGES, null, "VT-d first-stage invalidation: unknown flags 0x" + Long.toHexString(flags));
        }
        boolean all = address == 0 && pages == ALL_PAGES;
        long last = all ? -1L : address + (pages << PAGE_SHIFT) - 1;
        boolean wraps = pages == 0 || pages >>> Long.SIZE - PAGE_SHIFT != 0 || Long.compareUnsigned(last, address) < 0;
        if (!all && ((address & Vtd.PAGE_BYTES - 1) != 0 || wraps)) {
            return Refusal.of(Rule.INVALID, null, "VT-d first-stage invalidation: " + Long.toUnsignedString(pages) + " pages from 0x"
                    + Long.toHexString(address) + " are no range of whole pages");
        }
        if (stage != null) {
            for (Use use : stage.uses) {
                queue.pages(stage.translation.domain(), Math.max(use.pasid(), 0), address, last);
                device(use, address, last);
            }
        }
        return null;
    }
}
