// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.Rig.NIC;
import static org.sluice.backend.amdvi.Rig.table;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext.State;

/** Device table entries and host tables: the sheet's worked examples, every page size and every fault. */
public class HostTablesTest {
    private static final long L6 = 0x2_0000;
    private static final long L4 = 0x2_1000;
    private static final long L3 = 0x2_2000;
    private static final long L2 = 0x2_3000;
    private static final long L1 = 0x2_4000;

    private final Rig rig = new Rig();

    /** Mode 4 down to a table of level 1 that covers IOVA 0 to 2 MiB - 1. */
    private Rig fourLevels() {
        rig.device(NIC, DTE | 4 << 9 | L4, 0x2a);
        return rig.put(L4, table(L3, 3)).put(L3, table(L2, 2)).put(L2, table(L1, 1));
    }

    private static void mapped(TranslationReport report, long output, long pageSize) {
        assertEquals(report.reason(), Result.MAPPED, report.result());
        assertEquals(Long.toHexString(report.output()), output, report.output());
        assertEquals(pageSize, report.pageSize());
    }

    private static void fault(TranslationReport report, String name, int code) {
        assertEquals(report.reason(), Result.FAULT, report.result());
        assertEquals(report.reason(), name, report.fault().name());
        assertEquals(code, report.fault().code());
        assertTrue(report.reason().length() > 10);
    }

    @Test
    public void indexesOfAFourLevelWalk() {
        rig.device(NIC, DTE | 4 << 9 | L4, 0x2a);
        rig.put(L4 + 0x024 * 8, table(L3, 3)).put(L3 + 0x0d1 * 8, table(L2, 2)).put(L2 + 0x0b3 * 8, table(L1, 1));
        rig.put(L1 + 0x189 * 8, 0x7000_000a_bcde_f001L);
        TranslationReport report = rig.read(0x1234_5678_9abcL);
        mapped(report, 0xa_bcde_fabcL, 4096);
        assertEquals(Permissions.READ_WRITE, report.permissions());
        assertEquals(List.of("device-table-entry", "host-directory-entry", "host-directory-entry", "host-directory-entry", "host-page-entry"),
                report.steps().stream().map(s -> s.structure()).toList());
        assertEquals(List.of(0, 4, 3, 2, 1), report.steps().stream().map(s -> s.level()).toList());
        assertEquals(0x2a, rig.contexts().get(0).domain());
    }

    @Test
    public void nextLevelSevenCodesTheSizeInTheAddress() {
        fourLevels();
        for (int i = 0; i < 16; i++) {
            rig.put(L1 + 0x10 * 8 + i * 8, 0x7000_0000_abcd_7e01L);
        }
        mapped(rig.read(0x1_5678), 0xabcd_5678L, 0x1_0000);
        rig.put(L1, 0x6000_0000_0000_0e01L).put(L1 + 8, 0x6000_0000_0000_0e01L);
        mapped(rig.read(0x1fff), 0x1fff, 0x2000);
        rig.put(L1 + 0x100 * 8, 0x6000_0000_0007_fe01L);
        mapped(rig.read(0x10_0123), 0x123, 0x10_0000);
    }

    @Test
    public void aSizeThatIsNotBetweenTheLevelsIsABadLevel() {
        fourLevels();
        rig.put(L1, 0x6000_0000_000f_fe01L);
        fault(rig.read(0), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
        rig.put(L2 + 8, ENTRY | 7 << 9 | 0x1000);
        fault(rig.write(0x20_0000), "IO_PAGE_FAULT PR=1 RZ=0 RW=1", 2);
        rig.put(L2 + 16, 0x600f_ffff_ffff_fe01L);
        fault(rig.read(0x40_0000), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
    }

    @Test
    public void everyLevelButTheSixthHoldsPagesOfItsOwnSize() {
        fourLevels();
        rig.put(L2 + 8, 0x7000_000a_bcde_f001L);
        mapped(rig.read(0x2f_ffff), 0xa_bcc0_0000L + 0xf_ffff, 0x20_0000);
        rig.put(L3 + 8, ENTRY | 0x8000_0000L);
        mapped(rig.write(0x7fff_ffffL), 0xbfff_ffffL, 0x4000_0000);
        rig.put(L4 + 8, ENTRY | 0x80_0000_0000L);
        mapped(rig.write(0xff_ffff_ffffL), 0xff_ffff_ffffL, 1L << 39);
        rig.device(NIC, DTE | 5 << 9 | L6);
        rig.put(L6 + 8 * 0x1ff, ENTRY | 7 << 9 | 0x0_ffff_ffff_f000L);
        mapped(rig.write(0x1ff_ffff_ffff_ffffL), 0x1_ffff_ffff_ffffL, 1L << 49);
        rig.device(NIC, DTE | 6 << 9 | L6).put(L6, ENTRY).put(L6 + 8, ENTRY | 7 << 9 | 0xf_0fff_ffff_f000L);
        fault(rig.read(0), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
        fault(rig.read(1L << 57), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
    }

    @Test
    public void sixLevelsReachTheLastPageBelowTwoToTheSixtyFour() {
        long l5 = 0x3_0000;
        rig.device(NIC, DTE | 6 << 9 | L6, 1).put(L6 + 127 * 8, table(l5, 5)).put(l5 + 511 * 8, table(L4, 4)).put(L4 + 511 * 8, table(L3, 3));
        rig.put(L3 + 511 * 8, table(L2, 2)).put(L2 + 511 * 8, table(L1, 1)).put(L1 + 511 * 8, ENTRY | 0xab000);
        mapped(rig.read(-1L), 0xabfff, 4096);
        fault(rig.read(-4097L), "IO_PAGE_FAULT PR=0 RW=0", 2);
        List<Long> lasts = new ArrayList<>();
        rig.contexts().get(0).table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                assertEquals(-4096L, iova);
                return lasts.add(last);
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError();
            }
        });
        assertEquals(List.of(-1L), lasts);
    }

    @Test
    public void bitsAboveTheTableFaultBeforePermissions() {
        rig.device(NIC, 0x2000_0000_0000_0003L | 1 << 9 | L1).put(L1, ENTRY | 0x5000);
        mapped(rig.read(0xfff), 0x5fff, 4096);
        fault(rig.write(0x20_0000), "IO_PAGE_FAULT PR=0 RW=1", 2);
        fault(rig.write(0), "IO_PAGE_FAULT PR=1 PE=1 RW=1", 2);
        assertEquals(0, rig.write(0).level());
    }

    @Test
    public void skippedLevelsNeedZeroBits() {
        rig.device(NIC, DTE | 4 << 9 | L4).put(L4, table(L1, 1)).put(L1 + 8, ENTRY | 0x7000);
        mapped(rig.read(0x1234), 0x7234, 4096);
        fault(rig.read(0x20_1234), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
        fault(rig.read(0x4000_1234), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
        fault(rig.read(0x80_0000_1234L), "IO_PAGE_FAULT PR=0 RW=0", 2);
        assertEquals(List.of(), rig.verify(null).list);
    }

    @Test
    public void aNextLevelThatDoesNotGoDownIsABadLevel() {
        fourLevels();
        rig.put(L3, table(L2, 3));
        fault(rig.read(0), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
        rig.put(L3, table(L2, 2)).put(L1, table(L1, 1));
        fault(rig.read(0), "IO_PAGE_FAULT PR=1 RZ=0 RW=0", 2);
    }

    @Test
    public void permissionsAccumulateAndFaultWhereTheyEnd() {
        fourLevels();
        rig.put(L2, table(L1, 1) & ~(1L << 62)).put(L1, ENTRY | 0x5000);
        TranslationReport denied = rig.write(0);
        fault(denied, "IO_PAGE_FAULT PR=1 PE=1 RW=1", 2);
        assertEquals(2, denied.level());
        assertEquals(Permissions.READ, rig.read(0).permissions());
        // Missing permission comes before reserved bits and bad levels; a present bit that is clear before all.
        rig.put(L1, 0x2000_0000_0000_0001L | 1L << 55 | 0x5000);
        rig.put(L2, table(L1, 1));
        fault(rig.write(0), "IO_PAGE_FAULT PR=1 PE=1 RW=1", 2);
        fault(rig.read(0), "IO_PAGE_FAULT PR=1 RZ=1 RW=0", 2);
        rig.put(L1, 0x2000_0000_0000_0001L | 3 << 9);
        fault(rig.write(0), "IO_PAGE_FAULT PR=1 PE=1 RW=1", 2);
        rig.put(L1, ENTRY & ~1 | 1L << 55);
        fault(rig.read(0), "IO_PAGE_FAULT PR=0 RW=0", 2);
    }

    @Test
    public void reservedBitsDifferBetweenTablesAndPages() {
        fourLevels();
        for (int bit = 52; bit <= 63; bit++) {
            rig.put(L1, ENTRY | 0x5000 | 1L << bit);
            assertEquals("page bit " + bit, bit <= 58 ? Result.FAULT : Result.MAPPED, rig.read(0).result());
            rig.put(L1, ENTRY | 0x5000).put(L2, table(L1, 1) | 1L << bit);
            assertEquals("table bit " + bit, bit <= 60 ? Result.FAULT : Result.MAPPED, rig.read(0).result());
            rig.put(L2, table(L1, 1));
        }
    }

    @Test
    public void executionIsReading() {
        fourLevels();
        rig.put(L1, 0x2000_0000_0000_0001L | 0x5000);
        mapped(rig.ask(NIC, Rig.NO_PASID, 0x10, Access.EXECUTE), 0x5010, 4096);
        assertEquals(Permissions.READ, rig.ask(NIC, Rig.NO_PASID, 0x10, Access.EXECUTE).permissions());
    }

    @Test
    public void passThroughInItsThreeForms() {
        rig.device(NIC, 0x6000_0000_0000_0002L);
        TranslationReport report = rig.write(0xdead_0000_beefL);
        mapped(report, 0xdead_0000_beefL, 0);
        assertTrue(report.reason(), report.reason().startsWith("pass-through: V=0"));
        assertEquals("permissions", Permissions.READ_WRITE, report.permissions());
        rig.device(NIC, 0x6000_0000_0000_0003L);
        mapped(rig.write(-8L), -8L, 0);
        rig.device(NIC, 0x2000_0000_0000_0003L);
        mapped(rig.read(8), 8, 0);
        fault(rig.write(8), "IO_PAGE_FAULT PR=1 PE=1 RW=1", 2);
        rig.device(NIC, 3);
        fault(rig.read(8), "IO_PAGE_FAULT PR=1 PE=1 RW=0", 2);
        assertEquals(State.BLOCKED, rig.inspector().context(NIC, Rig.NO_PASID).state());
        rig.register(Rig.CONTROL, 0);
        mapped(rig.write(8), 8, 0);
    }

    @Test
    public void withoutTranslationInformationEverythingFaults() {
        rig.device(NIC, DTE & ~2 | 4 << 9 | L4);
        fault(rig.read(0x1000), "IO_PAGE_FAULT PR=0 RW=0", 2);
        assertTrue(rig.read(0x1000).reason().contains("TV=0"));
    }

    @Test
    public void illegalEntriesByBitAndValue() {
        for (int bit : new int[] {2, 3, 4, 5, 6, 63}) {
            rig.device(NIC, DTE | 1L << bit);
            fault(rig.read(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
            rig.device(NIC, DTE & ~1 | 1L << bit);
            assertEquals("V=0 tests nothing", Result.MAPPED, rig.read(0).result());
        }
        rig.device(NIC, DTE | 7 << 9);
        fault(rig.read(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, DTE | 2 << 7);
        fault(rig.read(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, DTE, 3L << 99 - 64);
        fault(rig.read(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        // Reserved bits of the interrupt half do not concern DMA.
        rig.device(NIC, DTE, 0, 1 | 1L << 52, -1L);
        assertEquals(Result.MAPPED, rig.read(0).result());
    }

    @Test
    public void moreLevelsThanTheUnitHas() {
        rig.register(Rig.EFR, Rig.FEATURES & ~(3 << 10) | 1 << 10);
        rig.device(NIC, DTE | 6 << 9 | L6);
        fault(rig.read(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, DTE | 5 << 9 | L6).put(L6, table(L4, 4)).put(L4, ENTRY);
        mapped(rig.read(5), 5, 1L << 39);
    }

    @Test
    public void deviceIdsBeyondTheTable() {
        fault(rig.ask(DeviceId.parse("04:00.0"), Rig.NO_PASID, 0, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        assertEquals(Result.MAPPED, rig.ask(DeviceId.parse("03:1f.7"), Rig.NO_PASID, 0, Access.READ).result());
    }

    @Test
    public void segmentsOfTheDeviceTable() {
        rig.register(Rig.CONTROL, Rig.ON | 2L << 34).register(0x100 + 8 * 2, 0x40_0000L);
        DeviceId device = DeviceId.parse("c0:02.1");
        rig.memory.writeLong(0x40_0000 + 0x11 * 32, DTE | 1 << 9 | L1);
        rig.put(L1, ENTRY | 0x9000);
        mapped(rig.ask(device, Rig.NO_PASID, 0x10, Access.READ), 0x9010, 4096);
        fault(rig.ask(DeviceId.parse("c0:10.0"), Rig.NO_PASID, 0x10, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        TranslationReport unknown = rig.ask(DeviceId.parse("40:00.0"), Rig.NO_PASID, 0, Access.READ);
        assertEquals(Result.UNKNOWN, unknown.result());
        assertTrue(unknown.reason(), unknown.reason().contains("DEVTAB_BASE_SEG1"));
    }

    @Test
    public void theExclusionRangeComesBeforeTables() {
        rig.register(Rig.EXCL_BASE, 0x10_0000 | 1).register(Rig.EXCL_LIMIT, 0x10_1000);
        rig.device(NIC, DTE & ~2, 1L << 103 - 64);
        mapped(rig.write(0x10_1fff), 0x10_1fff, 0);
        fault(rig.write(0x10_2000), "IO_PAGE_FAULT PR=0 RW=1", 2);
        rig.device(NIC, DTE & ~2);
        fault(rig.write(0x10_1fff), "IO_PAGE_FAULT PR=0 RW=1", 2);
        rig.register(Rig.EXCL_BASE, 0x10_0000 | 3);
        mapped(rig.write(0x10_0000), 0x10_0000, 0);
        rig.register(Rig.EXCL_BASE, 0x10_0000 | 2);
        fault(rig.write(0x10_0000), "IO_PAGE_FAULT PR=0 RW=1", 2);
    }

    @Test
    public void tablesOutsideMemoryAreHardwareErrors() {
        rig.device(NIC, DTE | 2 << 9 | 0x100_0000);
        fault(rig.read(0), "PAGE_TAB_HARDWARE_ERROR", 4);
        rig.device(NIC, DTE | 2 << 9 | L2).put(L2, table(0xf_0000_0000L, 1));
        fault(rig.read(0), "PAGE_TAB_HARDWARE_ERROR", 4);
        rig.register(0, 0x100_0000 | 7);
        fault(rig.read(0), "DEV_TAB_HARDWARE_ERROR", 3);
    }

    @Test
    public void writesToTheInterruptWindowAreNoDma() {
        rig.device(NIC, DTE);
        fault(rig.write(0xfee0_1000L), "interrupt-request", -1);
        mapped(rig.read(0xfee0_1000L), 0xfee0_1000L, 0);
    }

    @Test
    public void whatTheImageLacksIsUnknown() {
        PhysicalMemory sparse = PhysicalMemory.builder().ram(new AddressRange(0, 0xfff_ffff))
                .data(Rig.DEVICE_TABLE, ByteBuffer.allocateDirect(4096), true).build();
        Rig r = new Rig(sparse).device(NIC, DTE | 2 << 9 | 0x500_0000);
        TranslationReport report = r.read(0x20_0000);
        assertEquals(Result.UNKNOWN, report.result());
        assertEquals(Long.valueOf(0x500_0008), report.missing());
        TranslationReport noEntry = r.ask(DeviceId.parse("01:00.0"), Rig.NO_PASID, 0, Access.READ);
        assertEquals(Long.valueOf(Rig.DEVICE_TABLE + 0x2000), noEntry.missing());
        assertEquals(State.UNKNOWN, r.inspector().context(DeviceId.parse("01:00.0"), Rig.NO_PASID).state());
    }

    @Test
    public void unknownRegistersMatterOnlyWhereTheyDecide() {
        fourLevels().put(L1, ENTRY | 0x5000);
        rig.forget(Rig.EFR);
        mapped(rig.read(0), 0x5000, 4096);
        rig.device(NIC, DTE | 6 << 9 | L6);
        assertTrue(rig.read(0).reason().contains("EFR"));
        assertEquals(Result.UNKNOWN, rig.read(0).result());
        fourLevels();
        rig.forget(Rig.EXCL_BASE).forget(Rig.EXCL_LIMIT);
        mapped(rig.read(0), 0x5000, 4096);
        assertTrue(rig.read(0).reason().contains("EXCL_BASE"));
        rig.device(NIC, DTE | 4 << 9 | L4, 1L << 103 - 64);
        assertTrue(rig.read(0).reason().contains("EXCL_BASE"));
        assertEquals(Result.UNKNOWN, rig.read(0).result());
        rig.register(Rig.EXCL_BASE, 0);
        mapped(rig.read(0), 0x5000, 4096);
        rig.register(Rig.EXCL_BASE, 1);
        assertTrue(rig.read(0).reason().contains("EXCL_LIMIT"));
        fourLevels();
        rig.forget(Rig.CONTROL);
        assertTrue(rig.read(0).reason().contains("CONTROL"));
        assertEquals(State.TRANSLATED, rig.inspector().context(NIC, Rig.NO_PASID).state());
        assertEquals(State.UNKNOWN, rig.inspector().context(DeviceId.parse("20:00.0"), Rig.NO_PASID).state());
        assertEquals(1, rig.contexts().size());
        rig.device(NIC, DTE | 1L << 55 | 1L << 54);
        assertTrue(rig.inspector().context(NIC, Rig.NO_PASID).text().contains("CONTROL"));
        rig.register(Rig.CONTROL, Rig.ON).forget(0);
        assertTrue(rig.read(0).reason().contains("DEVTAB_BASE"));
        assertEquals(List.of(), rig.contexts());
    }

    @Test
    public void suppressedFaultsAreStillFaults() {
        rig.device(NIC, DTE & ~2, 1L << 98 - 64);
        fault(rig.read(0), "IO_PAGE_FAULT PR=0 RW=0", 2);
        assertTrue(rig.read(0).reason().contains("SA"));
    }
}
