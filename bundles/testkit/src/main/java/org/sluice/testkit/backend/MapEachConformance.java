// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.EXECUTE;
import static org.sluice.api.Permissions.MMIO;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Before;
import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/** Mapping many ranges in one call does what mapping them one by one does, up to the first that cannot be; see {@link DriverMeetsModel}. */
public abstract class MapEachConformance {
    private static final int ROUNDS = 40;
    private static final int TRIES = 100;
    private static final int MOST = 200;
    /** What the random ranges lie in, in pages of the smallest size: more than a leaf table of any unit covers. */
    private static final int WINDOW = 1 << 14;
    /** Pages of which three in four are forgotten together; more ranges than any unit takes for one command. */
    private static final int TOGETHER = 512;
    private static final int[] PERMISSIONS = {READ_WRITE, READ_WRITE, READ_WRITE, READ, WRITE, READ_WRITE | MMIO, READ | EXECUTE, 0};

    protected BackendRig rig;

    /** A fresh machine; the unit as after power-on. */
    protected abstract BackendRig newRig();

    @Before
    public final void start() {
        rig = newRig();
        rig.driver.start();
    }

    /** An address of the middle of the aperture, aligned to {@code size}, that is free if there is one. */
    final long middle(long size) {
        AddressRange aperture = rig.capabilities.aperture();
        long at = aperture.start() + (aperture.last() - aperture.start() >>> 2) & -size;
        for (int tries = 0; tries < TRIES && !rig.isFree(at, size); tries++) {
            at += size;
        }
        return at;
    }

    /** Ranges as {@link DomainTable#mapEach} takes them; the arrays are longer than they have to be. */
    private static final class Ranges {
        private final long[] iovas = new long[MOST + 1];
        private final long[] outputs = new long[MOST + 1];
        private final long[] sizes = new long[MOST + 1];
        private int count;

        private void add(long iova, long output, long size) {
            iovas[count] = iova;
            outputs[count] = output;
            sizes[count++] = size;
        }

        private int mapIn(DomainTable table, int permissions) {
            return table.mapEach(iovas, outputs, sizes, count, permissions);
        }

        private Outcome mapOne(DomainTable table, int at, int permissions) {
            return table.map(iovas[at], outputs[at], sizes[at], permissions);
        }

        private void drop(int many) {
            for (long[] array : List.of(iovas, outputs, sizes)) {
                System.arraycopy(array, many, array, 0, count - many);
            }
            count -= many;
        }

        private long last() {
            return iovas[count - 1] + (sizes[count - 1] - 1);
        }
    }

    @Test
    public void rangesMappedTogetherAreWhatTheyAreOneByOne() {
        Random random = Seed.random();
        DomainTable one = rig.table(1);
        DomainTable together = rig.table(2);
        long page = rig.granule();
        long base = middle(page * WINDOW);
        rig.attach(0, one);
        for (int round = 0; round < ROUNDS; round++) {
            if (round == ROUNDS / 2) {
                // What was mapped before an attach counts as much as what is mapped after it.
                rig.attach(1, together);
            }
            Ranges ranges = random(random, base, page);
            int permissions = PERMISSIONS[random.nextInt(PERMISSIONS.length)];
            mapBoth(ranges, one, together, permissions);
            assertEquals(mappings(one), mappings(together));
            if (round > ROUNDS / 2) {
                probe(random, base, page);
            }
            long from = base + random.nextInt(WINDOW) * page;
            long size = Math.min(page * WINDOW - (from - base), (1 + random.nextInt(WINDOW / 8)) * page);
            assertEquals(rig.unmap(one, from, size), rig.unmap(together, from, size));
        }
    }

    /** Some ranges will be refused, for what is there already or for what they ask; whoever maps goes on behind each. */
    private void mapBoth(Ranges ranges, DomainTable one, DomainTable together, int permissions) {
        while (ranges.count > 0) {
            long first = ranges.iovas[0];
            long last = ranges.last();
            int alone = 0;
            Outcome outcome = Outcome.OK;
            while (alone < ranges.count && outcome == Outcome.OK) {
                outcome = ranges.mapOne(one, alone, permissions);
                alone += outcome == Outcome.OK ? 1 : 0;
            }
            assertEquals("of " + ranges.count + " from " + Hex.of(first), alone, ranges.mapIn(together, permissions));
            if (alone < ranges.count) {
                assertEquals("at " + Hex.of(ranges.iovas[alone]), outcome, ranges.mapOne(together, alone, permissions));
                alone++;
            }
            rig.driver.invalidate(one, first, last);
            rig.driver.invalidate(together, first, last);
            ranges.drop(alone);
        }
    }

    /** Mostly single pages, close together; some larger ones, some gaps, now and then one that no unit can have. */
    private Ranges random(Random random, long base, long page) {
        Ranges ranges = new Ranges();
        int many = 1 + random.nextInt(MOST);
        int at = random.nextInt(WINDOW);
        int faulty = random.nextInt(3) == 0 ? random.nextInt(many) : -1;
        for (int i = 0; i < many && at < WINDOW; i++) {
            int pages = random.nextInt(8) == 0 ? Math.min(WINDOW - at, 1 << random.nextInt(11)) : 1;
            at = random.nextInt(16) == 0 ? at + pages - 1 & -pages : at;
            pages = Math.min(pages, WINDOW - at);
            if (pages > 0) {
                long output = rig.output(random.nextInt(1 << 20), page * pages);
                int fault = i == faulty ? 1 + random.nextInt(3) : 0;
                ranges.add(base + at * page, fault == 1 ? output + page / 2 : fault == 2 ? tooWide(output) : output,
                        fault == 3 ? page / 2 : pages * page);
            }
            at += pages + (random.nextInt(4) == 0 ? random.nextInt(600) : 0);
        }
        if (ranges.count == 0) {
            ranges.add(base, rig.output(1, page), page);
        }
        return ranges;
    }

    private long tooWide(long output) {
        int bits = rig.capabilities.outputBits();
        return bits >= Long.SIZE - 1 ? output + 1 : output | 1L << bits;
    }

    private void probe(Random random, long base, long page) {
        for (int i = 0; i < MOST; i++) {
            long iova = base + Math.floorMod(random.nextLong(), page * WINDOW);
            int permission = random.nextBoolean() ? READ : WRITE;
            assertEquals(Hex.of(iova), rig.translate(0, iova, permission), rig.translate(1, iova, permission));
        }
    }

    @Test
    public void aRangeBeyondTheApertureIsWhereItStops() {
        long page = rig.granule();
        AddressRange aperture = rig.capabilities.aperture();
        long highest = aperture.last() - (page - 1) & -page;
        if (aperture.last() == -1L || !rig.isFree(highest, page)) {
            return;
        }
        DomainTable table = rig.table(1);
        Ranges ranges = new Ranges();
        ranges.add(highest - page, rig.output(1, page), page);
        ranges.add(highest, rig.output(2, page), page);
        ranges.add(highest + page, rig.output(3, page), page);
        ranges.add(highest + 2 * page, rig.output(4, page), page);
        assertEquals(2, ranges.mapIn(table, READ_WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, ranges.mapOne(table, 2, READ_WRITE));
        rig.attach(0, table);
        assertEquals(rig.output(2, page) + 1, rig.translate(0, highest + 1, READ));
        ranges.drop(2);
        assertEquals(0, ranges.mapIn(table, READ_WRITE));
        ranges.count = 0;
        assertEquals("none at all", 0, ranges.mapIn(table, READ_WRITE));
    }

    /** What is behind the count is not looked at. */
    @Test
    public void noMoreRangesAreMappedThanAreTold() {
        long page = rig.granule();
        long base = middle(4 * page);
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        Ranges ranges = new Ranges();
        for (int i = 0; i < 4; i++) {
            ranges.add(base + i * page, rig.output(i, page), page);
        }
        ranges.count = 3;
        assertEquals(3, ranges.mapIn(table, READ_WRITE));
        rig.driver.invalidate(table, base, base + 4 * page - 1);
        assertEquals(rig.output(2, page), rig.translate(0, base + 2 * page, WRITE));
        assertEquals(BackendRig.BLOCKED, rig.translate(0, base + 3 * page, WRITE));
        assertTrue(ranges.mapOne(table, 3, READ_WRITE) == Outcome.OK);
    }

    /** Ranges that were unmapped one by one and are forgotten in one call are gone when that returns, each to its ends; what lies between stays. */
    @Test
    public void rangesForgottenTogetherAreGoneAndNoOthers() {
        long page = rig.granule();
        long base = middle(TOGETHER * page);
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        for (int i = 0; i < TOGETHER; i++) {
            assertEquals(Outcome.OK, table.map(base + i * page, rig.output(i, page), page, READ_WRITE));
        }
        rig.driver.invalidate(table, base, base + TOGETHER * page - 1);
        for (int i = 0; i < TOGETHER; i++) {
            assertEquals(rig.output(i, page), rig.translate(0, base + i * page, READ));
        }
        int count = TOGETHER / 4;
        // Longer than it has to be: what is behind the count was not unmapped.
        long[] ranges = new long[2 * count + 2];
        for (int i = 0; i < count; i++) {
            ranges[2 * i] = base + 4 * i * page;
            ranges[2 * i + 1] = ranges[2 * i] + 3 * page - 1;
            assertEquals(3 * page, table.unmap(ranges[2 * i], 3 * page));
        }
        rig.driver.invalidateAll(table, ranges, count);
        for (int i = 0; i < TOGETHER; i++) {
            assertEquals(i % 4 == 3 ? rig.output(i, page) : BackendRig.BLOCKED, rig.translate(0, base + i * page, READ));
        }
        rig.driver.invalidateAll(table, ranges, 0);
        assertEquals("nothing", rig.output(3, page), rig.translate(0, base + 3 * page, READ));
    }

    private static List<String> mappings(DomainTable table) {
        List<String> found = new ArrayList<>();
        table.view().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                found.add(Hex.of(iova) + " " + Hex.of(last) + " " + Hex.of(output) + " " + permissions + " " + memoryType);
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("the table at " + Hex.of(tableAddress) + " is not there");
            }
        });
        return found;
    }
}
