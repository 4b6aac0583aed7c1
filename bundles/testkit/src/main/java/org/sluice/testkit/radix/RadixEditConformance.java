// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.testkit.Seed;
import org.sluice.testkit.radix.RadixRig.Leaf;

/** What editing must fulfil for every page-table format; see {@link RadixFormatConformance}. */
public abstract class RadixEditConformance {
    private static final int RANDOM_EDITS = 600;

    /** The formats under test, each able to encode what it decodes. */
    protected abstract List<RadixFormat> formats();

    static String name(RadixFormat format) {
        TableFormat description = format.description();
        return description.backend() + "/" + description.name();
    }

    @Test
    public void aRangeUsesTheLargestPagesThatFit() {
        for (RadixFormat format : formats()) {
            List<Integer> shifts = RadixRig.pageShifts(format);
            long smallest = 1L << shifts.get(0);
            long largest = 1L << shifts.get(shifts.size() - 1);
            // One page of each size, ascending, so that each is aligned and none merges with the next.
            long iova = 0;
            for (int shift : shifts) {
                iova += 1L << shift;
            }
            long start = 2 * largest - iova + largest;
            RadixRig rig = new RadixRig(format);
            assertEquals(name(format), RadixEditor.OK, rig.map(start, start, iova));
            long found = 0;
            for (Leaf leaf : rig.sweep()) {
                assertEquals(name(format), leaf.iova(), leaf.output());
                assertEquals(name(format), start + found, leaf.iova());
                found += leaf.last() - leaf.iova() + 1;
            }
            assertEquals(name(format), iova, found);
            assertEquals(name(format), iova, rig.editor.unmap(start, iova));
            assertEquals(name(format), RadixEditor.OK, rig.map(largest, largest, largest));
            assertEquals(name(format) + ": not one large page", 1, rig.sweep().size());
            assertTrue(name(format), smallest <= largest);
            releaseAll(rig);
        }
    }

    @Test
    public void anEmptyTableGivesWayToALargePage() {
        for (RadixFormat format : formats()) {
            List<Integer> shifts = RadixRig.pageShifts(format);
            long smallest = 1L << shifts.get(0);
            for (int shift : shifts) {
                long size = 1L << shift;
                RadixRig rig = new RadixRig(format);
                assertEquals(RadixEditor.OK, rig.map(size, 0, smallest));
                assertEquals(smallest, rig.editor.unmap(size, smallest));
                long before = rig.pages.inUse();
                assertEquals(name(format) + " 2^" + shift, RadixEditor.OK, rig.map(size, 0, size));
                assertEquals(name(format) + " 2^" + shift, List.of(new Leaf(size, 2 * size - 1, 0, rig.sweep().get(0).permissions())), rig.sweep());
                assertTrue(name(format), rig.pages.inUse() <= before);
                releaseAll(rig);
            }
        }
    }

    @Test
    public void aPartialUnmapSplits() {
        Random random = Seed.random();
        for (RadixFormat format : formats()) {
            List<Integer> shifts = RadixRig.pageShifts(format);
            long smallest = 1L << shifts.get(0);
            for (int shift : shifts.subList(1, shifts.size())) {
                long size = 1L << shift;
                RadixRig rig = new RadixRig(format);
                assertEquals(RadixEditor.OK, rig.map(size, 0, size));
                long hole = size + (random.nextLong() & size - 1 & -smallest);
                String at = name(format) + " 2^" + shift + " hole " + Long.toHexString(hole);
                assertEquals(at, smallest, rig.editor.unmap(hole, smallest));
                assertEquals(at, RadixWalker.NOT_PRESENT, RadixWalker.outcome(rig.read(hole)));
                assertEquals(at, hole == size ? -1L : hole - 1 - size, hole == size ? -1L : rig.read(hole - 1));
                assertEquals(at, size - smallest, rig.sweep().stream().mapToLong(l -> l.last() - l.iova() + 1).sum());
                for (Leaf leaf : rig.sweep()) {
                    assertEquals(at, leaf.iova() - size, leaf.output());
                }
                assertEquals(at, size - smallest, rig.editor.unmap(size, size));
                releaseAll(rig);
            }
        }
    }

    @Test
    public void randomEditsMatchAnIntervalMap() {
        Random random = Seed.random();
        for (RadixFormat format : formats()) {
            RadixRig rig = new RadixRig(format);
            NaiveMap truth = new NaiveMap();
            List<Integer> shifts = RadixRig.pageShifts(format);
            for (int i = 0; i < RANDOM_EDITS; i++) {
                randomEdit(rig, truth, shifts, random);
            }
            assertEquals(name(format), truth.leavesMerged(), NaiveMap.merged(rig.sweep()));
            releaseAll(rig);
        }
    }

    private static void randomEdit(RadixRig rig, NaiveMap truth, List<Integer> shifts, Random random) {
        long smallest = 1L << shifts.get(0);
        int largest = random.nextInt(shifts.size());
        long unit = 1L << shifts.get(largest);
        // Out of step by one size at most, or tables would fill the memory.
        long step = 1L << shifts.get(Math.max(0, largest - random.nextInt(2)));
        long base = RadixRig.input(rig.format, random.nextInt(3) * 0x5555_5555_5555_5555L) & -(1L << shifts.get(shifts.size() - 1));
        long iova = base + random.nextInt(4) * unit + random.nextInt(4) * smallest;
        long size = (1 + random.nextInt(3)) * unit - (random.nextBoolean() ? 0 : unit - smallest);
        if (!rig.format.accepts(iova) || !rig.format.accepts(iova + size - 1) || (iova ^ iova + size - 1) < 0) {
            return;
        }
        String at = name(rig.format) + " " + Long.toHexString(iova) + "+" + Long.toHexString(size);
        if (random.nextInt(5) < 3) {
            long output = random.nextLong() & RadixRig.outputMask(rig.format) >>> 1 & -step | iova & step - 1;
            int expected = truth.isFree(iova, size) ? RadixEditor.OK : RadixEditor.EXISTS;
            assertEquals("map " + at, expected, rig.map(iova, output, size));
            if (expected == RadixEditor.OK) {
                truth.map(iova, size, output);
            }
        } else {
            assertEquals("unmap " + at, truth.unmap(iova, size), rig.editor.unmap(iova, size));
        }
        for (long probe : new long[] {iova - 1, iova, iova + size / 2 + 5, iova + size - 1, iova + size}) {
            long expected = rig.format.accepts(probe) ? truth.translate(probe) : -1;
            assertEquals(at + " probe " + Long.toHexString(probe), expected, Math.max(-1, rig.read(probe)));
        }
    }

    @Test
    public void anEditWithoutMemoryChangesNothing() {
        for (RadixFormat format : formats()) {
            List<Integer> shifts = RadixRig.pageShifts(format);
            long smallest = 1L << shifts.get(0);
            long largest = 1L << shifts.get(shifts.size() - 1);
            // Starts in a table that exists, replaces an empty one, and needs new ones on both sides of a large page.
            everyLimit(format, "map", rig -> isDone(rig.map(2 * largest - 2 * smallest, largest - 2 * smallest, largest + 4 * smallest)));
            everyLimit(format, "misaligned map", rig -> isDone(rig.map(largest + largest / 2 - smallest, 0, 3 * smallest)));
            everyLimit(format, "unmap", rig -> isDone((int) Math.max(0, -rig.editor.unmap(smallest, largest - 2 * smallest))));
        }
    }

    private static boolean isDone(int answer) {
        assertTrue("answer " + answer, answer <= RadixEditor.OK || answer == RadixEditor.NO_MEMORY);
        return answer != RadixEditor.NO_MEMORY;
    }

    /** Runs an edit with every number of free tables of each size, up to where it is not refused. */
    private static void everyLimit(RadixFormat format, String what, Predicate<RadixRig> edit) {
        int[] shifts = IntStream.range(0, format.levels()).map(level -> tableShift(format, level)).distinct().toArray();
        int most = shifts.length == 1 ? 12 : shifts.length == 2 ? 8 : 5;
        int refused = 0;
        int done = 0;
        int[] free = new int[shifts.length];
        do {
            RadixRig rig = new RadixRig(format, -1L, 4L << 20);
            assertTrue(prepared(rig));
            leave(rig, shifts, free);
            String at = name(format) + " " + what + " with free tables " + Arrays.toString(free);
            Map<Long, List<Long>> before = rig.tables();
            long inUse = rig.pages.inUse();
            long told = rig.editor.tableBytes();
            if (edit.test(rig)) {
                done++;
            } else {
                refused++;
                assertEquals(at, before, rig.tables());
                assertEquals(at, inUse, rig.pages.inUse());
            }
            assertEquals(at, told + rig.pages.inUse() - inUse, rig.editor.tableBytes());
            rig.editor.release();
            assertEquals(at, 0, rig.editor.tableBytes());
        } while (next(free, most));
        assertTrue(name(format) + " " + what + ": refused " + refused + ", done " + done, refused > 0 && done > 0);
    }

    /** Counts through all combinations of 0 to {@code most}. */
    private static boolean next(int[] digits, int most) {
        for (int i = 0; i < digits.length; i++) {
            if (++digits[i] <= most) {
                return true;
            }
            digits[i] = 0;
        }
        return false;
    }

    /** Takes all pages from the allocator, then gives some of each size back. */
    private static void leave(RadixRig rig, int[] shifts, int[] free) {
        List<Runnable> back = new ArrayList<>();
        for (int i = 0; i < shifts.length; i++) {
            for (int n = 0; n < free[i]; n++) {
                int shift = shifts[i];
                long page = rig.pages.allocate(shift);
                back.add(() -> rig.pages.free(page, shift));
            }
        }
        IntStream.of(shifts).boxed().sorted(Comparator.reverseOrder()).forEach(shift -> {
            while (rig.pages.allocate(shift) != PageAllocator.NONE) {
                continue;
            }
        });
        back.forEach(Runnable::run);
    }

    private static int tableShift(RadixFormat format, int level) {
        return Math.max(10, Long.numberOfTrailingZeros(format.tableBytes(level)));
    }

    /** A large page at 0, and behind it a table that is empty again. */
    private static boolean prepared(RadixRig rig) {
        List<Integer> shifts = RadixRig.pageShifts(rig.format);
        long smallest = 1L << shifts.get(0);
        long largest = 1L << shifts.get(shifts.size() - 1);
        boolean both = rig.map(0, 0, shifts.size() > 1 ? largest / 2 & -smallest : smallest) == RadixEditor.OK
                && rig.map(2 * largest, 0, smallest) == RadixEditor.OK;
        if (both) {
            rig.editor.unmap(2 * largest, smallest);
            rig.editor.unmap(0, largest);
        }
        return both && rig.map(0, 0, largest) == RadixEditor.OK;
    }

    /** Every word of every table is what single edits would have made, and so is where it stops when memory for tables runs out. */
    @Test
    public void rangesMappedTogetherAreWhatTheyAreOneByOne() {
        Random random = Seed.random();
        for (RadixFormat format : formats()) {
            long[][] ranges = ascending(format, random);
            int all = ranges[0].length;
            int[] shifts = IntStream.range(0, format.levels()).map(level -> tableShift(format, level)).distinct().toArray();
            for (int free = 0; free < 8; free++) {
                int[] each = new int[shifts.length];
                Arrays.fill(each, free);
                RadixRig one = new RadixRig(format, -1L, 4L << 20);
                leave(one, shifts, each);
                int done = 0;
                while (done < all && one.map(ranges[0][done], ranges[1][done], ranges[2][done]) == RadixEditor.OK) {
                    done++;
                }
                Map<Long, List<Long>> tables = one.tables();
                RadixRig together = new RadixRig(format, -1L, 4L << 20);
                leave(together, shifts, each);
                String at = name(format) + " with free tables " + free;
                assertEquals(at, done, together.editor.mapEach(ranges[0], ranges[1], ranges[2], all, Permissions.READ_WRITE, 0));
                assertEquals(at, tables, together.tables());
            }
        }
    }

    /** Pages that follow each other across a table's end, with one among them that is taken, larger, out of line, or of an address that no entry holds. */
    @Test
    public void neighboursMappedTogetherStopWhereTheyWouldOneByOne() {
        Random random = Seed.random();
        for (RadixFormat format : formats()) {
            long smallest = 1L << RadixRig.pageShifts(format).get(0);
            long first = smallest * (format.tableBytes(0) / Long.BYTES - 150);
            for (int flaw = 0; flaw < 6; flaw++) {
                int at = random.nextInt(300);
                long[][] ranges = new long[3][300];
                for (int i = 0; i < 300; i++) {
                    ranges[0][i] = first + (flaw == 1 && i > at ? i + 1 : i) * smallest;
                    ranges[1][i] = random.nextLong() & RadixRig.outputMask(format) >>> 1 & -smallest | (flaw == 2 && i == at ? Long.MIN_VALUE : 0);
                    ranges[2][i] = flaw == 3 && i == at ? 2 * smallest : smallest;
                }
                ranges[1][at] |= flaw == 4 ? smallest >>> 1 : 0;
                RadixRig one = new RadixRig(format);
                boolean taken = flaw == 5;
                assertTrue(!taken || one.map(ranges[0][at], 0, smallest) == RadixEditor.OK);
                int done = 0;
                while (done < 300 && one.map(ranges[0][done], ranges[1][done], ranges[2][done]) == RadixEditor.OK) {
                    done++;
                }
                Map<Long, List<Long>> tables = one.tables();
                RadixRig together = new RadixRig(format);
                assertTrue(!taken || together.map(ranges[0][at], 0, smallest) == RadixEditor.OK);
                String what = name(format) + ", flaw " + flaw + " at " + at;
                assertEquals(what, done, together.editor.mapEach(ranges[0], ranges[1], ranges[2], 300, Permissions.READ_WRITE, 0));
                assertEquals(what, tables, together.tables());
            }
        }
    }

    /** Runs of single pages in several tables, with a larger range now and then; starts, outputs, sizes. */
    private static long[][] ascending(RadixFormat format, Random random) {
        long smallest = 1L << RadixRig.pageShifts(format).get(0);
        long table = smallest * format.tableBytes(0) / Long.BYTES;
        long[][] ranges = new long[3][40];
        long at = 0;
        for (int i = 0; i < ranges[0].length; i++) {
            at += random.nextInt(6) == 0 ? table : random.nextInt(3) * smallest;
            long pages = random.nextInt(8) == 0 ? 1 + random.nextInt(4) : 1;
            ranges[0][i] = at;
            ranges[1][i] = random.nextLong() & RadixRig.outputMask(format) >>> 1 & -smallest;
            ranges[2][i] = pages * smallest;
            at += pages * smallest;
        }
        return ranges;
    }

    @Test
    public void aRangeThatIsPartlyMappedChangesNothing() {
        for (RadixFormat format : formats()) {
            List<Integer> shifts = RadixRig.pageShifts(format);
            long smallest = 1L << shifts.get(0);
            for (int shift : shifts) {
                long size = 1L << shift;
                for (long taken : new long[] {size, 2 * size - smallest, 3 * size - smallest}) {
                    RadixRig rig = new RadixRig(format);
                    assertEquals(RadixEditor.OK, rig.map(taken, 0, smallest));
                    Map<Long, List<Long>> before = rig.tables();
                    long inUse = rig.pages.inUse();
                    assertEquals(name(format), RadixEditor.EXISTS, rig.map(size, 0, 2 * size));
                    assertEquals(name(format), RadixEditor.EXISTS, rig.map(taken, smallest, smallest));
                    assertEquals(name(format), before, rig.tables());
                    assertEquals(name(format), inUse, rig.pages.inUse());
                    releaseAll(rig);
                }
            }
        }
    }

    @Test
    public void whatTheFormatCannotSayIsRefused() {
        for (RadixFormat format : formats()) {
            long smallest = 1L << RadixRig.pageShifts(format).get(0);
            long topOutput = RadixRig.outputMask(format) & -smallest;
            RadixRig rig = new RadixRig(format);
            assertEquals(RadixEditor.OK, rig.map(0, 0, smallest));
            Map<Long, List<Long>> before = rig.tables();
            long[][] refused = {{0, 0, 0}, {smallest / 2, 0, smallest}, {0, smallest / 2, smallest}, {0, 0, smallest / 2},
                {smallest, topOutput + smallest, smallest}, {smallest, topOutput, 2 * smallest},
                {smallest, -smallest, smallest}, {smallest, 0, -smallest}, {smallest + 1, 0, smallest}};
            for (long[] r : refused) {
                assertEquals(name(format) + " " + Long.toHexString(r[0]) + " -> " + Long.toHexString(r[1]) + " size " + Long.toHexString(r[2]),
                        RadixEditor.NOT_EXPRESSIBLE, rig.map(r[0], r[1], r[2]));
            }
            int width = format.description().inputBits();
            if (width < Long.SIZE) {
                assertEquals(name(format), RadixEditor.NOT_EXPRESSIBLE, rig.map(1L << width, 0, smallest));
                assertEquals(name(format), -RadixEditor.NOT_EXPRESSIBLE, rig.editor.unmap(1L << width, smallest));
                assertEquals(name(format), RadixEditor.NOT_EXPRESSIBLE, rig.map((1L << width - 1) - smallest, 0, 1L << width));
            }
            assertEquals(name(format), -RadixEditor.NOT_EXPRESSIBLE, rig.editor.unmap(0, 0));
            assertEquals(name(format), -RadixEditor.NOT_EXPRESSIBLE, rig.editor.unmap(1, smallest));
            assertEquals(name(format), before, rig.tables());
            releaseAll(rig);
        }
    }

    /** The table is gone, not only unlinked: a walk through the editor's shortcut must not see it either. */
    @Test
    public void aFreedTableIsForgotten() {
        for (RadixFormat format : formats()) {
            long smallest = 1L << RadixRig.pageShifts(format).get(0);
            long table = smallest * format.tableBytes(0) / Long.BYTES;
            RadixRig rig = new RadixRig(format);
            assertEquals(RadixEditor.OK, rig.map(table, 0, smallest));
            assertEquals(name(format), smallest, rig.editor.unmap(table, table));
            long stolen = rig.pages.allocate(Long.numberOfTrailingZeros(Math.max(1024, format.tableBytes(0))));
            assertNotEquals(PageAllocator.NONE, stolen);
            assertEquals(RadixEditor.OK, rig.map(table, 0, smallest));
            assertEquals(name(format), 0, rig.read(table));
            releaseAllBut(rig, Math.max(1024, format.tableBytes(0)));
        }
    }

    private static void releaseAll(RadixRig rig) {
        releaseAllBut(rig, 0);
    }

    private static void releaseAllBut(RadixRig rig, long bytes) {
        assertEquals(name(rig.format) + ": tables told", rig.pages.inUse() - bytes, rig.editor.tableBytes());
        rig.editor.release();
        assertEquals(name(rig.format) + ": tables left", bytes, rig.pages.inUse());
    }
}
