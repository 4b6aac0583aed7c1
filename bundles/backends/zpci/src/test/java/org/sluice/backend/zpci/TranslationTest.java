// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitModel;

/** The numbered steps of docs/backends/zpci.md, with the worked examples of the fact sheet. */
public class TranslationTest {
    private static final int FID = 0x10;
    private static final long IOVA = 0x1_2345_6789L;
    private static final long IOTA = 0x8f00_0804L;
    private static final long REGION_ENTRY = 0x8f00_0010L;
    private static final long SEGMENT_ENTRY = 0x8000_91a0L;
    private static final long PAGE_ENTRY = 0x9000_aab0L;

    private final Rig rig = new Rig(AddressRange.ofSize(0x8000_0000L, 0x10000), AddressRange.ofSize(0x8f00_0000L, 0x4000),
            AddressRange.ofSize(0x9000_0000L, 0x10000));

    public TranslationTest() {
        rig.put(REGION_ENTRY, 0x8000_8007L).put(SEGMENT_ENTRY, 0x9000_a800L).put(PAGE_ENTRY, 0xabcd_e000L).function(FID, IOTA);
    }

    @Test
    public void workedExampleOfAPage() {
        TranslationReport report = rig.translate(FID, IOVA, Access.WRITE);
        assertEquals(Result.MAPPED, report.result());
        assertEquals(0xabcd_e789L, report.output());
        assertEquals(4096, report.pageSize());
        assertEquals(Permissions.READ_WRITE, report.permissions());
        assertEquals(1, report.level());
        assertEquals(List.of(0L, REGION_ENTRY, SEGMENT_ENTRY, PAGE_ENTRY), report.steps().stream().map(s -> s.address()).toList());
        assertEquals(List.of("iota", "region-entry", "segment-entry", "page-entry"), report.steps().stream().map(s -> s.structure()).toList());
        assertEquals(List.of(0, 3, 2, 1), report.steps().stream().map(s -> s.level()).toList());
    }

    @Test
    public void workedExamplesOfRegionEntries() {
        assertEquals("TPROTE", rig.put(REGION_ENTRY, 0x8000_8027L).read(FID, IOVA));
        assertEquals("TT", rig.put(REGION_ENTRY, 0x8000_8003L).read(FID, IOVA));
        assertEquals("INVALTL", rig.put(REGION_ENTRY, 0x8000_8005L).read(FID, IOVA));
        assertEquals("INVALTL", rig.put(REGION_ENTRY, 0x8000_8047L).read(FID, IOVA));
        assertEquals("TT", rig.put(REGION_ENTRY, 0x8000_8001L).read(FID, IOVA));
        assertEquals("TT", rig.put(SEGMENT_ENTRY, 0x9000_a804L).put(REGION_ENTRY, 0x8000_8007L).read(FID, IOVA));
    }

    @Test
    public void workedExamplesOfPageEntries() {
        TranslationReport protectedPage = rig.put(PAGE_ENTRY, 0xabcd_e200L).translate(FID, IOVA, Access.READ);
        assertEquals(0xabcd_e789L, protectedPage.output());
        assertEquals(Permissions.READ, protectedPage.permissions());
        assertEquals("TPROTE", rig.put(PAGE_ENTRY, 0xabcd_e400L).read(FID, IOVA));
        assertEquals("TPROTE", rig.put(PAGE_ENTRY, 0x400).read(FID, IOVA));
    }

    @Test
    public void workedExampleOfASegmentFrame() {
        TranslationReport report = rig.put(SEGMENT_ENTRY, 0x4010_0400L).translate(FID, IOVA, Access.WRITE);
        assertEquals(0x4015_6789L, report.output());
        assertEquals(1 << 20, report.pageSize());
        assertEquals(2, report.level());
    }

    @Test
    public void regionThirdEntriesMayMapFrames() {
        TranslationReport report = rig.put(REGION_ENTRY, 0x8000_0404L).translate(FID, IOVA, Access.READ);
        assertEquals(0x8000_0000L | IOVA & 0x7fff_ffffL, report.output());
        assertEquals(1L << 31, report.pageSize());
    }

    @Test
    public void invalidEntriesAndForbiddenWritesAreFaults() {
        for (long entry : new long[] {PAGE_ENTRY, SEGMENT_ENTRY, REGION_ENTRY}) {
            long before = Long.reverseBytes(rig.memory.readLong(entry));
            TranslationReport write = rig.put(entry, before | 0x200).translate(FID, IOVA, Access.WRITE);
            assertEquals("TPROTE", write.fault().name());
            assertEquals(4, write.fault().code());
            assertEquals("a page that forbids is told with its size", 4096, write.pageSize());
            assertEquals(Permissions.READ, write.permissions());
            assertEquals("0xabcde789", rig.read(FID, IOVA));
            rig.put(entry, before);
        }
        Rig anchor = new Rig(rig.memory).function(FID, IOTA | 0x200);
        assertEquals("TPROTE", anchor.translate(FID, IOVA, Access.WRITE).fault().name());
        assertEquals("0xabcde789", anchor.read(FID, IOVA));
    }

    @Test
    public void zeroEntriesAreFaultsAtEveryLevel() {
        for (long entry : new long[] {PAGE_ENTRY, SEGMENT_ENTRY, REGION_ENTRY}) {
            TranslationReport report = rig.put(entry, 0).translate(FID, IOVA, Access.READ);
            assertEquals("INVALTE", report.fault().name());
            assertEquals(7, report.fault().code());
        }
    }

    @Test
    public void indexesOfAllFiveLevels() {
        // Region-second example: RSX 0x48d, RTX 0x0ac (bits 41:31 of 0x123456789abcde), SX 0x789, PX 0xab.
        long iova = 0x0012_3456_789a_bcdeL;
        int rsx = (int) (iova >>> 42) & 0x7ff;
        int rtx = (int) (iova >>> 31) & 0x7ff;
        assertEquals(0x48d, rsx);
        assertEquals(0x0ac, rtx);
        Rig tables = new Rig(AddressRange.ofSize(0x10_0000, 0x20000));
        tables.put(0x10_0000 + 8L * 0, 0x10_4000 | 0xf).put(0x10_4000 + 8L * rsx, 0x10_8000 | 0xb).put(0x10_8000 + 8L * rtx, 0x10_c000 | 7)
                .put(0x10_c000 + 8L * 0x789, 0x11_0800).put(0x11_0800 + 8L * 0xab, 0xabcd_e000L);
        tables.function(2, 0x10_4808).function(3, 0x10_080c).function(1, 0x10_8804).function(4, 0x10_c800);
        assertEquals("0xabcdecde", tables.read(2, iova));
        assertEquals("0xabcdecde", tables.read(3, iova));
        assertEquals(5, tables.translate(3, iova, Access.READ).steps().size() - 1);
        assertEquals("OORANGE", tables.read(1, iova));
        assertEquals("0xabcdecde", tables.read(1, iova & (1L << 42) - 1));
        assertEquals("OORANGE", tables.read(4, 1L << 31));
        assertEquals("0xabcdecde", tables.read(4, iova & (1L << 31) - 1));
    }

    @Test
    public void nothingRegisteredIsAFault() {
        Map<String, Object> none = new HashMap<>();
        none.put("fid", "0x20");
        none.put("iota", null);
        rig.functions.add(none);
        assertEquals("INVALAS", rig.read(0x20, 0x1000));
        rig.functions.add(Map.of("fid", "0x21"));
        assertEquals("UNKNOWN", rig.read(0x21, 0x1000));
        assertEquals("UNKNOWN", rig.read(0x22, 0x1000));
    }

    @Test
    public void addressesOutsideTheRangeAreFaults() {
        Rig ranged = new Rig(rig.memory).function(FID, IOTA, 0x1_2345_6123L, 0x1_2345_6123L, Map.of());
        assertEquals("low bits of PBA are zeros and of PAL ones", "0xabcde000", ranged.read(FID, 0x1_2345_6000L));
        assertEquals("0xabcdefff", ranged.read(FID, 0x1_2345_6fffL));
        assertEquals("OORANGE", ranged.read(FID, 0x1_2345_5fffL));
        assertEquals("OORANGE", ranged.read(FID, 0x1_2345_7000L));
        assertEquals("OORANGE", ranged.read(FID, -1));
    }

    @Test
    public void withoutTranslationAddressesGoOutUnchanged() {
        Rig identity = new Rig(rig.memory).function(FID, 0, 0x1000, 0x1fff, Map.of());
        TranslationReport report = identity.translate(FID, 0x1234, Access.WRITE);
        assertEquals(0x1234, report.output());
        assertTrue(report.reason(), report.reason().startsWith("pass-through"));
        assertEquals("OORANGE", identity.read(FID, 0x2000));
        assertEquals(UnitModel.PASS_THROUGH, identity.model().translate(FID, TranslationRequest.NO_PASID, 0x1234, Permissions.WRITE));
    }

    @Test
    public void pageFrameDesignationsMapOneFrame() {
        Rig frames = new Rig(rig.memory).function(1, 0x8000_0000L | 0x812).function(2, 0x4010_0000L | 0x811).function(3, 0x4000_1000L | 0x810)
                .function(4, 0x4000_0000L | 0xa12);
        assertEquals("0x92345678", frames.read(1, 0x1234_5678));
        assertEquals("OORANGE", frames.read(1, 1L << 31));
        assertEquals("0x40145678", frames.read(2, 0x4_5678));
        assertEquals("OORANGE", frames.read(2, 1 << 20));
        assertEquals("0x40001678", frames.read(3, 0x678));
        assertEquals("TPROTE", frames.translate(4, 0, Access.WRITE).fault().name());
        assertEquals(1L << 31, frames.translate(1, 0, Access.READ).pageSize());
    }

    @Test
    public void unsupportedDesignationsAreFaults() {
        Rig other = new Rig(rig.memory).function(1, 0x8f00_0814L).function(2, 0x8f00_0818L).function(3, 0x8f00_081cL).function(4, 0x8f00_0813L);
        for (int fid = 1; fid <= 4; fid++) {
            assertEquals("INVALTF", other.read(fid, 0x1000));
        }
    }

    @Test
    public void disabledFunctionsHaveTheirAccessesDropped() {
        Rig disabled = new Rig(rig.memory).function(FID, IOTA, 0, Rig.WIDE_OPEN, Map.of("functionHandle", "0x20000"));
        assertEquals("NOT_ENABLED", disabled.read(FID, IOVA));
        Rig enabled = new Rig(rig.memory).function(FID, IOTA, 0, Rig.WIDE_OPEN, Map.of("functionHandle", "0x80020000"));
        assertEquals("0xabcde789", enabled.read(FID, IOVA));
    }

    @Test
    public void thereAreNoPasids() {
        TranslationReport report = rig.inspector().translate(new TranslationRequest(DeviceId.function(FID), 1, IOVA, Access.READ), false);
        assertEquals("INVALAS", report.fault().name());
        assertEquals(-1 - 1, rig.model().translate(FID, 1, IOVA, Permissions.READ));
    }

    @Test
    public void tablesOutsideRamAreFaultsAndAbsentOnesUnknown() {
        assertEquals("INVALTE", rig.put(REGION_ENTRY, 0x7000_0007L).read(FID, IOVA));
        PhysicalMemory holed = PhysicalMemory.builder().ram(new AddressRange(0x8f00_0000L, 0x9fff_ffffL))
                .data(0x8f00_0000L, ByteBuffer.allocateDirect(0x4000), true).build();
        Rig partial = new Rig(holed).put(REGION_ENTRY, 0x9000_8007L).function(FID, IOTA);
        TranslationReport report = partial.translate(FID, IOVA, Access.READ);
        assertEquals(Result.UNKNOWN, report.result());
        assertEquals(Long.valueOf(0x9000_91a0L), report.missing());
        assertTrue(report.reason(), report.reason().contains("0x900091a0"));
        assertEquals("what cannot be read is refused", -1 - 7, partial.model().translate(FID, TranslationRequest.NO_PASID, IOVA, Permissions.READ));
    }

    @Test
    public void executeAccessesCountAsReads() {
        assertEquals("0xabcde789", rig.put(PAGE_ENTRY, 0xabcd_e200L).read(FID, IOVA));
        assertEquals(0xabcd_e789L, rig.translate(FID, IOVA, Access.EXECUTE).output());
    }
}
