// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** Section 3.13: access flags and dirty state that the unit itself keeps in entries. */
public class HardwareUpdatesTest {
    private static final long HA = 1L << 43;
    private static final long HAD = 3L << 42;
    private static final long S2HA = 1L << 56;
    private static final long S2HAD = 3L << 55;
    private static final long AF = 0x400;
    private static final long AP2 = 0x80;
    private static final long DBM = 1L << 51;
    private static final long PAGE = 0x4000_0f47L;
    private static final long LEAF = TestUnit.TABLES + 0x2_0000;

    private final TestUnit machine = UnitRig.full();
    private UnitRig rig;

    private UnitRig stage1(long flags, long leaf) {
        machine.stage1().cd(TestUnit.cd0(16) | flags, TestUnit.ROOT, 0, 0xff).chain(TestUnit.ROOT, 12, 0, 0, 9, 3, leaf);
        rig = UnitRig.started(machine);
        return rig;
    }

    private long leaf() {
        return machine.memory.readLong(LEAF);
    }

    @Test
    public void anAccessSetsTheFlag() {
        assertEquals(0x4000_0123L, stage1(HA, PAGE & ~AF).read(0x123));
        assertEquals(PAGE, leaf());
        stage1(0, PAGE & ~AF).read(0);
        assertEquals("without HA it is a fault", PAGE & ~AF, leaf());
        assertEquals("S1: F_ACCESS", List.of("300000012 20800000000 0 0"), rig.events());
    }

    @Test
    public void aFailedAccessSetsNothing() {
        assertEquals(UnitRig.fault(0x13), stage1(HA, PAGE & ~AF | AP2).write(0));
        assertEquals(PAGE & ~AF | AP2, leaf());
    }

    @Test
    public void theFirstWriteMakesAPageDirty() {
        stage1(HAD, PAGE | AP2 | DBM);
        assertEquals(0x4000_0000L, rig.read(0));
        assertEquals("reading leaves it clean", PAGE | AP2 | DBM, leaf());
        assertEquals("also from the cache", 0x4000_0000L, rig.read(0));
        assertEquals(0x4000_0000L, rig.write(0));
        assertEquals(PAGE | DBM, leaf());
        assertEquals(UnitRig.fault(0x13), stage1(HA, PAGE | AP2 | DBM).write(0));
        assertEquals("HD = 0", PAGE | AP2 | DBM, leaf());
    }

    /** What software cleans is clean again once it has dropped the cached translation. */
    @Test
    public void aCleanedPageIsMarkedAgain() {
        stage1(HAD, PAGE | AP2 | DBM).write(0);
        machine.put(LEAF, PAGE | AP2 | DBM);
        rig.write(0);
        assertEquals("the cached translation is of a dirty page", PAGE | AP2 | DBM, leaf());
        rig.done(0x11 | 7L << 48, 0).read(0);
        rig.write(0);
        assertEquals(PAGE | DBM, leaf());
    }

    @Test
    public void stageTwoHasItsOwnFlags() {
        machine.ste(0xd, 0, TestUnit.s2(20, 2, 0) | S2HAD, TestUnit.ROOT).chain(TestUnit.ROOT, 12, 0, 0, 5, 3, 0x4000_077fL & ~AF | DBM);
        rig = UnitRig.started(machine);
        assertEquals(0x4000_0000L, rig.read(0));
        assertEquals(0x4000_077fL | DBM, leaf());
        assertEquals(0x4000_0000L, rig.write(0));
        assertEquals("S2AP[1]", 0x4000_07ffL | DBM, leaf());
    }

    /** Nested: the page that holds the stage-1 table is read by every walk and written by one that updates an entry in it. */
    private void nested(long s2Flags, long tablePages, long resultPage) {
        machine.ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0) | s2Flags, TestUnit.ROOT2).cd(TestUnit.cd0(16) | HAD, TestUnit.ROOT, 0, 0xff)
                .chain(TestUnit.ROOT, 12, 0, 0, 9, 3, PAGE & ~AF | AP2 | DBM);
        long second = TestUnit.TABLES + 0x20_0000;
        machine.put(TestUnit.ROOT2, second | 3).put(second + 8, 0x4000_0001L & ~1L | resultPage).put(second + 16, 0x8000_0000L | tablePages);
        rig = UnitRig.started(machine);
    }

    @Test
    public void nestedUpdatesMarkBothStages() {
        nested(S2HAD, 0x77d & ~AF | DBM, 0x77d & ~AF | DBM);
        long second = TestUnit.TABLES + 0x20_0000;
        assertEquals(0x4000_0000L, rig.write(0));
        assertEquals("stage 1", PAGE | DBM, leaf());
        assertEquals("the tables' page was written", 0x8000_07fdL | DBM, machine.memory.readLong(second + 16));
        assertEquals("and the result's", 0x4000_07fdL | DBM, machine.memory.readLong(second + 8));
    }

    @Test
    public void nestedReadsFlagTheTablesPage() {
        nested(S2HA, 0x7fd & ~AF, 0x7fd & ~AF);
        long second = TestUnit.TABLES + 0x20_0000;
        assertEquals(0x4000_0000L, rig.read(0));
        assertEquals(0x8000_07fdL, machine.memory.readLong(second + 16));
        assertEquals(0x4000_07fdL, machine.memory.readLong(second + 8));
    }

    /** Stage 2 refuses the write to the stage-1 entry: class TT, the entry's intermediate address, TTRnW = 0. */
    @Test
    public void aTableThatStageTwoProtectsIsAFault() {
        nested(0, 0x77d, 0x7fd);
        assertEquals(UnitRig.fault(0x13), rig.write(0));
        assertEquals(PAGE & ~AF | AP2 | DBM, leaf());
        assertEquals(List.of("300000013 18000000000 0 80820000"), rig.events());
    }

    @Test
    public void bigEndianEntriesAreUpdatedAsTheyStand() {
        machine.stage1().cd(TestUnit.cd0(16) | 1 << 15 | HA, TestUnit.ROOT, 0, 0xff);
        long table = TestUnit.ROOT;
        for (int level = 0; level < 4; level++) {
            long next = TestUnit.TABLES + 0x1_0000L * level;
            machine.put(table, Long.reverseBytes(level == 3 ? PAGE & ~AF : next | 3));
            table = next;
        }
        rig = UnitRig.started(machine);
        assertEquals(0x4000_0000L, rig.read(0));
        assertEquals(Long.reverseBytes(PAGE), leaf());
    }

    /** An entry in read-only memory: the update is an external abort. */
    @Test
    public void anEntryThatCannotBeWrittenAbortsTheWalk() {
        ByteBuffer rom = ByteBuffer.allocateDirect(0x1000);
        rom.order(ByteOrder.LITTLE_ENDIAN).putLong(0, PAGE & ~AF);
        AddressRange flash = AddressRange.ofSize(0x7000_0000L, 0x1000);
        TestUnit withFlash = new TestUnit(PhysicalMemory.builder().ram(flash).data(flash.start(), rom, false)
                .ram(AddressRange.ofSize(TestUnit.RAM, TestUnit.RAM_BYTES))
                .data(TestUnit.RAM, ByteBuffer.allocateDirect((int) TestUnit.RAM_BYTES), true).build());
        withFlash.set(IdRegisters.IDR0, UnitRig.IDR0).stage1().cd(TestUnit.cd0(16) | HA, TestUnit.ROOT, 0, 0xff)
                .chain(TestUnit.ROOT, 12, 0, 0, 9, 2, flash.start() | 3);
        rig = UnitRig.started(withFlash);
        assertEquals(UnitRig.fault(0x0b), rig.translate(TestUnit.SID, -1, 0, Permissions.READ));
        assertEquals(List.of("30000000b 10800000000 0 70000000"), rig.events());
    }
}
