// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;

/** Planted defects are found, each by its word and the address of the faulty entry; what is right is not told. */
public class VerifierTest {
    private static final long LEAF = TestUnit.RAM + 0x100_0f47L;
    private static final long STE = TestUnit.STREAMS + 64 * TestUnit.SID;
    private static final long OTHER = TestUnit.STREAMS + 64 * 9;
    private static final long LAST = TestUnit.TABLES + 0x2_0000;

    private final TestUnit unit = new TestUnit();

    @Before
    public void aUnitWithoutDefects() {
        unit.plain().chain(TestUnit.ROOT, 12, 0, 0, 9, 3, LEAF).put(TestUnit.STREAMS + 64, 1, 0x0000_1000_0000_0000L);
        assertEquals(List.of(), unit.defects());
    }

    private void found(String... defects) {
        assertEquals(List.of(defects), unit.defects());
    }

    private static String at(String word, long address) {
        return word + " 0x" + Long.toHexString(address);
    }

    @Test
    public void reservedBitsOfEntries() {
        unit.ste(0xb | TestUnit.CONTEXTS | 1L << 53);
        found(at("reserved-bit", STE));
        unit.stage1().put(TestUnit.CONTEXTS + 48, 1);
        found(at("reserved-bit", TestUnit.CONTEXTS));
    }

    @Test
    public void reservedBitsOfDescriptors() {
        unit.put(LAST, LEAF | 1L << 48);
        found(at("reserved-bit", LAST));
        unit.put(LAST, LEAF).put(TestUnit.ROOT, TestUnit.TABLES | 3 | 1L << 49);
        found(at("reserved-bit", TestUnit.ROOT));
    }

    @Test
    public void typesThatALevelDoesNotHave() {
        unit.put(LAST, LEAF & ~2);
        found(at("reserved-bit", LAST));
    }

    @Test
    public void misalignedBlocks() {
        unit.put(LAST - 0x1_0000, TestUnit.RAM | 0x140_0000 | 0x3000 | 0xf45);
        found(at("superpage-misaligned", LAST - 0x1_0000));
        unit.put(LAST - 0x1_0000, TestUnit.RAM | 0x140_0000 | 0x1_0000 | 0xf45);
        found();
    }

    @Test
    public void tablesAndPagesOutsideMemory() {
        unit.put(TestUnit.ROOT + 8, 0x7000_0003L).put(LAST + 8, 0x7000_0f47L);
        found(at("leaf-outside-ram", LAST + 8), at("table-outside-ram", TestUnit.ROOT + 8));
    }

    @Test
    public void addressesBeyondTheOutputSize() {
        unit.put(LAST + 8, LEAF | 1L << 45);
        found(at("address-beyond-width", LAST + 8));
    }

    @Test
    public void loopsAndAliases() {
        unit.put(TestUnit.TABLES + 8, TestUnit.ROOT | 3).put(TestUnit.TABLES + 16, TestUnit.TABLES + 0x1_0000 | 3);
        found(at("table-loop", TestUnit.TABLES + 8), at("table-aliased", TestUnit.TABLES + 16));
    }

    @Test
    public void pagesOverTheTables() {
        unit.put(LAST + 8, TestUnit.ROOT | 0xf47);
        found(at("leaf-on-table", LAST + 8));
        unit.put(LAST + 8, TestUnit.ROOT | 0xfc7);
        found();
    }

    @Test
    public void registersOfTheUnit() {
        unit.put(LAST + 8, 0x905_0f47L);
        found(at("leaf-on-registers", LAST + 8));
    }

    /** A second stream with the same context is one address space; the same tables under another ASID are not. */
    @Test
    public void sharingAcrossStreams() {
        unit.put(OTHER, 0xb | TestUnit.CONTEXTS, 0, 0, 0);
        found();
        long cd = TestUnit.CONTEXTS + 0x1000;
        unit.put(OTHER, 0xb | cd, 0, 0, 0).put(cd, TestUnit.cd0(16) & ~(0xffffL << 48) | 8L << 48, TestUnit.ROOT);
        found(at("table-shared", cd));
        unit.put(cd, TestUnit.cd0(16), TestUnit.ROOT2);
        found(at("domain-two-tables", cd));
        unit.put(cd, TestUnit.cd0(25), TestUnit.ROOT);
        assertTrue(unit.defects().toString(), unit.defects().contains(at("table-depth-conflict", cd)));
    }

    @Test
    public void asidsOfTwoVirtualMachinesAreTwo() {
        long cd = TestUnit.CONTEXTS + 0x1000;
        unit.put(OTHER, 0xb | cd, 0, 2, 0).put(cd, TestUnit.cd0(16), TestUnit.ROOT2);
        found();
    }

    @Test
    public void oneVmidWithTwoTables() {
        unit.stage2(20, 2, 0).put(OTHER, 0xd, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2);
        assertTrue(unit.defects().toString(), unit.defects().contains(at("domain-two-tables", OTHER)));
    }

    @Test
    public void illegalEntriesInUse() {
        unit.ste(0xb | TestUnit.CONTEXTS, 1L << 30);
        found(at("stream-entry-illegal", STE));
        unit.stage1().cd(TestUnit.cd0(10), TestUnit.ROOT);
        found(at("context-descriptor-illegal", TestUnit.CONTEXTS));
        unit.ste(0xb | 0x7000_0000L);
        found(at("table-outside-ram", STE));
        unit.ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2);
        found(at("context-descriptor-unreachable", TestUnit.ROOT2 + 8 * (TestUnit.CONTEXTS >>> 39)));
    }

    @Test
    public void misalignedRoots() {
        unit.cd(TestUnit.cd0(16), TestUnit.ROOT | 0x40);
        found(at("table-misaligned", TestUnit.CONTEXTS));
    }

    @Test
    public void blocksOfStreamsOfATwoLevelTable() {
        long second = TestUnit.TABLES + 0x60_0000;
        unit.set(ControlRegisters.STRTAB_BASE_CFG, 11 | 8 << 6 | 1 << 16);
        unit.put(TestUnit.STREAMS, second | 9, 0, 0x7000_0000L | 9, second | 9, TestUnit.TABLES + 0x70_0000 | 12, 0, 0, 0)
                .put(TestUnit.STREAMS + 64 * TestUnit.SID, 0);
        found(at("table-outside-ram", TestUnit.STREAMS + 16), at("table-shared", TestUnit.STREAMS + 24), at("reserved-value", TestUnit.STREAMS + 32));
        unit.put(TestUnit.STREAMS + 16, 0, second + 0x4040 | 9, 0);
        found(at("table-misaligned", TestUnit.STREAMS + 24));
    }

    @Test
    public void registersThatContradict() {
        unit.set(ControlRegisters.STRTAB_BASE, TestUnit.STREAMS | 0x400);
        found("table-misaligned 0x80");
        unit.set(ControlRegisters.STRTAB_BASE, TestUnit.STREAMS).set(QueueRegisters.CMDQ_BASE, TestUnit.RAM + 0x100_0000L | 3)
                .set(QueueRegisters.EVENTQ_BASE, 0x7000_0000L | 4);
        assertEquals(List.of("queue-outside-ram 0xa0"), unit.defects());
        unit.set(QueueRegisters.CMDQ_BASE, TestUnit.RAM + 0x100_0000L | 12).set(QueueRegisters.EVENTQ_BASE, TestUnit.RAM + 0x100_0200L | 8);
        assertEquals(List.of("queue-too-large 0x90", "queue-misaligned 0xa0"), unit.defects());
    }

    @Test
    public void tablesOfAUnitThatIsOffAreNotJudged() {
        unit.set(ControlRegisters.CR0, 0).set(ControlRegisters.STRTAB_BASE, 0);
        found();
    }

    @Test
    public void commandsThatAreNone() {
        long queue = TestUnit.RAM + 0x100_0000;
        unit.set(QueueRegisters.CMDQ_BASE, queue | 4).set(QueueRegisters.CMDQ_PROD, 2).set(QueueRegisters.CMDQ_CONS, 1);
        unit.put(queue, 0xff, 0, 0xfe, 0);
        found(at("command-illegal", queue + 16));
    }
}
