// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.UnitRig.DOMAIN;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.DeviceTranslation.DeviceSide;

/** The sixteen bytes of each record, as the formats of sheet section 7 have them: dwords, lowest first. */
public class EventRecordsTest {
    private static final long ROOT = 0x2_0000;
    private static final long MODE_2 = DTE | 2 << 9 | ROOT;
    /** No table entry of the rig reads from here. */
    private static final long NOWHERE = 0x200_0000;

    private final UnitRig rig = new UnitRig().start(UnitRig.GTEN | UnitRig.GAEN);

    private void after(long iova, int permission, int pasid, int code, String... records) {
        assertEquals(-1 - code, rig.access(pasid, iova, permission));
        assertEquals(List.of(records), rig.events());
    }

    private void read(long iova, int code, String... records) {
        after(iova, Permissions.READ, Rig.NO_PASID, code, records);
    }

    private void write(long iova, int code, String... records) {
        after(iova, Permissions.WRITE, Rig.NO_PASID, code, records);
    }

    private void device(long... dte) {
        rig.device(dte).done(0x310, 0x2000_0000, 0, 0);
    }

    /** Example 10 of the sheet: write, not present; then a missing permission. */
    @Test
    public void pageFaultsOfHostTables() {
        device(DTE | 4 << 9 | ROOT, DOMAIN);
        write(0xdead_b000L, 2, "00000310 2020002a deadb000 00000000");
        read(0xdead_b123L, 2, "00000310 2000002a deadb123 00000000");
        rig.put(ROOT, Rig.table(0x2_1000, 3)).put(0x2_1000 + 3 * 8, Rig.table(0x2_2000, 2)).put(0x2_2000 + 0xf5 * 8, Rig.table(0x2_3000, 1))
                .put(0x2_3000 + 0xdb * 8, ENTRY & ~(1L << 62) | 0x5000);
        write(0xdead_b000L, 2, "00000310 2070002a deadb000 00000000");
        rig.put(0x2_3000 + 0xdb * 8, ENTRY | 1L << 52);
        read(0xdead_b000L, 2, "00000310 2090002a deadb000 00000000");
        rig.put(0x2_3000 + 0xdb * 8, ENTRY | 1 << 9);
        read(0xdead_b000L, 2, "00000310 2010002a deadb000 00000000");
        read(1L << 48 | 0x1000, 2, "00000310 2000002a 00001000 00010000");
    }

    @Test
    public void pageFaultsOfTheDeviceEntry() {
        device(1, DOMAIN);
        read(0x1004, 2, "00000310 2000002a 00001004 00000000");
        device(DTE & ~(1L << 62), DOMAIN);
        write(0x1000, 2, "00000310 2070002a 00001000 00000000");
        device(MODE_2 & ~(1L << 61), DOMAIN);
        read(0x1000, 2, "00000310 2050002a 00001000 00000000");
    }

    @Test
    public void pageFaultsOfGuestTables() {
        rig.put(0x10_0028, 0x11_0001).put(0x11_0000, 0x11_1067).put(0x11_1000, 0x11_2067).put(0x11_2000, 0x11_3067);
        long pasid = 0xa_bcd5L;
        // Three levels of GCR3 table: 2, 0x15e, 0x0d5.
        device(DTE | 1L << 55 | 2L << 56 | 4L << 58, DOMAIN | 0xaL << 16);
        rig.put(0x5_4000 + 2 * 8, 0x5_5001).put(0x5_5000 + 0x15e * 8, 0x5_6001).put(0x5_6000 + 0xd5 * 8, 0x11_0001);
        after(0x1000, Permissions.READ, (int) pasid, 2, "000a0310 2001bcd5 00001000 00000000");
        after(0x1000, Permissions.EXECUTE, (int) pasid, 2, "000a0310 2003bcd5 00001000 00000000");
        rig.put(0x11_3008, 0x44_4065 | 1L << 63);
        after(0x1000, Permissions.WRITE, (int) pasid, 2, "000a0310 2071bcd5 00001000 00000000");
        after(0x1abc, Permissions.EXECUTE, (int) pasid, 2, "000a0310 2053bcd5 00001abc 00000000");
        rig.put(0x11_2000, 0x40_1067 | 0x2080);
        after(0x1000, Permissions.READ, (int) pasid, 2, "000a0310 2091bcd5 00001000 00000000");
        after(0x1000, Permissions.READ, 7, 2, "00000310 20010007 00001000 00000000");
    }

    /** With both tables, an event of the host's has the address that the guest knows, no PASID, and reads where a table was read. */
    @Test
    public void pageFaultsOfTheHostBelowAGuest() {
        device(MODE_2 | 1L << 55 | 4L << 58, DOMAIN | 0xaL << 16);
        rig.put(ROOT, Rig.table(0x2_1000, 1)).put(0x2_1000 + 0x54 * 8, ENTRY | 0x5_4000);
        rig.put(0x5_4000 + 5 * 8, 0x11_0001);
        after(0x1000, Permissions.WRITE, 5, 2, "00000310 2000002a 00110000 00000000");
        rig.put(0x2_1000 + 0x110 * 8, ENTRY | 0x11_0000, ENTRY | 0x11_1000, ENTRY | 0x11_2000, ENTRY | 0x11_3000);
        rig.put(0x11_0000, 0x11_1067).put(0x11_1000, 0x11_2067).put(0x11_2000, 0x11_3067).put(0x11_3008, 0x12_3067);
        after(0x1abc, Permissions.WRITE, 5, 2, "00000310 2020002a 00123abc 00000000");
        rig.put(0x2_1000 + 0x123 * 8, ENTRY & ~(1L << 62) | 0x77_7000);
        after(0x1abc, Permissions.WRITE, 5, 2, "00000310 2070002a 00123abc 00000000");
        device(MODE_2 | 1L << 55 | 4L << 58, DOMAIN | 0xeL << 16);
        after(0x1000, Permissions.WRITE, 5, 2, "00000310 2000002a 00074028 00000000");
    }

    @Test
    public void illegalDeviceEntries() {
        device(DTE | 4);
        write(0x1007, 1, "00000310 10a00000 00001004 00000000");
        device(DTE | 7 << 9);
        read(0x1000, 1, "00000310 10000000 00001000 00000000");
        after(0x1000, Permissions.READ, 0x12345, 1, "00010310 10012345 00001000 00000000");
        assertEquals(-2, rig.unit.translate(0x400, Rig.NO_PASID, 0x5000, Permissions.READ));
        assertEquals("beyond the table", List.of("00000400 10000000 00005000 00000000"), rig.events());
    }

    @Test
    public void illegalInterruptHalves() {
        device(0, 0, 1 | 3L << 60);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_1003L, 1);
        device(0, 0, 1 | 12 << 1 | 2L << 60);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_1000L, 1);
        assertEquals(List.of("00000310 10a80000 fee01000 00000000", "00000310 10280000 fee01000 00000000"), rig.events());
    }

    @Test
    public void pageFaultsOfInterrupts() {
        device(0, DOMAIN, 1);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 1);
        device(0, DOMAIN, 1 | 2 << 1 | 2L << 60 | 0x7_0000);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 1);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2004L, 4);
        rig.put(0x7_0010, 1 | 3 << 2);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 1);
        assertEquals(List.of("00000310 2028002a fee02000 00000000", "00000310 2028002a fee02000 00000000", "00000310 2028002a fee02004 00000000",
                "00000310 20b8002a fee02000 00000000"), rig.events());
        rig.put(0x7_0010, 2);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 1);
        device(0, DOMAIN, 1 | 2 << 1 | 1 << 5 | 2L << 60 | 0x7_0000);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 0);
        assertEquals("SupIOPF, IG", List.of(), rig.events());
    }

    @Test
    public void hardwareErrors() {
        rig.registers.write64(UnitRig.DEVTAB, NOWHERE | 7);
        write(0x1000, 3, "00000310 34200000 02006200 00000000");
        rig.unit.interrupt(UnitRig.RID, 0xfee0_2000L, 1);
        assertEquals(List.of("00000310 34280000 02006200 00000000"), rig.events());
        rig.registers.write64(UnitRig.DEVTAB, Rig.DEVICE_TABLE | 7);
        device(DTE | 2 << 9 | NOWHERE, DOMAIN);
        read(0x20_1000, 4, "00000310 4400002a 02000008 00000000");
        device(MODE_2, DOMAIN);
        rig.put(ROOT, Rig.table(NOWHERE, 1));
        write(0x1000, 4, "00000310 4420002a 02000008 00000000");
        device(DTE | 1L << 55 | 4L << 58, DOMAIN | 0x400L << 16);
        after(0x1000, Permissions.READ, 5, 4, "00000310 4400002a 02004028 00000000");
    }

    @Test
    public void requestsThatTheDeviceMayNotMake() {
        device(MODE_2, DOMAIN);
        DeviceTranslation.Reply reply = new DeviceTranslation.Reply();
        assertEquals(Completion.UNSUPPORTED_REQUEST, rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ, reply));
        assertEquals(-9, rig.ats().translated(UnitRig.RID, 0x5008, Permissions.WRITE));
        assertEquals(Completion.UNSUPPORTED_REQUEST, rig.ats().request(UnitRig.RID, 0x12345, 0x1000, Permissions.READ, reply));
        assertEquals(List.of("00000310 83000000 00001000 00000000", "00000310 82200000 00005008 00000000", "00010310 83012345 00001000 00000000"),
                rig.events());
    }

    @Test
    public void pageRequestsThatTheDeviceMayNotMake() {
        List<String> answers = new ArrayList<>();
        rig.ats().setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                throw new AssertionError();
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                answers.add(group + ":" + code);
            }
        });
        device(MODE_2, DOMAIN);
        rig.ats().pageRequest(UnitRig.RID, 9, 0x5000, Permissions.READ, 3, false);
        assertEquals(List.of(), answers);
        rig.ats().pageRequest(UnitRig.RID, 9, 0x5000, Permissions.WRITE, 3, true);
        assertEquals(List.of("3:1"), answers);
        assertEquals(List.of("00000310 90010009 00005000 00000000", "00000310 90210009 00005000 00000000"), rig.events());
    }

    /** Those of translation requests have TR, and page faults are none at all: sheet section 8. */
    @Test
    public void eventsOfTranslationRequests() {
        long ats = DOMAIN | 1L << 32;
        DeviceTranslation.Reply reply = new DeviceTranslation.Reply();
        device(MODE_2, ats);
        assertEquals(Completion.SUCCESS, rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ_WRITE, reply));
        assertEquals(0, reply.permissions);
        device(1, ats);
        assertEquals(Completion.SUCCESS, rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ, reply));
        assertEquals(List.of(), rig.events());
        device(DTE | 4, ats);
        assertEquals(Completion.COMPLETER_ABORT, rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ, reply));
        device(DTE | 2 << 9 | NOWHERE, ats);
        assertEquals(Completion.COMPLETER_ABORT, rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ, reply));
        assertEquals(List.of("00000310 11800000 00001000 00000000", "00000310 4500002a 02000000 00000000"), rig.events());
    }

    @Test
    public void suppressedPageFaults() {
        device(MODE_2, DOMAIN | 1L << 34);
        read(0x1000, 2);
        device(MODE_2, DOMAIN | 1L << 33);
        read(0x1000, 2, "00000310 2000002a 00001000 00000000");
        read(0x1000, 2);
        device(MODE_2, DOMAIN | 1L << 33);
        read(0x2000, 2, "00000310 2000002a 00002000 00000000");
        device(DTE | 4, 1L << 34);
        read(0x1000, 1, "00000310 10800000 00001000 00000000");
    }

    /** Nothing stands in the log for what the architecture gives no record. */
    @Test
    public void abortsWithoutARecord() {
        device(MODE_2, DOMAIN, 1 | 2L << 60 | 0x7_0000);
        write(0xfee0_0000L, 0);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_0000L, 0x300);
        device(MODE_2, DOMAIN, 1 | 2L << 60 | NOWHERE);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_0000L, 0);
        assertEquals(List.of(), rig.events());
        assertEquals(List.of(), rig.messages);
    }
}
