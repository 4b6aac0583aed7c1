// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.backend.smmuv3.layout.IdRegisters;

/** Walks of both stages: halves, granules, widths, permissions, flags (section 3.4, DDI 0487 chapter D8). */
public class StagesTest {
    private static final long PAGE = 0x4000_0f47L;
    private static final long UPPER = 0xffff_0000_0000_0000L;

    private final TestUnit unit = new TestUnit();

    private TestUnit stage1(long cd0, long leaf) {
        return unit.stage1().cd(cd0, TestUnit.ROOT, TestUnit.ROOT2, 0xff).chain(TestUnit.ROOT, 12, 0, 0, 9, 3, leaf);
    }

    private static long bothHalves() {
        return TestUnit.cd0(16) & ~(1L << 30) | 25L << 16 | 2L << 22;
    }

    @Test
    public void theUpperHalfHasItsOwnTableAndWidth() {
        stage1(bothHalves(), PAGE).put(TestUnit.ROOT2, 0xc000_0f45L);
        long upper = -1L << 39;
        assertEquals("0x40000000 4096 rwx", unit.read(0));
        assertEquals("0xc0000008 1073741824 rwx", unit.read(upper | 8));
        assertEquals("neither half", "F_TRANSLATION", unit.read(upper - 1));
        assertEquals("neither half", "F_TRANSLATION", unit.read(1L << 48));
        assertEquals("the top byte counts", "F_TRANSLATION", unit.read(0xab00_0000_0000_0000L));
        unit.cd(bothHalves() | 3L << 38);
        assertEquals("0x40000000 4096 rwx", unit.read(0xab00_0000_0000_0000L));
        assertEquals("0xc0000000 1073741824 rwx", unit.read(upper & ~(0xffL << 56) | 0x12L << 56));
        unit.cd(bothHalves() | 1 << 14);
        assertEquals("EPD0", "F_TRANSLATION", unit.read(0));
        assertEquals("0xc0000000 1073741824 rwx", unit.read(upper));
    }

    @Test
    public void bothHalvesAreListed() {
        stage1(bothHalves(), PAGE).put(TestUnit.ROOT2, 0xc000_0f45L);
        StringBuilder seen = new StringBuilder();
        unit.inspector().contexts(c -> c.table().visit(new org.sluice.spi.MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                seen.append(Long.toHexString(iova)).append('>').append(Long.toHexString(output)).append(' ');
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                return true;
            }
        }));
        assertEquals("0>40000000 ffffff8000000000>c0000000 ", seen.toString());
    }

    @Test
    public void granulesStartWhereTheirWidthSays() {
        int[][] cases = {{12, 0, 16, 0}, {12, 0, 25, 1}, {12, 0, 34, 2}, {12, 0, 39, 2}, {14, 2, 16, 0}, {14, 2, 17, 1}, {14, 2, 28, 2}, {14, 2, 39, 3},
                {16, 1, 16, 1}, {16, 1, 22, 2}, {16, 1, 35, 3}, {16, 1, 39, 3}};
        for (int[] c : cases) {
            TestUnit fresh = new TestUnit();
            int bits = 64 - c[2] - (c[0] + (c[0] - 3) * (3 - c[3]));
            fresh.stage1().cd(TestUnit.cd0(c[2]) | (long) c[1] << 6, TestUnit.ROOT).chain(TestUnit.ROOT, c[0], 0, c[3], bits, 3, PAGE);
            assertEquals(c[0] + " " + c[2], "0x40000000 " + (1 << c[0]) + " rwx", fresh.read(0));
            assertEquals(c[0] + " " + c[2], "F_TRANSLATION", fresh.read(1L << 64 - c[2]));
        }
    }

    @Test
    public void blocksByGranule() {
        assertEquals("0x80000123 1073741824 rwx", stage1(TestUnit.cd0(16), 0).chain(TestUnit.ROOT, 12, 0, 0, 9, 1, 0x8000_0f45L).read(0x123));
        assertEquals("no 512 GiB blocks", "F_TRANSLATION", unit.chain(TestUnit.ROOT, 12, 0, 0, 9, 0, 0x8000_0f45L).read(0));
        unit.cd(TestUnit.cd0(17) | 2 << 6);
        assertEquals("0x80000123 33554432 rwx", unit.chain(TestUnit.ROOT, 14, 0, 1, 11, 2, 0x8000_0f45L).read(0x123));
        assertEquals("no 64 GiB blocks", "F_TRANSLATION", unit.chain(TestUnit.ROOT, 14, 0, 1, 11, 1, 0x8000_0f45L).read(0));
        unit.cd(TestUnit.cd0(16) | 1 << 6);
        assertEquals("0x80000123 536870912 rwx", unit.chain(TestUnit.ROOT, 16, 0, 1, 6, 2, 0x8000_0f45L).read(0x123));
        assertEquals("no 4 TiB blocks", "F_TRANSLATION", unit.chain(TestUnit.ROOT, 16, 0, 1, 6, 1, 0x0f45L).read(0));
    }

    /** Small granules with CD.DS: five levels, address bits 51:50 in place of the shareability. */
    @Test
    public void fiveLevelsOfSmallPages() {
        unit.set(IdRegisters.IDR5, 6 | 15 << 4).stage1().cd(TestUnit.cd0(12) & ~(7L << 32) | 6L << 32, TestUnit.ROOT, 1L << 58, 0xff);
        long iova = 0x8_0000_0000_0000L;
        unit.put(TestUnit.ROOT + 8 * 8, TestUnit.TABLES + 0x10_0000 | 3).chain(TestUnit.TABLES + 0x10_0000, 12, iova, 0, 9, 3, 0x2_0000_4000_0447L | 1L << 9);
        assertEquals("0xa000040000123 4096 rwx", unit.read(iova | 0x123));
        unit.cd(TestUnit.cd0(12) & ~(7L << 32) | 6L << 32, TestUnit.ROOT, 0);
        assertEquals("T0SZ = 12 needs DS", "C_BAD_CD", unit.read(iova));
    }

    @Test
    public void reservedAddressBitsOfABlockAreIgnored() {
        stage1(TestUnit.cd0(16), 0).chain(TestUnit.ROOT, 12, 0, 0, 9, 2, 0x8000_5f45L);
        assertEquals("0x80000123 2097152 rwx", unit.read(0x123));
    }

    @Test
    public void outputsWiderThanConfiguredFault() {
        assertEquals("F_ADDR_SIZE", stage1(TestUnit.cd0(16), PAGE | 1L << 44).read(0));
        assertEquals("IPS = 32 bits", "F_ADDR_SIZE", stage1(TestUnit.cd0(16) & ~(7L << 32), PAGE | 1L << 32).read(0));
        unit.put(TestUnit.ROOT, TestUnit.TABLES | 3 | 1L << 45);
        assertEquals("tables too", "F_ADDR_SIZE", unit.read(0));
    }

    @Test
    public void addressSizeComesBeforeAccessFlagAndPermission() {
        assertEquals("F_ADDR_SIZE", stage1(TestUnit.cd0(16), PAGE & ~0x400 | 0x80 | 1L << 44).write(0));
        assertEquals("F_ACCESS", stage1(TestUnit.cd0(16), PAGE & ~0x400 | 0x80).write(0));
    }

    @Test
    public void accessFlagsFaultUnlessTurnedOffOrManaged() {
        long leaf = PAGE & ~0x400;
        assertEquals("F_ACCESS", stage1(TestUnit.cd0(16), leaf).read(0));
        assertEquals("0x40000000 4096 rwx", stage1(TestUnit.cd0(16) | 1L << 35, leaf).read(0));
        assertEquals("0x40000000 4096 rwx", stage1(TestUnit.cd0(16) | 1L << 43, leaf).read(0));
    }

    @Test
    public void managedDirtyStateMakesPagesWritable() {
        long readOnly = PAGE | 0x80;
        assertEquals("F_PERMISSION", stage1(TestUnit.cd0(16), readOnly | 1L << 51).write(0));
        assertEquals("HD needs HA", "F_PERMISSION", stage1(TestUnit.cd0(16) | 1L << 42, readOnly | 1L << 51).write(0));
        assertEquals("0x40000000 4096 rwx", stage1(TestUnit.cd0(16) | 3L << 42, readOnly | 1L << 51).write(0));
        assertEquals("F_PERMISSION", stage1(TestUnit.cd0(16) | 3L << 42, readOnly).write(0));
    }

    @Test
    public void privilegedPagesAreForPrivilegedStreams() {
        long kernel = PAGE & ~0x40;
        assertEquals("F_PERMISSION", stage1(TestUnit.cd0(16), kernel).read(0));
        assertEquals("0x40000000 4096 rwx", unit.ste(0xb | TestUnit.CONTEXTS, 3L << 48).read(0));
        assertEquals("PAN", "F_PERMISSION", stage1(TestUnit.cd0(16) | 1L << 40, PAGE).ste(0xb | TestUnit.CONTEXTS, 3L << 48).read(0));
        unit.set(IdRegisters.IDR1, TestUnit.IDR1 & ~(1 << 26));
        assertEquals("no overrides in this unit", "0x40000000 4096 rwx", unit.read(0));
    }

    @Test
    public void executionHasItsOwnBits() {
        assertEquals("F_PERMISSION", stage1(TestUnit.cd0(16), PAGE | 1L << 54).tell(-1, 0, Access.EXECUTE));
        assertEquals("0x40000000 4096 rw", unit.read(0));
        assertEquals("PXN is for others", "0x40000000 4096 rwx", stage1(TestUnit.cd0(16), PAGE | 1L << 53).tell(-1, 0, Access.EXECUTE));
        assertEquals("WXN", "F_PERMISSION", stage1(TestUnit.cd0(16) | 1L << 36, PAGE).tell(-1, 0, Access.EXECUTE));
        assertEquals("all accesses are data", "0x40000000 4096 rw", stage1(TestUnit.cd0(16), PAGE | 1L << 54)
                .ste(0xb | TestUnit.CONTEXTS, 2L << 50).tell(-1, 0, Access.EXECUTE));
        assertEquals("reads are fetches", "F_PERMISSION", unit.ste(0xb | TestUnit.CONTEXTS, 3L << 50).read(0));
        assertEquals("writes are data", "0x40000000 4096 rw", unit.write(0));
    }

    @Test
    public void tablesRestrictWhatIsBelow() {
        stage1(TestUnit.cd0(16), PAGE).put(TestUnit.ROOT, TestUnit.TABLES | 3 | 1L << 62);
        assertEquals("0x40000000 4096 rx", unit.read(0));
        assertEquals("F_PERMISSION", unit.write(0));
        unit.put(TestUnit.ROOT, TestUnit.TABLES | 3 | 1L << 61);
        assertEquals("F_PERMISSION", unit.read(0));
        unit.put(TestUnit.ROOT, TestUnit.TABLES | 3 | 1L << 60);
        assertEquals("0x40000000 4096 rw", unit.read(0));
        unit.cd(TestUnit.cd0(16), TestUnit.ROOT | 2);
        assertEquals("HAD0", "0x40000000 4096 rwx", unit.read(0));
    }

    @Test
    public void bigEndianTables() {
        stage1(TestUnit.cd0(16) | 1 << 15, 0);
        for (long table = TestUnit.ROOT, level = 0; level < 4; level++) {
            long next = TestUnit.TABLES + 0x1_0000 * level;
            unit.put(table, Long.reverseBytes(level == 3 ? PAGE : next | 3));
            table = next;
        }
        assertEquals("0x40000000 4096 rwx", unit.read(0));
    }

    @Test
    public void stageTwoStartsAsItsFieldsSay() {
        int[][] cases = {{12, 0, 24, 2, 0}, {12, 0, 20, 2, 0}, {12, 0, 24, 1, 1}, {12, 0, 33, 1, 1}, {12, 0, 30, 0, 2}, {14, 2, 20, 2, 1}, {14, 2, 24, 1, 2},
                {14, 2, 35, 0, 3}, {16, 1, 20, 2, 1}, {16, 1, 20, 1, 2}, {16, 1, 31, 0, 3}};
        for (int[] c : cases) {
            TestUnit fresh = new TestUnit();
            int width = 64 - c[2];
            int bits = width - (c[0] + (c[0] - 3) * (3 - c[4]));
            long iova = (1L << width) - (1L << c[0]);
            fresh.stage2(c[2], c[3], c[1]).chain(TestUnit.ROOT, c[0], iova, c[4], bits, 3, PAGE | 0xc0);
            assertEquals(c[0] + " " + c[2], "0x40000000 " + (1 << c[0]) + " rwx", fresh.read(iova));
            assertEquals("beyond the width, or beyond IAS", c[2] == 20 ? "F_ADDR_SIZE" : "F_TRANSLATION", fresh.read(1L << width));
        }
    }

    @Test
    public void stageTwoWriteOnlyAndDirty() {
        long leaf = 0x4000_07bfL;
        unit.stage2(20, 2, 0).chain(TestUnit.ROOT, 12, 0, 0, 5, 3, leaf);
        assertEquals("F_PERMISSION", unit.read(0));
        assertEquals("0x40000000 4096 wx", unit.write(0));
        unit.ste(0xd, 0, TestUnit.s2(20, 2, 0) | 3L << 55, TestUnit.ROOT).chain(TestUnit.ROOT, 12, 0, 0, 5, 3, 0x4000_077fL | 1L << 51);
        assertEquals("0x40000000 4096 rwx", unit.write(0));
    }

    @Test
    public void tablesOutsideMemoryAbortTheWalk() {
        stage1(TestUnit.cd0(16), 0).put(TestUnit.ROOT, 0x7000_0003L);
        assertEquals("F_WALK_EABT", unit.read(0));
        assertTrue(unit.ask(0, Access.READ).reason(), unit.ask(0, Access.READ).reason().contains("0x70000000"));
    }

    @Test
    public void nestedWalksOfProtectedTablesRefuseDeviceMemory() {
        long identity = TestUnit.RAM & -1L << 30;
        long s2 = TestUnit.s2(20, 2, 0);
        unit.ste(0xf | TestUnit.CONTEXTS, 0, s2, TestUnit.ROOT2).cd(TestUnit.cd0(16), TestUnit.ROOT, 0, 0xff)
                .chain(TestUnit.ROOT, 12, 0, 0, 9, 3, TestUnit.RAM | 0xf47).put(TestUnit.ROOT2, TestUnit.TABLES + 0x10_0000 | 3)
                .put(TestUnit.TABLES + 0x10_0000 + 8 * (identity >>> 30), identity | 0x7c5);
        assertEquals("0x80000000 4096 rwx", unit.read(0));
        unit.ste(0xf | TestUnit.CONTEXTS, 0, s2 | 1L << 54);
        assertEquals("F_PERMISSION", unit.read(0));
        unit.put(TestUnit.TABLES + 0x10_0000 + 8 * (identity >>> 30), identity | 0x7fd);
        assertEquals("0x80000000 4096 rwx", unit.read(0));
        assertEquals("entry, two steps to the descriptor, it, three for each of four levels, two for the result", 1 + 2 + 1 + 4 * 3 + 2,
                unit.ask(0, Access.READ).steps().size());
    }

    @Test
    public void upperAddressesAreKeptInReports() {
        stage1(TestUnit.cd0(16), PAGE);
        assertEquals("F_TRANSLATION", unit.read(UPPER));
        assertTrue(unit.ask(UPPER, Access.READ).reason(), unit.ask(UPPER, Access.READ).reason().contains("0xffff000000000000"));
    }
}
