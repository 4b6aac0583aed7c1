// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DISK;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.Rig.NIC;
import static org.sluice.backend.amdvi.Rig.table;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Defect;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.testkit.Captures;

/** Defects: none where all is well, each planted one where it is. */
public class VerifyTest {
    private static final long ROOT = 0x2_0000;
    private static final long L1 = 0x2_1000;
    private static final long INTERRUPTS = 0x7_0000;
    private static final long REMAP = 0x2000_0000_0000_0013L | INTERRUPTS;

    private final Rig rig = new Rig();

    @Before
    public void aSoundUnit() {
        rig.device(NIC, DTE | 2 << 9 | ROOT, 5, REMAP).put(ROOT, table(L1, 1)).put(L1, ENTRY | 0x80_0000).put(L1 + 8, ENTRY | 0x80_1000);
        rig.put(INTERRUPTS, 1).put(INTERRUPTS + 8, 0x31);
    }

    private Defect only(String kind) {
        Defects defects = rig.verify(null);
        assertEquals(defects.list.toString(), List.of(kind), defects.kinds());
        Defect defect = defects.list.get(0);
        assertTrue(defect.toString(), defect.rule().length() > 15 && !defect.clause().isEmpty());
        return defect;
    }

    @Test
    public void untouchedCapturesHaveNoDefect() {
        for (String name : Captures.AMDVI) {
            try (OpenCapture capture = new OpenCapture(name)) {
                Defects found = new Defects();
                capture.inspector.verify(null, found);
                assertEquals(List.of(), found.list);
                assertTrue(found.looked > 1000);
                // The 6.1 capture does not hold all of the device table that the register announces.
                assertEquals(name.equals("amdvi") ? List.of(0x1a0_6000L, 0x1a0_7000L) : List.of(), found.unknown);
            }
        }
    }

    @Test
    public void aSoundUnitHasNone() {
        rig.device(DISK, DTE | 2 << 9 | ROOT, 5, REMAP);
        assertEquals(List.of(), rig.verify(null).list);
        assertEquals(List.of(), rig.verify(NIC).list);
    }

    @Test
    public void reservedBits() {
        rig.put(L1, ENTRY | 0x80_0000 | 1L << 54);
        assertEquals(L1, only("reserved-bit").address());
        rig.put(L1, ENTRY | 0x80_0000).put(ROOT, table(L1, 1) | 1L << 60);
        assertEquals(ROOT, only("reserved-bit").address());
        rig.put(ROOT, table(L1, 1)).device(NIC, DTE | 2 << 9 | ROOT | 1L << 4, 5, REMAP);
        assertEquals(NIC, only("reserved-bit").device());
        rig.device(NIC, DTE | 2 << 9 | ROOT, 5, REMAP | 1L << 52);
        assertEquals(Rig.DEVICE_TABLE + 0x18 * 32, only("reserved-bit").address());
    }

    @Test
    public void levelsThatDoNotFit() {
        rig.device(NIC, DTE | 7 << 9 | ROOT, 5, REMAP);
        only("device-entry-invalid");
        rig.device(NIC, DTE | 2 << 9 | ROOT, 5, REMAP).put(ROOT, table(L1, 2));
        only("reserved-bit");
    }

    @Test
    public void loopsAndTablesOutsideMemory() {
        long top = 0x2_8000;
        rig.device(NIC, DTE | 3 << 9 | top, 5, REMAP).put(top, table(ROOT, 2)).put(top + 8, table(top, 2));
        only("table-loop");
        rig.put(top + 8, table(0x100_0000, 2));
        assertEquals(top + 8, only("table-outside-ram").address());
        rig.device(NIC, DTE | 3 << 9 | 0x100_0000, 5, REMAP);
        assertEquals(NIC, only("table-outside-ram").device());
    }

    @Test
    public void leavesThatShouldNotBe() {
        rig.put(L1, ENTRY | 0x100_0000);
        only("leaf-outside-ram");
        rig.put(L1, ENTRY | 0xfee0_0000L);
        only("doorbell-grant");
        rig.put(L1, ENTRY | 0xfed8_0000L);
        only("leaf-on-registers");
        rig.put(L1, ENTRY | ROOT);
        only("leaf-on-table");
    }

    @Test
    public void misalignedAndTornPages() {
        rig.put(ROOT + 8, ENTRY | 0x80_1000);
        assertEquals(ROOT + 8, only("superpage-misaligned").address());
        rig.put(ROOT + 8, 0);
        for (int i = 8; i < 12; i++) {
            rig.put(L1 + i * 8, ENTRY | 7 << 9 | 0x80_1000);
        }
        assertEquals(List.of(), rig.verify(null).list);
        rig.put(L1 + 10 * 8, 0);
        assertEquals(L1 + 8 * 8, only("page-entries-differ").address());
        rig.put(L1 + 10 * 8, ENTRY | 7 << 9 | 0x81_1000);
        only("page-entries-differ");
        rig.put(L1 + 10 * 8, ENTRY | 7 << 9 | 0xf_ffff_f000L);
        assertTrue(rig.verify(null).kinds().contains("reserved-bit"));
    }

    @Test
    public void domainsAcrossRequesters() {
        rig.device(DISK, DTE | 2 << 9 | ROOT, 6);
        only("table-shared");
        rig.device(DISK, DTE | 2 << 9 | 0x3_0000, 5);
        assertEquals(DISK, only("domain-two-tables").device());
        rig.device(DISK, DTE | 3 << 9 | ROOT, 5);
        assertTrue(rig.verify(null).kinds().contains("table-depth-conflict"));
        rig.device(DISK, DTE, 5);
        only("domain-two-tables");
        rig.device(DISK, DTE | 1 << 9 | L1, 6);
        only("table-shared");
        assertEquals(List.of("table-shared"), rig.verify(DISK).kinds());
    }

    @Test
    public void aliasesMustAgree() {
        rig.firmware.add(new FirmwareTable("IVRS", ivrs(0x18, 0x20)));
        assertEquals(NIC, only("alias-entry-missing").device());
        rig.device(DISK, DTE | 2 << 9 | ROOT, 5);
        assertEquals(List.of(), rig.verify(null).list);
        rig.device(DISK, DTE | 2 << 9 | 0x3_0000, 6);
        only("alias-entry-differs");
        assertEquals(List.of("alias-entry-differs"), rig.verify(NIC).kinds());
    }

    @Test
    public void groupsMustAgree() {
        rig.groups.add(new GroupDescription(4, "DMA", List.of(NIC, DISK), List.of()));
        rig.device(DISK, DTE | 2 << 9 | 0x3_0000, 6);
        only("alias-entry-differs");
        rig.device(DISK, DTE | 2 << 9 | ROOT, 5);
        assertEquals(List.of(), rig.verify(null).list);
    }

    /** An IVRS with one unit at the rig's registers that has one alias entry. */
    static byte[] ivrs(int device, int alias) {
        ByteBuffer b = ByteBuffer.allocate(48 + 24 + 8).order(ByteOrder.LITTLE_ENDIAN);
        b.put("IVRS".getBytes()).putInt(b.capacity()).put((byte) 2);
        b.position(48).put((byte) 0x10).put((byte) 0).putShort((short) 32).putShort((short) 2).putShort((short) 0x40).putLong(0xfed8_0000L);
        b.position(72).put((byte) 66).putShort((short) device).put((byte) 0).put((byte) 0).putShort((short) alias);
        byte sum = 0;
        for (byte x : b.array()) {
            sum += x;
        }
        b.put(9, (byte) -sum);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(b.array());
        return out.toByteArray();
    }

    @Test
    public void interruptTables() {
        rig.put(INTERRUPTS, 1 | 2 << 2);
        only("delivery-mode-reserved");
        rig.put(INTERRUPTS, 1).put(INTERRUPTS + 8, 1 << 10);
        only("reserved-bit");
        rig.put(INTERRUPTS, 0x81).put(INTERRUPTS + 8, 0);
        only("capability-missing");
        rig.put(INTERRUPTS, 0).device(NIC, DTE | 2 << 9 | ROOT, 5, REMAP | 12 << 1);
        only("interrupt-table-length");
        rig.device(NIC, DTE | 2 << 9 | ROOT, 5, 0x2000_0000_0100_0013L);
        only("table-outside-ram");
        rig.device(NIC, DTE | 2 << 9 | ROOT, 5, REMAP | 0x40);
        only("interrupt-table-misaligned");
    }

    @Test
    public void whatTheUnitDoesNotHave() {
        rig.register(Rig.EFR, Rig.FEATURES & ~0x12);
        rig.device(NIC, DTE | 2 << 9 | ROOT | 1L << 52, 5, REMAP);
        only("capability-missing");
        rig.device(NIC, DTE | 2 << 9 | ROOT | 1L << 7, 5, REMAP);
        assertTrue(only("capability-missing").rule().contains("HASup"));
    }

    @Test
    public void theDeviceTableAndTheBuffers() {
        rig.register(0, 0xff_f000L | 7);
        assertEquals(0, only("table-outside-ram").address());
        rig.register(0, Rig.DEVICE_TABLE | 7).register(8, 0x9_0000 | 7L << 56);
        only("buffer-length-reserved");
        rig.register(8, 0xff_f000L | 9L << 56);
        only("queue-outside-ram");
        rig.register(8, 0x9_0000 | 8L << 56).register(0x2000, 0).register(0x2008, 0x2000);
        only("queue-pointer-beyond");
        rig.register(0x2008, 0x20).put(0x9_0000, 0x3000_002a_0000_0000L).put(0x9_0010, 0xc000_0000_0000_0000L);
        only("illegal-command");
        rig.put(0x9_0010, 0x2000_0000_0001_0310L);
        assertEquals(0x9_0010, only("illegal-command").address());
        rig.put(0x9_0010, 0x2000_0000_0000_0310L);
        assertEquals(List.of(), rig.verify(null).list);
    }
}
