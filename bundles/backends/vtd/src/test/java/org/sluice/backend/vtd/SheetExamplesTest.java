// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationReport;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;

/** Worked examples: structures given as words, and what they mean. */
public class SheetExamplesTest {
    private static final long CONTEXT_TABLE = 0x1_2345_6000L;
    private static final long TABLE = 0x1_0abc_d000L;
    private static final long IOVA = 0x1234_5678_9abcL;

    /** The context entry of 00:02.0 in the table that the root entry of the examples names. */
    private static TestUnit legacy(long low, long high) {
        return new TestUnit().put(TestUnit.ROOT, 0x1_2345_6001L, 0).put(CONTEXT_TABLE + 0x10 * 16, low, high).page(TABLE);
    }

    @Test
    public void rootEntryNamesTheContextTable() {
        Structure root = Structure.of(RootEntry.LEGACY, 0, 0x1_2345_6001L, 0);
        assertTrue(root.is(RootEntry.PRESENT));
        assertEquals(CONTEXT_TABLE, root.getAddress(RootEntry.CONTEXT_TABLE));
    }

    @Test
    public void contextEntryOfFunction10LiesAtOffset100() {
        TestUnit unit = legacy(0x1_0abc_d001L, 0x502);
        var context = unit.inspector().context(TestUnit.DEVICE, -1);
        assertEquals(0x1_2345_6100L, context.entryAddress());
        assertEquals(5, context.domain());
        assertEquals(4, context.levels());
        assertEquals(TABLE, context.table().identity());
        Structure entry = Structure.of(ContextEntry.LAYOUT, 0, 0x1_0abc_d001L, 0x502);
        assertEquals("P=1 FPD=0 TT=0(untranslated requests through tables) SSPTPTR=0x10abcd000 AW=2(48-bit, 4 levels) DID=5", entry.text());
    }

    @Test
    public void contextEntryWithWidth4OrType3IsInvalidAndBit4IsReserved() {
        assertEquals(0x03, legacy(0x1_0abc_d001L, 0x504).read(IOVA).fault().code());
        assertEquals(0x03, legacy(0x1_0abc_d00dL, 0x502).read(IOVA).fault().code());
        assertEquals(0x0b, legacy(0x1_0abc_d011L, 0x502).read(IOVA).fault().code());
    }

    @Test
    public void fourLevelsAreIndexedBy9BitsEach() {
        TranslationReport report = legacy(0x1_0abc_d001L, 0x502)
                .chain(TABLE, 4, IOVA, 0x40_1003, 0x40_2003, 0x40_3003, 0xa_bcde_f003L).read(IOVA);
        assertEquals(TABLE + 0x024 * 8, report.steps().get(2).address());
        assertEquals(0x40_1000 + 0x0d1 * 8, report.steps().get(3).address());
        assertEquals(0x40_2000 + 0x0b3 * 8, report.steps().get(4).address());
        assertEquals(0x40_3000 + 0x189 * 8, report.steps().get(5).address());
        assertEquals(0xa_bcde_fabcL, report.output());
    }

    @Test
    public void snoopBitOfALeafIsReservedWithoutSnoopControl() {
        TestUnit unit = legacy(0x1_0abc_d001L, 0x502).chain(TABLE, 4, IOVA, 0x40_1003, 0x40_2003, 0x40_3003, 0xa_bcde_f803L);
        assertEquals(0xa_bcde_fabcL, unit.read(IOVA).output());
        assertEquals(0x0c, unit.register64(0x10, TestUnit.ECAP & ~(1L << 7)).read(IOVA).fault().code());
    }

    @Test
    public void superpageTakes21BitsOfTheAddressAndItsLowBitsAreReserved() {
        TestUnit unit = legacy(0x1_0abc_d001L, 0x502).chain(TABLE, 4, IOVA, 0x40_1003, 0x40_2003, 0x4020_0083);
        assertEquals(0x4038_9abcL, unit.read(IOVA).output());
        assertEquals(2 << 20, unit.read(IOVA).pageSize());
        unit.chain(TABLE, 4, IOVA, 0x40_1003, 0x40_2003, 0x4020_1083);
        assertEquals(0x0c, unit.read(IOVA).fault().code());
    }

    @Test
    public void faultRecordsTellRequesterReasonAndAddress() {
        TestUnit unit = new TestUnit().register64(0x220, 0xdead_b000L).register64(0x228, 0xc000_0006_0000_0310L)
                .register64(0x230, 0xdead_b000L).register64(0x238, 0x8001_2305_8000_0310L)
                .register64(0x240, 0xdead_b000L).register64(0x248, 0x4000_0006_0000_0310L);
        List<FaultRecord> faults = unit.inspector().faults();
        assertEquals(3, faults.size());
        assertEquals(DeviceId.parse("03:02.0"), faults.get(0).device());
        assertEquals("read-not-permitted", faults.get(0).fault().name());
        assertEquals(0xdead_b000L, faults.get(0).iova());
        assertEquals("r", faults.get(0).access());
        assertEquals(-1, faults.get(0).pasid());
        assertEquals(0x05, faults.get(1).fault().code());
        assertEquals("w", faults.get(1).access());
        assertEquals(0x123, faults.get(1).pasid());
        assertTrue(faults.get(2).text().contains("stale"));
    }

    @Test
    public void messageWithSubhandleGivesIndex8125() {
        TestUnit unit = new TestUnit().register64(0xb8, 0x1_0000_0000L | 15)
                .put(0x1_0000_0000L + 0x8125 * 16, 0x0000_0200_0031_0001L, 0x0004_00f8L);
        InterruptReport report = unit.interrupt(DeviceId.parse("00:1f.0"), 0xfee0_247cL, 2);
        assertEquals(0x8125, report.entryIndex());
        assertEquals(Result.REMAPPED, report.result());
    }

    @Test
    public void interruptEntrySendsVector31ToProcessor2OrInX2ApicModeTo200() {
        TestUnit unit = new TestUnit().put(TestUnit.INTERRUPTS + 5 * 16, 0x0000_0200_0031_0001L, 0x0004_00f8L);
        InterruptReport report = unit.interrupt(DeviceId.parse("00:1f.0"), 0xfee0_00b8L, 0);
        assertEquals(0x31, report.vector());
        assertEquals(2, report.destination());
        assertEquals("fixed", report.delivery());
        assertEquals("physical", report.mode());
        assertEquals("edge", report.trigger());
        assertEquals(0xfee0_2000L, report.outputAddress());
        assertEquals(0x4031, report.outputData());
        InterruptReport wide = unit.register64(0xb8, TestUnit.INTERRUPTS | 1 << 11 | 3).interrupt(DeviceId.parse("00:1f.0"), 0xfee0_00b8L, 0);
        assertEquals(0x200, wide.destination());
        assertEquals(0x0000_0200_fee0_0000L, wide.outputAddress());
    }

    @Test
    public void handle5MakesMessageAddressB8() {
        TestUnit unit = new TestUnit().put(TestUnit.INTERRUPTS + 5 * 16, 0x0000_0200_0031_0001L, 0);
        assertEquals(5, unit.interrupt(TestUnit.DEVICE, 0xfee0_00b8L, 0).entryIndex());
    }

    @Test
    public void compatibilityMessagePassesUnchangedWhenAllowed() {
        int on = 1 << 31 | 1 << 25;
        TestUnit unit = new TestUnit().register32(0x1c, on | 1 << 23);
        InterruptReport report = unit.interrupt(TestUnit.DEVICE, 0xfee0_3000L, 0x41);
        assertEquals(Result.PASSED, report.result());
        assertEquals(0xfee0_3000L, report.outputAddress());
        assertEquals(0x41, report.outputData());
        assertEquals(0x25, unit.register32(0x1c, on).interrupt(TestUnit.DEVICE, 0xfee0_3000L, 0x41).fault().code());
        unit.register32(0x1c, on | 1 << 23).register64(0xb8, TestUnit.INTERRUPTS | 1 << 11 | 3);
        assertEquals(0x25, unit.interrupt(TestUnit.DEVICE, 0xfee0_3000L, 0x41).fault().code());
    }

    @Test
    public void queueDescriptorsReadAsTheCommandsTheyAre() {
        TestUnit unit = new TestUnit().register64(0x90, 0x50_0000).register64(0x80, 0x10).register64(0x88, 0x50)
                .put(0x50_0000, 0x11, 0, 0x0005_00e2, 0, 0x0005_00f2, 0xdead_b000L, 0x1_0000_0025L, 0x1000_0040, 0x8125_0000_0014L, 0);
        List<QueueEntry> queue = unit.inspector().queues();
        assertEquals(List.of("context-cache-invalidate", "iotlb-invalidate", "iotlb-invalidate", "invalidation-wait",
                "interrupt-cache-invalidate"), queue.stream().map(QueueEntry::structure).toList());
        assertEquals(List.of(false, true, true, true, true), queue.stream().map(QueueEntry::pending).toList());
        assertEquals("TYPE=1 G=1(global) TYPEH=0 DID=0 SID=0 FM=0(none)", queue.get(0).text());
        assertEquals("TYPE=2 G=2(domain) DW=1 DR=1 TYPEH=0 DID=5 AM=0 IH=0 ADDR=0x0", queue.get(1).text());
        assertEquals("TYPE=2 G=3(pages) DW=1 DR=1 TYPEH=0 DID=5 AM=0 IH=0 ADDR=0xdeadb000", queue.get(2).text());
        assertEquals("TYPE=5 IF=0 SW=1 FN=0 PD=0 TYPEH=0 STATUS=1 ADDR=0x10000040", queue.get(3).text());
        assertEquals("TYPE=4 G=1(index) TYPEH=0 IM=0 IIDX=0x8125", queue.get(4).text());
    }

    @Test
    public void pasid12345UsesDirectoryEntry48dAndTableEntry5() {
        TestUnit unit = TestUnit.scalable().pasid().put(TestUnit.CONTEXTS + 32L * 0x10, TestUnit.DIRECTORY | 4 << 9 | 1 << 3 | 1)
                .put(TestUnit.DIRECTORY + 0x48d * 8, TestUnit.PASIDS | 1).put(TestUnit.PASIDS + 0x140, 0x20_0000_0089L, 0x80_0007L);
        var context = unit.ram(new org.sluice.machine.AddressRange(0, 0xff_ffff_ffffL)).inspector().context(TestUnit.DEVICE, 0x12345);
        assertEquals(TestUnit.PASIDS + 0x140, context.entryAddress());
        assertEquals("second-stage", context.tableKind());
        assertEquals(7, context.domain());
        assertEquals(0x20_0000_0000L, context.table().identity());
        Structure entry = Structure.of(PasidEntry.LAYOUT, 0, 0x20_0000_0089L, 0x80_0007L, 0, 0, 0, 0, 0, 0);
        assertTrue(entry.is(PasidEntry.WALK_SNOOP));
        unit.put(TestUnit.CONTEXTS + 32L * 0x10, TestUnit.DIRECTORY | 3 << 9 | 1 << 3 | 1);
        assertEquals("a directory of 2^(3+13) PASIDs does not reach it", 0x46, unit.inspector().context(TestUnit.DEVICE, 0x12345).fault().code());
    }
}
