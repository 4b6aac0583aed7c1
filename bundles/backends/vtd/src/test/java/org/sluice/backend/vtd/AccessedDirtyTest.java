// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;

import java.util.List;

import org.junit.Test;
import org.sluice.backend.vtd.layout.FaultReason;

/** Accessed and dirty bits that the unit writes into tables (sheet, sections 4.1, 4.2 and 5). */
public class AccessedDirtyTest {
    private static final long IOVA = 0x1234_5678L;
    private static final long PAGE = 0x40_0000;
    private static final long[] TABLES = {TestUnit.TABLE, 0x20_1000, 0x20_2000, 0x20_3000};
    /** P, RW, US. */
    private static final long FS = 7;
    private static final long A = 1 << 5;
    private static final long D = 1 << 6;
    private static final long SS_A = 1 << 8;
    private static final long SS_D = 1 << 9;
    private static final long SSADE = 1 << 9;

    private static TestUnit chain(TestUnit unit, long flags) {
        return unit.chain(TestUnit.TABLE, 4, IOVA, TABLES[1] | flags, TABLES[2] | flags, TABLES[3] | flags, PAGE | flags);
    }

    private static long entry(UnitRig rig, int level) {
        return rig.machine.context().memory().readLong(TABLES[level] + (IOVA >>> 12 + 9 * (3 - level) & 511) * 8);
    }

    private static UnitRig firstStage() {
        return UnitRig.scalable(chain(TestUnit.scalable().pasidFirstStage(), FS)).queue(true);
    }

    private static UnitRig secondStage(long flags) {
        return UnitRig.scalable(chain(TestUnit.scalable().pasidSecondStage().pasid(TestUnit.TABLE | 2 << 6 | 2 << 2 | 1 | flags, 7), 3)).queue(true);
    }

    @Test
    public void aReadMarksEveryEntryOfTheFirstStageAsAccessed() {
        UnitRig rig = firstStage();
        assertEquals(PAGE + 0x678, rig.read(IOVA));
        for (int level = 0; level < 4; level++) {
            assertEquals("level " + level, A, entry(rig, level) & (A | D));
        }
    }

    @Test
    public void aWriteDirtiesTheLeafOfTheFirstStageThoughAReadIsCached() {
        UnitRig rig = firstStage();
        rig.read(IOVA);
        assertEquals(PAGE + 0x678, rig.write(IOVA));
        assertEquals(List.of(A, A, A, A | D), List.of(entry(rig, 0) & 0x60, entry(rig, 1) & 0x60, entry(rig, 2) & 0x60, entry(rig, 3) & 0x60));
    }

    /** What software clears it has to invalidate, or the unit goes on with what it knows. */
    @Test
    public void aClearedDirtyBitIsWrittenAgainAfterAnInvalidation() {
        UnitRig rig = firstStage();
        rig.write(IOVA);
        rig.machine.put(TABLES[3] + (IOVA >>> 12 & 511) * 8, PAGE | FS | A);
        rig.write(IOVA);
        assertEquals("cached", A, entry(rig, 3) & (A | D));
        rig.done(0x0007_0026L, 0, 0, 0);
        rig.write(IOVA);
        assertEquals(A | D, entry(rig, 3) & (A | D));
    }

    @Test
    public void theSecondStageIsMarkedOnlyWhereThePasidEntrySaysSo() {
        UnitRig rig = secondStage(0);
        assertEquals(PAGE + 0x678, rig.write(IOVA));
        assertEquals(0, (entry(rig, 0) | entry(rig, 3)) & (SS_A | SS_D));
        rig = secondStage(SSADE);
        assertEquals(PAGE + 0x678, rig.read(IOVA));
        assertEquals(SS_A, entry(rig, 0) & (SS_A | SS_D));
        assertEquals(SS_A, entry(rig, 3) & (SS_A | SS_D));
        assertEquals(PAGE + 0x678, rig.write(IOVA));
        assertEquals(SS_A, entry(rig, 2) & (SS_A | SS_D));
        assertEquals(SS_A | SS_D, entry(rig, 3) & (SS_A | SS_D));
    }

    @Test
    public void whatIsRefusedMarksNothing() {
        UnitRig rig = UnitRig.scalable(TestUnit.scalable().pasidFirstStage().chain(TestUnit.TABLE, 4, IOVA, TABLES[1] | FS, TABLES[2] | FS,
                TABLES[3] | FS, PAGE | FS & ~2));
        assertEquals(-1L - FaultReason.SM_WRITE_DENIED.code(), rig.write(IOVA));
        assertEquals(0, (entry(rig, 0) | entry(rig, 3)) & (A | D));
    }

    /** A guest's tables are pages of the second stage: a mark in one is a write to its page. */
    @Test
    public void aMarkInANestedTableDirtiesTheTablesPage() {
        long guestRoot = 0x1000;
        long host = 0x80_0000;
        TestUnit machine = TestUnit.scalable().pasid(TestUnit.TABLE | 3 << 6 | 2 << 2 | 1 | SSADE, 7, guestRoot).page(TestUnit.TABLE);
        // Guest addresses 0 to 2 MiB are 4 KiB pages from host on; the guest's tables are its pages 1 to 4, its page is 5.
        machine.chain(TestUnit.TABLE, 4, 0, TABLES[1] | 3, TABLES[2] | 3, TABLES[3] | 3);
        for (int i = 1; i <= 5; i++) {
            machine.put(TABLES[3] + i * 8L, host + i * 4096L | 3);
        }
        for (int i = 1; i <= 4; i++) {
            machine.put(host + i * 4096L + (IOVA >>> 12 + 9 * (4 - i) & 511) * 8, (i + 1) * 4096L | FS);
        }
        UnitRig rig = UnitRig.scalable(machine);
        assertEquals(host + 5 * 4096L + 0x678, rig.read(IOVA));
        for (int i = 1; i <= 4; i++) {
            assertEquals("table " + i, SS_A | SS_D, machine.context().memory().readLong(TABLES[3] + i * 8L) & (SS_A | SS_D));
            assertEquals(A, machine.context().memory().readLong(host + i * 4096L + (IOVA >>> 12 + 9 * (4 - i) & 511) * 8) & (A | D));
        }
        assertEquals(SS_A, machine.context().memory().readLong(TABLES[3] + 40) & (SS_A | SS_D));
        assertEquals(host + 5 * 4096L + 0x678, rig.write(IOVA));
        assertEquals(SS_A | SS_D, machine.context().memory().readLong(TABLES[3] + 40) & (SS_A | SS_D));
    }

    @Test
    public void aFirstStageEntryThatCannotBeWrittenIsAFault() {
        TestUnit machine = chain(TestUnit.scalable().pasidFirstStage(), FS | A).readOnly(TABLES[3]);
        UnitRig rig = UnitRig.scalable(machine);
        assertEquals(PAGE + 0x678, rig.read(IOVA));
        assertEquals(-1L - 0x91, rig.write(IOVA));
        assertEquals(0x91, rig.registers.read32(UnitRig.RECORDS + 12) & 0xff);
    }
}
