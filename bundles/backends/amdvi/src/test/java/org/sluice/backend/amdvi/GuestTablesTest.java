// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.Rig.GUEST;
import static org.sluice.backend.amdvi.Rig.NIC;
import static org.sluice.backend.amdvi.Rig.NO_PASID;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.AddressRange;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;

/** GCR3 tables and guest tables, alone and over host tables. */
public class GuestTablesTest {
    private static final long GCR3 = 0x12_3000;
    private static final long TOP = 0x30_0000;
    private static final long L3 = 0x30_1000;
    private static final long L2 = 0x30_2000;
    private static final long L1 = 0x30_3000;
    private static final long HOST = 0x50_0000;
    private static final long GV = 1L << 55;
    private static final long GIOV = 1L << 54;

    private final Rig rig = new Rig();

    /** The two words of an entry with that GCR3 table, of one level. */
    private static long[] guest(long word0, long gcr3, long domain) {
        return new long[] {word0 | GV | (gcr3 >>> 12 & 7) << 58, domain | (gcr3 >>> 15 & 0xffff) << 16 | (gcr3 >>> 31 & 0x1f_ffff) << 43};
    }

    @Before
    public void guestOfPasidFive() {
        rig.device(NIC, guest(DTE, GCR3, 7));
        rig.put(GCR3 + 5 * 8, TOP | 1).put(TOP, L3 | GUEST).put(L3, L2 | GUEST).put(L2, L1 | GUEST).put(L1 + 8, 0x44_4000L | GUEST);
    }

    private TranslationReport ask(long iova, Access access) {
        return rig.ask(NIC, 5, iova, access);
    }

    private static void fault(TranslationReport report, String name) {
        assertEquals(report.reason(), Result.FAULT, report.result());
        assertEquals(report.reason(), name, report.fault().name());
    }

    private static void mapped(TranslationReport report, long output, long pageSize, int permissions) {
        assertEquals(report.reason(), Result.MAPPED, report.result());
        assertEquals(Hex.of(output), Hex.of(report.output()));
        assertEquals(pageSize, report.pageSize());
        assertEquals(permissions, report.permissions());
    }

    @Test
    public void theRootIsPutTogetherFromThreePieces() {
        long[] words = guest(0, 0x1_2345_6000L, 0);
        assertEquals(0x1800_0000_0000_0000L, words[0] & ~GV);
        assertEquals(0x468aL, words[1] >>> 16 & 0xffff);
        assertEquals(2L, words[1] >>> 43);
        for (long root : new long[] {0x1_2345_6000L, 0xf_ffff_ffff_f000L, 0x7000, 0x7fff_8000L, 0xf_ffff_8000_0000L}) {
            long[] entry = guest(DTE, root, 7);
            assertEquals(Hex.of(root), Hex.of(DeviceTableEntry.gcr3Root(entry[0], entry[1])));
        }
    }

    @Test
    public void aGuestTableAlone() {
        mapped(ask(0x1abc, Access.WRITE), 0x44_4abcL, 4096, Permissions.ALL);
        assertEquals(6, ask(0x1abc, Access.READ).steps().size());
        fault(ask(0x2000, Access.READ), "IO_PAGE_FAULT GN=1 PR=0 RW=0");
        fault(ask(1L << 47, Access.READ), "IO_PAGE_FAULT GN=1 PR=0 RW=0");
        rig.put(TOP + 511 * 8, L3 | GUEST).put(L3 + 8, 0x4000_0000L | GUEST | 0x80);
        mapped(ask(0xffff_ff80_4000_0010L, Access.READ), 0x4000_0010L, 1L << 30, Permissions.ALL);
    }

    @Test
    public void largePagesReservedBitsAndRights() {
        rig.put(L2 + 8, 0x60_0000L | GUEST | 0x80 | 1L << 63);
        mapped(ask(0x20_1234, Access.WRITE), 0x60_1234L, 2 << 20, Permissions.READ_WRITE);
        fault(ask(0x20_1234, Access.EXECUTE), "IO_PAGE_FAULT GN=1 PR=1 PE=1 RW=0");
        rig.put(L2 + 8, 0x60_2000L | GUEST | 0x80);
        fault(ask(0x20_1234, Access.READ), "IO_PAGE_FAULT GN=1 PR=1 RZ=1 RW=0");
        rig.put(TOP, L3 | GUEST | 0x80);
        fault(ask(0, Access.READ), "IO_PAGE_FAULT GN=1 PR=1 RZ=1 RW=0");
        rig.put(TOP, L3 | GUEST & ~4);
        fault(ask(0x1000, Access.READ), "IO_PAGE_FAULT GN=1 PR=1 PE=1 RW=0");
        rig.put(TOP, L3 | GUEST & ~2);
        fault(ask(0x1000, Access.WRITE), "IO_PAGE_FAULT GN=1 PR=1 PE=1 RW=1");
        rig.device(NIC, guest(DTE & ~(1L << 62), GCR3, 7));
        fault(ask(0x1000, Access.WRITE), "IO_PAGE_FAULT PR=1 PE=1 RW=1");
    }

    @Test
    public void pasidsWithoutATable() {
        fault(rig.ask(NIC, 6, 0x1000, Access.READ), "IO_PAGE_FAULT GN=1 PR=0 RW=0");
        fault(rig.ask(NIC, 512, 0x1000, Access.READ), "IO_PAGE_FAULT GN=1 PR=0 RW=0");
        rig.put(GCR3 + 5 * 8, TOP | 3);
        fault(ask(0x1000, Access.READ), "IO_PAGE_FAULT GN=1 PR=1 RZ=1 RW=0");
        rig.device(NIC, guest(DTE, 0x800_0000, 7));
        fault(ask(0x1000, Access.READ), "PAGE_TAB_HARDWARE_ERROR");
    }

    @Test
    public void twoAndThreeLevelsOfGcr3() {
        rig.device(NIC, guest(DTE | 1L << 56, 0x14_0000, 7)).put(0x14_0000 + 3 * 8, 0x14_1000 | 1).put(0x14_1000 + 0x1ff * 8, TOP | 1);
        mapped(rig.ask(NIC, 3 << 9 | 0x1ff, 0x1000, Access.READ), 0x44_4000L, 4096, Permissions.ALL);
        rig.device(NIC, guest(DTE | 2L << 56, 0x14_2000, 7)).put(0x14_2000 + 8, 0x14_0000 | 1);
        mapped(rig.ask(NIC, 1 << 18 | 3 << 9 | 0x1ff, 0x1000, Access.READ), 0x44_4000L, 4096, Permissions.ALL);
        rig.device(NIC, guest(DTE | 3L << 56, 0x14_2000, 7));
        fault(ask(0x1000, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY");
        rig.register(Rig.EFR, Rig.FEATURES & ~(3L << 14)).device(NIC, guest(DTE | 1L << 56, 0x14_0000, 7));
        fault(ask(0x1000, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY");
    }

    @Test
    public void fiveLevels() {
        rig.put(GCR3 + 5 * 8, 0x15_0001).put(0x15_0000 + 8, TOP | GUEST);
        long[] dte = guest(DTE, GCR3, 7);
        rig.device(NIC, dte[0], dte[1], 1L << 182 - 128);
        mapped(ask(0x1_0000_0000_1000L, Access.READ), 0x44_4000L, 4096, Permissions.ALL);
        rig.device(NIC, dte[0], dte[1], 2L << 182 - 128);
        fault(ask(0x1000, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY");
        rig.register(Rig.EFR, Rig.FEATURES & ~(3L << 12)).device(NIC, dte[0], dte[1], 1L << 182 - 128);
        fault(ask(0x1000, Access.READ), "ILLEGAL_DEV_TABLE_ENTRY");
    }

    @Test
    public void requestsWithoutPasidUseTheHostTableUnlessGiovIsSet() {
        assertEquals(0xabcL, rig.ask(NIC, NO_PASID, 0xabc, Access.READ).output());
        rig.put(GCR3, TOP | 1).device(NIC, guest(DTE | GIOV, GCR3, 7));
        mapped(rig.ask(NIC, NO_PASID, 0x1abc, Access.READ), 0x44_4abcL, 4096, Permissions.ALL);
        rig.register(Rig.CONTROL, Rig.ON);
        assertEquals(0x1abcL, rig.ask(NIC, NO_PASID, 0x1abc, Access.READ).output());
        rig.register(Rig.CONTROL, Rig.ON | Rig.GUESTS).forget(Rig.EFR);
        assertTrue(ask(0x1000, Access.READ).reason().contains("EFR"));
    }

    /** The host maps guest address X to X + 0x80_0000 for 2 MiB, of which the guest's tables are built where they land. */
    private void nested() {
        for (long page = 0x30_0000; page < 0x30_4000; page += 0x1000) {
            for (int i = 0; i < 512; i++) {
                rig.put(page + 0x80_0000 + i * 8, rig.memory.readLong(page + i * 8)).put(page + i * 8, 0);
            }
        }
        rig.put(GCR3 + 0x80_0000 + 5 * 8, TOP | 1).put(GCR3 + 5 * 8, 0);
        rig.device(NIC, guest(DTE | 2 << 9 | HOST, GCR3, 7));
        rig.put(HOST, ENTRY | 0x80_0000).put(HOST + 8, ENTRY | 0xa0_0000).put(HOST + 16, Rig.table(HOST + 0x1000, 1));
        rig.put(HOST + 0x1000 + 0x44 * 8, ENTRY & ~(1L << 62) | 0x77_7000);
    }

    @Test
    public void guestOverHost() {
        nested();
        mapped(ask(0x1abc, Access.READ), 0x77_7abcL, 4096, Permissions.READ | Permissions.EXECUTE);
        fault(ask(0x1abc, Access.WRITE), "IO_PAGE_FAULT PR=1 PE=1 RW=1");
        rig.put(L1 + 0x80_0000 + 16, 0x44_5000L | GUEST);
        fault(ask(0x2000, Access.READ), "IO_PAGE_FAULT PR=0 RW=0");
        rig.put(L1 + 0x80_0000 + 24, 0x4000_0000L | GUEST);
        fault(ask(0x3000, Access.READ), "IO_PAGE_FAULT PR=0 RW=0");
        fault(ask(0x4000, Access.READ), "IO_PAGE_FAULT GN=1 PR=0 RW=0");
        rig.put(L2 + 0x80_0000 + 8, 0x44_8000L | GUEST);
        fault(ask(0x20_0000, Access.READ), "IO_PAGE_FAULT PR=0 RW=0");
        assertTrue(ask(0x20_0000, Access.READ).reason().contains("host table for 0x448000"));
    }

    @Test
    public void aGcr3TableThatTheHostDoesNotMap() {
        nested();
        rig.device(NIC, guest(DTE | 2 << 9 | HOST, 0x44_8000, 7));
        fault(ask(0x1000, Access.READ), "IO_PAGE_FAULT PR=0 RW=0");
        rig.device(NIC, guest(DTE | 2 << 9 | 0x200_0000, GCR3, 7));
        fault(ask(0x1000, Access.READ), "PAGE_TAB_HARDWARE_ERROR");
    }

    @Test
    public void pasidsAreContextsOfTheirOwn() {
        rig.put(GCR3 + 9 * 8, TOP | 1);
        for (boolean host : new boolean[] {false, true}) {
            if (host) {
                nested();
                rig.put(GCR3 + 0x80_0000 + 9 * 8, TOP | 1);
            }
            List<RequesterContext> list = rig.contexts();
            assertEquals(List.of(NO_PASID, 5, 9), list.stream().map(RequesterContext::pasid).toList());
            RequesterContext context = list.get(1);
            assertEquals(host ? "nested" : "guest", context.tableKind());
            assertEquals(4, context.levels());
            List<String> seen = new ArrayList<>();
            context.table().visit(new MappingSink() {
                @Override
                public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                    return seen.add(Hex.of(iova) + "-" + Hex.of(last) + " " + Hex.of(output) + " " + Permissions.text(permissions));
                }

                @Override
                public boolean unknown(long iova, long last, long tableAddress) {
                    throw new AssertionError();
                }
            });
            assertEquals(List.of(host ? "0x1000-0x1fff 0x777000 rx" : "0x1000-0x1fff 0x444000 rwx"), seen);
        }
    }

    @Test
    public void whatTheImageLacksIsUnknownAtEachStage() {
        Rig r = new Rig(PhysicalMemory.builder().ram(new AddressRange(0, 0xfff_ffff))
                .data(0, ByteBuffer.allocateDirect(0x60_0000), true).build());
        r.device(NIC, guest(DTE, 0x700_0000, 7));
        assertEquals(Long.valueOf(0x700_0028), r.ask(NIC, 5, 0, Access.READ).missing());
        r.device(NIC, guest(DTE, GCR3, 7)).put(GCR3 + 40, 0x700_1001);
        assertEquals(Long.valueOf(0x700_1000), r.ask(NIC, 5, 0, Access.READ).missing());
        r.device(NIC, guest(DTE | 2 << 9 | HOST, GCR3, 7)).put(HOST, ENTRY | 0x700_0000);
        assertEquals(Long.valueOf(0x700_0000 + GCR3 + 40), r.ask(NIC, 5, 0, Access.READ).missing());
        r.device(NIC, guest(DTE | 2 << 9 | 0x700_0000, GCR3, 7));
        assertEquals(Long.valueOf(0x700_0000), r.ask(NIC, 5, 0, Access.READ).missing());
        assertEquals(List.of(0x700_0000L), r.verify(null).unknown.stream().distinct().toList());
    }
}
