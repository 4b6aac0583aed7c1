// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.kit.layout.Structure;

/** The worked examples of the specification sheet. */
public class SheetExamplesTest {
    private static final long PAGE = 0x0000_0001_2345_6f47L;

    private final TestUnit unit = new TestUnit();

    @Test
    public void bypassAndAbortEntries() {
        assertEquals("0x1234", unit.ste(0x9, 0x0000_1000_0000_0000L).read(0x1234));
        assertEquals("ABORT", unit.ste(0x1, 0).read(0x1234));
    }

    @Test
    public void stageOneEntriesNameTheirDescriptorTables() {
        Structure one = Structure.of(StreamEntry.LAYOUT, 0, 0x0000_0000_8432_104bL, 0, 0, 0, 0, 0, 0, 0);
        assertEquals(StreamEntry.STAGE_1, one.get(StreamEntry.CONFIG));
        assertEquals(0x8432_1040L, one.getAddress(StreamEntry.CONTEXT_POINTER));
        Structure many = Structure.of(StreamEntry.LAYOUT, 0, 0x8000_0000_8432_102bL, 0, 0, 0, 0, 0, 0, 0);
        assertEquals(16, many.get(StreamEntry.CD_MAX));
        assertEquals("two-level, 64 KiB leaves", StreamEntry.S1_FORMAT.meaningOf(many.get(StreamEntry.S1_FORMAT)));
    }

    /** Two tables of 4 KiB, one behind the other, resolve ten bits. */
    @Test
    public void stageTwoStartsWithConcatenatedTables() {
        unit.ste(0xd, 0, 0x044a_3558_0000_0007L, TestUnit.ROOT).set(org.sluice.backend.smmuv3.layout.IdRegisters.IDR5, 0x72);
        unit.put(TestUnit.ROOT + 0x294 * 8, TestUnit.TABLES | 3).put(TestUnit.TABLES + 0x091 * 8, TestUnit.TABLES + 0x1000 | 3);
        unit.put(TestUnit.TABLES + 0x1000 + 0x145 * 8, 0x0000_0000_abcd_e7ffL);
        assertEquals("0xabcde678 4096 rwx", unit.read(0xa5_1234_5678L));
        assertEquals(TestUnit.ROOT + 0x14a0, unit.ask(0xa5_1234_5678L, org.sluice.api.Access.READ).steps().get(1).address());
    }

    @Test
    public void theContextDescriptorOfLinux() {
        unit.stage1().cd(0x0001_e205_c000_3510L, TestUnit.ROOT, 0, 0xf404_ff44L);
        unit.chain(TestUnit.ROOT, 12, 0x1234_5678_9abcL, 0, 9, 3, PAGE);
        assertEquals("0x123456abc 4096 rwx", unit.read(0x1234_5678_9abcL));
    }

    @Test
    public void indexesOfEachGranule() {
        long iova = 0x1234_5678_9abcL;
        long[] small = {0x024, 0x0d1, 0x0b3, 0x189};
        long table = TestUnit.ROOT;
        unit.plain();
        for (int level = 0; level < 4; level++) {
            long next = TestUnit.TABLES + 0x1000L * level;
            unit.put(table + small[level] * 8, level == 3 ? PAGE : next | 3);
            table = next;
        }
        assertEquals("0x123456abc 4096 rwx", unit.read(iova));
        unit.cd(TestUnit.cd0(16) | 2 << 6, TestUnit.ROOT).put(TestUnit.ROOT, TestUnit.TABLES | 3).put(TestUnit.TABLES + 0x123 * 8, TestUnit.TABLES + 0x4000 | 3)
                .put(TestUnit.TABLES + 0x4000 + 0x22b * 8, TestUnit.TABLES + 0x8000 | 3).put(TestUnit.TABLES + 0x8000 + 0x1e2 * 8, 0x1_2345_4f47L);
        assertEquals("0x123455abc 16384 rwx", unit.read(iova));
        unit.cd(TestUnit.cd0(16) | 1 << 6, TestUnit.ROOT2).put(TestUnit.ROOT2 + 4 * 8, TestUnit.TABLES + 0x10_0000 | 3)
                .put(TestUnit.TABLES + 0x10_0000 + 0x11a2 * 8, TestUnit.TABLES + 0x12_0000 | 3).put(TestUnit.TABLES + 0x12_0000 + 0x1678 * 8, 0x1_2345_0f47L);
        assertEquals("0x123459abc 65536 rwx", unit.read(iova));
    }

    @Test
    public void stageOnePages() {
        unit.plain().chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE);
        assertEquals("0x123456000 4096 rwx", unit.write(0));
        unit.chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE | 0x80);
        assertEquals("F_PERMISSION", unit.write(0));
        assertEquals("0x123456000 4096 rx", unit.read(0));
        unit.chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE & ~0x400);
        assertEquals("F_ACCESS", unit.read(0));
        unit.chain(TestUnit.ROOT, 12, 0, 0, 9, 2, 0x4000_0f45L);
        assertEquals("0x400abcde 2097152 rwx", unit.read(0xabcde));
        unit.chain(TestUnit.ROOT, 12, 0, 0, 9, 3, 0x4000_0f45L);
        assertEquals("F_TRANSLATION", unit.read(0));
    }

    @Test
    public void widePagesHoldFourBitsOfTheirAddressLower() {
        unit.set(org.sluice.backend.smmuv3.layout.IdRegisters.IDR5, 6 | 7 << 4).stage1()
                .cd(TestUnit.cd0(16) & ~(7L << 32) | 6L << 32 | 1 << 6, TestUnit.ROOT);
        unit.chain(TestUnit.ROOT, 16, 0x1_2345, 1, 6, 3, 0x0000_1234_5678_ff47L);
        assertEquals("0xf123456782345 65536 rwx", unit.read(0x1_2345));
    }

    @Test
    public void stageTwoPages() {
        unit.stage2(20, 2, 0).chain(TestUnit.ROOT, 12, 0x5000, 0, 5, 3, 0x0000_0000_abcd_e7ffL);
        assertEquals("0xabcde123 4096 rwx", unit.write(0x5123));
        unit.chain(TestUnit.ROOT, 12, 0x5000, 0, 5, 3, 0x0000_0000_abcd_e77fL);
        assertEquals("F_PERMISSION", unit.write(0x5123));
    }

    @Test
    public void commands() {
        assertEquals("opcode=3(CFGI_STE) SSec=0 SID=0x310 Leaf=1", text(0x0000_0310_0000_0003L, 1));
        assertEquals("opcode=0x12(TLBI_NH_VA) NUM=0 SCALE=0 VMID=0 ASID=5 Leaf=1 TTL=0 TG=0(one address) address=0xdeadb000",
                text(0x0005_0000_0000_0012L, 0xdead_b001L));
        assertEquals("opcode=0x12(TLBI_NH_VA) NUM=7 SCALE=2 VMID=0 ASID=5 Leaf=1 TTL=0 TG=1(4K) address=0x40000000",
                text(0x0005_0000_0020_7012L, 0x4000_0401L));
        assertEquals("opcode=0x46(SYNC) CS=1(interrupt) MSH=3 MSIAttr=0xf MSIData=0xcafe MSIAddress=0x86000040",
                text(0x0000_cafe_0fc0_1046L, 0x8600_0040L));
    }

    private static String text(long low, long high) {
        return Structure.of(Command.of(low).layout(), 0, low, high).text();
    }

    @Test
    public void events() {
        assertArrayEquals(new long[] {0x0000_0310_0000_0010L, 0x0000_0208_0000_0000L, 0xdead_b123L, 0},
                EventRecord.write(SmmuEvent.F_TRANSLATION, 0x310, -1, 0xdead_b123L, Permissions.READ, EventRecord.Subject.INPUT));
        assertArrayEquals(new long[] {0x0000_0310_0000_0010L, 0x0000_0280_0000_0000L, 0xdead_b123L, 0xb000},
                EventRecord.write(SmmuEvent.F_TRANSLATION, 0x310, -1, 0xdead_b123L, Permissions.WRITE,
                        new EventRecord.Subject(true, EventRecord.CLASS_IN, 0xb123)));
        assertEquals(0x0000_0180_0000_0000L,
                EventRecord.write(SmmuEvent.F_TRANSLATION, 0, -1, 0, Permissions.WRITE, new EventRecord.Subject(true, EventRecord.CLASS_TT, 0))[1]);
    }
}
