// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixSweep;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.Seed;

/** What hand-written and random tables mean. Entries of the plain format are address and read, write. */
public class RadixWalkerTest {
    private static final long ROOT = 0x1_0000;
    private static final AddressRange RAM = AddressRange.ofSize(ROOT, 0x10_0000);
    private static final RadixFormat PLAIN = SampleFormats.plain(3);
    private static final RadixFormat SIZED = SampleFormats.sizedLeaves();
    private static final long SIZED_RW = 0x6000_0000_0000_0001L;
    private static final long NEXT = 0x1_1000;

    private final PhysicalMemory memory = PhysicalMemory.allocate(RAM);
    private final RadixWalker walker = new RadixWalker(memory, true);

    private void entry(long table, int index, long value) {
        memory.writeLong(table + index * 8L, value);
    }

    private int fault(RadixFormat format, long iova, int need) {
        long answer = walker.walk(format, ROOT, iova, need);
        assertTrue(Long.toHexString(answer), answer < 0);
        return RadixWalker.outcome(answer);
    }

    @Test
    public void aModifierBitOfALeafSelectsItsSecondPermissions() {
        RadixFormat format = SampleFormats.managedDirty();
        entry(ROOT, 0, NEXT | 1 | 1L << 51);
        entry(NEXT, 0, 0x5000 | 3);
        entry(NEXT, 1, 0x6000 | 3 | 1L << 51);
        assertEquals("of a table it means nothing", RadixWalker.NOT_PERMITTED, fault(format, 0, Permissions.WRITE));
        assertEquals(0x6000, walker.walk(format, ROOT, 0x1000, Permissions.WRITE));
        assertEquals(Permissions.READ_WRITE, walker.permissions());
        entry(ROOT, 0, NEXT | 1);
        entry(NEXT, 2, 0x7000 | 7 | 1L << 51);
        for (int need : new int[] {Permissions.READ, Permissions.WRITE, 0}) {
            assertEquals("the short way and the general one", 0x7000, walker.walk(format, ROOT, 0x2000, need));
            assertEquals(Permissions.READ_WRITE, walker.permissions());
        }
    }

    @Test
    public void uncheckedReservedBitsDoNotStopAWalk() {
        RadixFormat format = SampleFormats.managedDirty();
        entry(ROOT, 0, NEXT | 1 | 1L << 49);
        entry(NEXT, 0, 0x5000 | 7 | 1L << 48);
        assertEquals(0x5008, walker.walk(format, ROOT, 8, Permissions.READ));
    }

    @Test
    public void permissionComesBeforeReservedBitsWhereCheckedAtEachLevel() {
        entry(ROOT, 0, NEXT | 0x801);
        assertEquals(RadixWalker.RESERVED, fault(PLAIN, 0, Permissions.READ));
        assertEquals(RadixWalker.NOT_PERMITTED, fault(PLAIN, 0, Permissions.WRITE));
        assertEquals(NEXT | 0x801, walker.entry());
        assertEquals(ROOT, walker.entryAddress());
        assertEquals(2, walker.level());
    }

    @Test
    public void reservedBitsComeFirstWhereTheLeafDecides() {
        RadixFormat format = SampleFormats.signExtended();
        entry(ROOT, 0, 0x20_0000 - 0x1_0000 | 0x80 | 1);
        assertEquals(RadixWalker.RESERVED, fault(format, 0, Permissions.WRITE));
    }

    @Test
    public void aForbiddenEntryWithoutThePermissionIsNotPermitted() {
        entry(ROOT, 0, 0x2000_0000_0000_0001L | 5 << 9);
        assertEquals(RadixWalker.NOT_PERMITTED, fault(SIZED, 0, Permissions.WRITE));
        assertEquals(RadixWalker.RESERVED, fault(SIZED, 0, Permissions.READ));
    }

    @Test
    public void aTableOutsideMemoryIsToldFromOneThatIsNotHeld() {
        PhysicalMemory partial = PhysicalMemory.builder().ram(new AddressRange(0, 0xffff)).zeros(new AddressRange(0, 0xfff)).build();
        RadixWalker on = new RadixWalker(partial);
        assertEquals(RadixWalker.NOT_PRESENT, RadixWalker.outcome(on.walk(PLAIN, 0, 0, Permissions.READ)));
        assertEquals(RadixWalker.UNKNOWN_MEMORY, RadixWalker.outcome(on.walk(PLAIN, 0x1000, 0, Permissions.READ)));
        assertEquals(RadixWalker.OUTSIDE_MEMORY, RadixWalker.outcome(on.walk(PLAIN, 0x10000, 0, Permissions.READ)));
        assertEquals(0, on.entry());
        assertEquals(0x10000, on.entryAddress());
    }

    @Test
    public void thePathIsKept() {
        entry(ROOT, 1, NEXT | 3);
        entry(NEXT, 2, 0x20_0000 | 0x83);
        assertEquals(0x20_0123, walker.walk(PLAIN, ROOT, 0x4040_0123L, Permissions.READ_WRITE));
        assertEquals(2, walker.depth());
        assertEquals(ROOT + 8, walker.pathAddress(0));
        assertEquals(NEXT | 3, walker.pathEntry(0));
        assertEquals(NEXT + 16, walker.pathAddress(1));
        assertEquals(21, walker.pageShift());
    }

    @Test
    public void skippedInputBitsMustBeZero() {
        entry(ROOT, 0, NEXT | SIZED_RW | 1 << 9);
        entry(NEXT, 5, 0x7000 | SIZED_RW);
        assertEquals(0x7042, walker.walk(SIZED, ROOT, 0x5042, Permissions.READ));
        assertEquals(RadixWalker.SKIPPED_BITS, fault(SIZED, 0x20_5042, Permissions.READ));
        assertEquals(RadixWalker.SKIPPED_BITS, fault(SIZED, 0x4000_5042, Permissions.READ));
        assertEquals(RadixWalker.NOT_PRESENT, fault(SIZED, 0x80_0000_5042L, Permissions.READ));
        assertEquals(List.of("5000 12 7000"), sweep(SIZED));
    }

    @Test
    public void aSizedLeafStandsInAllItsEntries() {
        entry(ROOT, 0, NEXT | SIZED_RW | 1 << 9);
        for (int i = 8; i < 16; i++) {
            entry(NEXT, i, 0xa_3000 | SIZED_RW | 7 << 9);
        }
        assertEquals(0xa_7abc, walker.walk(SIZED, ROOT, 0xfabc, Permissions.READ));
        assertEquals(15, walker.pageShift());
        assertEquals(List.of("8000 15 a0000"), sweep(SIZED));
        entry(NEXT, 10, 0);
        assertEquals(List.of("8000 12 a0000", "9000 12 a1000", "b000 12 a3000", "c000 12 a4000", "d000 12 a5000", "e000 12 a6000",
                "f000 12 a7000"), sweep(SIZED));
    }

    @Test
    public void aSizedLeafMustBeLargerThanItsLevelAndSmallerThanTheNext() {
        entry(ROOT, 0, NEXT | SIZED_RW | 1 << 9);
        entry(NEXT, 0, 0xf_f000 | SIZED_RW | 7 << 9);
        assertEquals(RadixWalker.RESERVED, fault(SIZED, 0, Permissions.READ));
        assertEquals(List.of("0 bad"), sweep(SIZED));
        entry(NEXT, 0, 0x7_f000 | SIZED_RW | 7 << 9);
        assertEquals(0, walker.walk(SIZED, ROOT, 0, Permissions.READ));
        assertEquals(20, walker.pageShift());
        entry(ROOT, 0, NEXT | SIZED_RW | 2 << 9);
        assertEquals(RadixWalker.RESERVED, fault(SIZED, 0, Permissions.READ));
        entry(NEXT, 0, 0x000f_ffff_ffff_f000L | SIZED_RW | 7 << 9);
        assertEquals(RadixWalker.RESERVED, fault(SIZED, 0, Permissions.READ));
    }

    @Test
    public void bigEndianEntriesAreReversedInMemory() {
        RadixFormat format = SampleFormats.bigEndian();
        long[] tables = {0x1_4000, 0x1_8000, 0x1_c000};
        entry(tables[0], 2, Long.reverseBytes(tables[1] | 7));
        entry(tables[1], 0x234, Long.reverseBytes(tables[2]));
        entry(tables[2], 0x56, Long.reverseBytes(0xabcd_e000L));
        assertEquals(0xabcd_e789L, walker.walk(format, tables[0], 0x1_2345_6789L, Permissions.WRITE));
        entry(tables[2], 0x56, Long.reverseBytes(0xabcd_e200L));
        assertEquals(RadixWalker.NOT_PERMITTED, RadixWalker.outcome(walker.walk(format, tables[0], 0x1_2345_6789L, Permissions.WRITE)));
        assertEquals(0xabcd_e200L, walker.entry());
    }

    @Test
    public void randomBytesEndWithinTheLevels() {
        Random random = Seed.random();
        for (long at = RAM.start(); at < RAM.last(); at += 8) {
            long near = RAM.start() + random.nextInt((int) RAM.size());
            memory.writeLong(at, random.nextInt(4) == 0 ? random.nextLong() : random.nextBoolean() ? near : Long.reverseBytes(near));
        }
        for (RadixFormat format : SampleFormats.all()) {
            for (int i = 0; i < 20_000; i++) {
                long root = RAM.start() + (random.nextInt((int) RAM.size()) & -4096);
                long iova = random.nextLong() >>> random.nextInt(40);
                long answer = walker.walk(format, root, iova, 1 + random.nextInt(7));
                assertTrue(walker.depth() <= format.levels());
                assertTrue(answer >= 0 || RadixWalker.outcome(answer) >= 0 && RadixWalker.outcome(answer) <= RadixWalker.UNKNOWN_MEMORY);
            }
            new RadixSweep(memory, format, new Counting(20_000)).run(ROOT);
        }
    }

    private List<String> sweep(RadixFormat format) {
        List<String> found = new ArrayList<>();
        new RadixSweep(memory, format, new RadixSweep.Visitor() {
            @Override
            public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
                return found.add(Long.toHexString(iova) + " " + pageShift + " " + Long.toHexString(output));
            }

            @Override
            public boolean bad(long iova, int level, long entryAddress, long entry) {
                return found.add(Long.toHexString(iova) + " bad");
            }

            @Override
            public boolean absent(long iova, long last, int level, long table) {
                return found.add(Long.toHexString(iova) + " absent");
            }
        }).run(ROOT);
        return found;
    }

    /** Ends a sweep after so many visits: random tables may point to each other without end in sight. */
    private static final class Counting implements RadixSweep.Visitor {
        private int left;

        Counting(int most) {
            left = most;
        }

        @Override
        public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
            return --left > 0;
        }

        @Override
        public boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
            return --left > 0;
        }

        @Override
        public boolean bad(long iova, int level, long entryAddress, long entry) {
            return --left > 0;
        }

        @Override
        public boolean absent(long iova, long last, int level, long table) {
            return --left > 0;
        }
    }
}
