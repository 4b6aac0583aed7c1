// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;

/** The translation by its numbered steps, on tables written by hand; the worked examples are those of the sheet's section 13. */
public class TranslationTest {
    private static final long ALL = 0xffff_ffff_ffff_ffffL;

    private final PhysicalMemory memory = PhysicalMemory.allocate(Functions.RAM);
    private final Tables tables = new Tables(memory);

    private ZpciInspector inspector(Functions functions) {
        MachineDescription machine = functions.machine();
        return new ZpciInspector(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("zpci0", Map.of())));
    }

    private TranslationReport translate(long iota, long iova, Access access) {
        return translate(new Functions().function(Functions.FID, iota, 0, ALL, Map.of()), iova, access);
    }

    private TranslationReport translate(Functions functions, long iova, Access access) {
        return inspector(functions).translate(new TranslationRequest(Functions.device(Functions.FID), TranslationRequest.NO_PASID, iova, access), true);
    }

    private void assertMapped(long output, long size, TranslationReport report) {
        assertEquals(report.reason(), Result.MAPPED, report.result());
        assertEquals(output, report.output());
        assertEquals(size, report.pageSize());
    }

    private static void assertFault(int code, TranslationReport report) {
        assertEquals(report.reason(), Result.FAULT, report.result());
        assertEquals(report.reason(), code, report.fault().code());
        assertTrue(report.reason(), !report.reason().isEmpty());
    }

    /** Examples 1 to 3, 5 and 6: IOVA 0x0000000123456789, region index 2, segment index 0x234, page index 0x56. */
    @Test
    public void workedExampleOfAPage() {
        tables.put(Tables.SEGMENT + 0x234 * 8, Tables.PAGE);
        tables.map(0x56, 0xabc_de000L);
        TranslationReport report = translate(Tables.IOTA, 0x1_2345_6789L, Access.WRITE);
        assertMapped(0xabc_de789L, 4096, report);
        assertEquals("the anchor and three entries", 4, report.steps().size());
        assertEquals(Tables.REGION_THIRD + 0x10, report.steps().get(1).address());
        assertEquals(Tables.SEGMENT + 0x11a0, report.steps().get(2).address());
        assertEquals(Tables.PAGE + 0x2b0, report.steps().get(3).address());
        tables.map(0x56, 0xabc_de200L);
        assertMapped(0xabc_de789L, 4096, translate(Tables.IOTA, 0x1_2345_6789L, Access.READ));
        assertFault(0x04, translate(Tables.IOTA, 0x1_2345_6789L, Access.WRITE));
        for (long invalid : new long[] {0xabc_de400L, 0x400}) {
            tables.map(0x56, invalid);
            assertFault(0x04, translate(Tables.IOTA, 0x1_2345_6789L, Access.READ));
            String reason = translate(Tables.IOTA, 0x1_2345_6789L, Access.READ).reason();
            assertTrue(reason, reason.startsWith("the page table's entry at " + Functions.hex(Tables.PAGE + 0x2b0) + " is " + Functions.hex(invalid)));
        }
        tables.put(Tables.SEGMENT + 0x234 * 8, 0x20);
        String reason = translate(Tables.IOTA, 0x1_2345_6789L, Access.READ).reason();
        assertTrue(reason, reason.startsWith("the segment table's entry at " + Functions.hex(Tables.SEGMENT + 0x11a0)));
    }

    /** Example 4: the same region entry, invalid, of the wrong type, too short, with an offset. */
    @Test
    public void workedExamplesOfRegionEntries() {
        long[][] codes = {{0x27, 0x04}, {0x03, 0x09}, {0x05, 0x08}, {0x47, 0x08}, {0x0f, 0x09}, {0x06, 0x08}, {0x87, 0x08}};
        for (long[] pair : codes) {
            tables.put(Tables.REGION_THIRD + 0x10, Tables.SEGMENT | pair[0]);
            assertFault((int) pair[1], translate(Tables.IOTA, 0x1_2345_6789L, Access.READ));
        }
    }

    /** Example 7: segment entry 0x40100400 and IOVA offset 0x56789 make 0x40156789. */
    @Test
    public void workedExampleOfAFrame() {
        tables.put(Tables.SEGMENT + 0x234 * 8, 0x4010_0400L);
        assertMapped(0x4015_6789L, 1 << 20, translate(Tables.IOTA, 0x1_2345_6789L, Access.WRITE));
        tables.put(Tables.SEGMENT + 0x234 * 8, 0x4010_0600L);
        assertFault(0x04, translate(Tables.IOTA, 0x1_2345_6789L, Access.WRITE));
        tables.put(Tables.REGION_THIRD + 0x10, 0x8000_0404L);
        assertMapped(0xa345_6789L, 1L << 31, translate(Tables.IOTA, 0x1_2345_6789L, Access.WRITE));
    }

    /** Example 10: region-second, IOVA 0x0012_3456_789A_BCDE: indices 0x48D, 0x0AC (region), 0x789 (segment), 0xAB (page). */
    @Test
    public void workedExampleOfARegionSecondTable() {
        long iova = 0x0012_3456_789a_bcdeL;
        long rsx = iova >>> 42 & 0x7ff;
        long rtx = iova >>> 31 & 0x7ff;
        assertEquals(0x48d, rsx);
        assertEquals(0x789, iova >>> 20 & 0x7ff);
        assertEquals(0xab, iova >>> 12 & 0xff);
        tables.put(Tables.REGION_SECOND + rsx * 8, Tables.REGION_THIRD | 0xb);
        tables.put(Tables.REGION_THIRD + rtx * 8, Tables.SEGMENT | 7);
        tables.put(Tables.SEGMENT + 0x789 * 8, Tables.PAGE);
        tables.map(0xab, 0x55_5001L);
        assertMapped(0x55_5cdeL, 4096, translate(Tables.REGION_SECOND | 0x808, iova, Access.READ));
        assertFault(0x02, translate(Tables.REGION_SECOND | 0x808, iova | 1L << 53, Access.READ));
        tables.put(Tables.REGION_FIRST + 3 * 8, Tables.REGION_SECOND | 0xf);
        assertMapped(0x55_5cdeL, 4096, translate(Tables.REGION_FIRST | 0x80c, iova | 3L << 53, Access.READ));
        assertFault(0x04, translate(Tables.REGION_FIRST | 0x80c, iova | 4L << 53, Access.READ));
        tables.put(Tables.REGION_FIRST + 3 * 8, Tables.REGION_SECOND | 0xb);
        assertFault(0x09, translate(Tables.REGION_FIRST | 0x80c, iova | 3L << 53, Access.READ));
    }

    @Test
    public void segmentTablesAsRoot() {
        tables.put(Tables.SEGMENT + 8, Tables.PAGE);
        tables.map(1, 0x66_6001L);
        assertMapped(0x66_6abcL, 4096, translate(Tables.SEGMENT | 0x800, 0x10_1abcL, Access.WRITE));
        assertFault(0x02, translate(Tables.SEGMENT | 0x800, 1L << 31, Access.READ));
        tables.put(Tables.SEGMENT + 8, Tables.PAGE | 4);
        assertFault(0x09, translate(Tables.SEGMENT | 0x800, 0x10_1abcL, Access.READ));
    }

    @Test
    public void zeroEntriesAreFaultsAtEveryLevel() {
        tables.map(0, 0x40_0001);
        assertMapped(0x40_0000, 4096, translate(Tables.IOTA, Tables.BASE, Access.READ));
        tables.map(0, 0);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
        tables.put(Tables.SEGMENT, 0);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
        tables.put(Tables.REGION_THIRD + 16, 0);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
    }

    /** Step 9: protection adds up from the anchor to the page. */
    @Test
    public void protectionAnywhereForbidsWrites() {
        tables.map(0, 0x40_0001);
        assertMapped(0x40_0000, 4096, translate(Tables.IOTA, Tables.BASE, Access.WRITE));
        assertFault(0x04, translate(Tables.IOTA | 0x200, Tables.BASE, Access.WRITE));
        assertMapped(0x40_0000, 4096, translate(Tables.IOTA | 0x200, Tables.BASE, Access.READ));
        tables.put(Tables.SEGMENT, Tables.PAGE | 0x200);
        assertFault(0x04, translate(Tables.IOTA, Tables.BASE, Access.WRITE));
        tables.put(Tables.SEGMENT, Tables.PAGE);
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 0x207);
        assertFault(0x04, translate(Tables.IOTA, Tables.BASE, Access.WRITE));
    }

    /** Step 4: frames of three sizes, identity, and types that no source describes. */
    @Test
    public void anchorsWithoutTables() {
        assertMapped(0x8000_0000L + 0x7fff_ffffL, 1L << 31, translate(0x8000_0812L, 0x7fff_ffffL, Access.WRITE));
        assertMapped(0x4010_0123L, 1 << 20, translate(0x4010_0811L, 0x123, Access.WRITE));
        assertMapped(0x4010_0123L, 4096, translate(0x4010_0810L, 0x123, Access.WRITE));
        assertFault(0x02, translate(0x4010_0810L, 0x1000, Access.READ));
        assertFault(0x04, translate(0x4010_0a10L, 0x123, Access.WRITE));
        assertFault(0x07, translate(Long.MIN_VALUE | 0x812L, 0x123, Access.READ));
        TranslationReport identity = translate(0, 0x1234_5678L, Access.WRITE);
        assertEquals(Result.MAPPED, identity.result());
        assertEquals(0x1234_5678L, identity.output());
        for (long type : new long[] {0x814, 0x818, 0x81c, 0x813}) {
            assertFault(0x03, translate(Tables.REGION_THIRD | type, Tables.BASE, Access.READ));
        }
    }

    @Test
    public void addressesOutsideTheRangeAreFaults() {
        tables.map(0, 0x40_0001);
        Functions narrow = new Functions().function(Functions.FID, Tables.IOTA, Tables.BASE + 0x123, Tables.BASE + 1, Map.of());
        assertMapped(0x40_0000, 4096, translate(narrow, Tables.BASE, Access.READ));
        assertMapped(0x40_0fff, 4096, translate(narrow, Tables.BASE + 0xfff, Access.READ));
        assertFault(0x02, translate(narrow, Tables.BASE - 1, Access.READ));
        assertFault(0x02, translate(narrow, Tables.BASE + 0x1000, Access.READ));
    }

    @Test
    public void nothingRegisteredIsAFaultAndADisabledFunctionDropsItsDma() {
        assertFault(0x01, translate(new Functions().function(Functions.FID, null), Tables.BASE, Access.READ));
        TranslationReport dropped = translate(new Functions().function(Functions.FID, Tables.IOTA, 0, ALL, Map.of("functionHandle", "0x20000")),
                Tables.BASE, Access.READ);
        assertEquals("NOT_ENABLED", dropped.fault().name());
        TranslationReport stopped = translate(new Functions().function(Functions.FID, Tables.IOTA, 0, ALL, Map.of("state", "error")), Tables.BASE, Access.READ);
        assertEquals("NOT_ENABLED", stopped.fault().name());
        TranslationReport pasid = inspector(Functions.two()).translate(new TranslationRequest(Functions.device(Functions.FID), 1, 0, Access.READ), false);
        assertFault(0x01, pasid);
    }

    /** A table where there is no RAM is a bad entry; one that the image does not hold is unknown and names the address. */
    @Test
    public void tablesThatCannotBeRead() {
        tables.put(Tables.SEGMENT, Functions.RAM.last() + 1);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
        assertFault(0x07, translate(Functions.RAM.last() + 1 | 0x804, Tables.BASE, Access.READ));
        PhysicalMemory holes = PhysicalMemory.builder().ram(Functions.RAM).data(0, ByteBuffer.allocateDirect(1 << 20), true).build();
        MachineDescription machine = new Functions().function(Functions.FID, Tables.IOTA).machine();
        TranslationReport report = new ZpciInspector(new UnitContext(machine, machine.units().get(0), holes, new RegisterImage("zpci0", Map.of())))
                .translate(new TranslationRequest(Functions.device(Functions.FID), TranslationRequest.NO_PASID, Tables.BASE, Access.READ), true);
        assertEquals(Result.UNKNOWN, report.result());
        assertEquals(Tables.REGION_THIRD + 16, (long) report.missing());
    }

    /** Bits that no table entry has, and outputs that no memory has. */
    @Test
    public void bitsThatMustNotBe() {
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 0x807);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 7);
        tables.map(0, Long.MIN_VALUE | 0x40_0001);
        assertFault(0x07, translate(Tables.IOTA, Tables.BASE, Access.READ));
    }

    /** Tables that lead to themselves are walked as deep as the anchor says and no deeper. */
    @Test
    public void loopsEndAtTheBottom() {
        for (int i = 0; i < 2048; i++) {
            tables.put(Tables.REGION_FIRST + 8L * i, Tables.REGION_FIRST | 0xf);
        }
        TranslationReport report = translate(Tables.REGION_FIRST | 0x80c, 0x1234_5678L, Access.READ);
        assertFault(0x09, report);
        assertEquals("the anchor, the entry, and the same entry as one of the table below", 3, report.steps().size());
    }

    @Test
    public void contextsTellWhatIsRegistered() {
        tables.map(0, 0x40_0001).map(1, 0x50_0201);
        Functions functions = new Functions().function(1, Tables.IOTA).function(2, 0L).function(3, null).function(4, 0x8000_0812L, 0, ALL, Map.of())
                .function(5, Tables.REGION_THIRD | 0x814).function(6, Tables.IOTA, 0x2000, 0, Map.of())
                .function(7, Tables.IOTA, Functions.FIRST, Functions.LAST, Map.of("state", "blocked"))
                .function(8, Tables.IOTA | 0x200);
        ZpciInspector inspector = inspector(functions);
        List<RequesterContext> contexts = new ArrayList<>();
        inspector.contexts(contexts::add);
        assertEquals(List.of(State.TRANSLATED, State.PASS_THROUGH, State.BLOCKED, State.TRANSLATED, State.BLOCKED, State.BLOCKED, State.BLOCKED,
                State.TRANSLATED), contexts.stream().map(RequesterContext::state).toList());
        assertEquals("region-third", contexts.get(0).tableKind());
        assertEquals("page-frame", contexts.get(3).tableKind());
        assertEquals("INVALTF", contexts.get(4).fault().name());
        assertEquals("OORANGE", contexts.get(5).fault().name());
        assertTrue(contexts.get(6).text(), contexts.get(6).text().contains("blocked"));
        assertEquals(List.of("100000000-100000fff 400000 3", "100001000-100001fff 500000 1"), mappings(contexts.get(0)));
        assertEquals("no writes through the anchor", List.of("100000000-100000fff 400000 1", "100001000-100001fff 500000 1"), mappings(contexts.get(7)));
        assertEquals(List.of("0-7fffffff 80000000 3"), mappings(contexts.get(3)));
        assertEquals(State.BLOCKED, inspector.context(Functions.device(1), 5).state());
        assertEquals(State.UNKNOWN, inspector.context(Functions.device(0x99), TranslationRequest.NO_PASID).state());
        assertNull(inspector.context(Functions.device(3), TranslationRequest.NO_PASID).table());
    }

    private static List<String> mappings(RequesterContext context) {
        List<String> lines = new ArrayList<>();
        context.table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                return lines.add(Long.toHexString(iova) + "-" + Long.toHexString(last) + " " + Long.toHexString(output) + " " + permissions);
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("not in the image: " + Long.toHexString(tableAddress));
            }
        });
        return lines;
    }

    @Test
    public void registersListWhatIsRegistered() {
        var registers = inspector(new Functions().function(Functions.FID, Tables.IOTA)).registers();
        assertEquals(List.of(16, 24, 32), registers.stream().map(r -> r.offset()).toList());
        assertEquals(List.of(List.of(Functions.FIRST), List.of(Functions.LAST), List.of(Tables.IOTA)), registers.stream().map(r -> r.words()).toList());
        assertTrue(registers.get(2).fields().stream().anyMatch(f -> f.field().name().equals("DT") && f.value() == 1));
    }
}
