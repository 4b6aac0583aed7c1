// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.UnitRig.DOMAIN;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/** Accessed (bit 5) and dirty (bit 6) bits: when they are set, and that a cached read does not hide the first write. */
public class AccessedDirtyTest {
    private static final long ROOT = 0x2_0000;
    private static final long LEAVES = 0x2_1000;
    private static final long A = 1 << 5;
    private static final long D = 1 << 6;

    private static UnitRig host(long had, long features) {
        UnitRig rig = new UnitRig(features).start(0);
        return rig.put(ROOT, Rig.table(LEAVES, 1)).put(LEAVES, ENTRY | 0x77_7000, ENTRY | 0x88_8000)
                .device(DTE | had << 7 | 2 << 9 | ROOT, DOMAIN);
    }

    private static void marks(UnitRig rig, long directory, long page) {
        assertEquals(directory, rig.machine.memory.readLong(ROOT) & (A | D));
        assertEquals(page, rig.machine.memory.readLong(LEAVES) & (A | D));
        assertEquals("the page beside it", 0, rig.machine.memory.readLong(LEAVES + 8) & (A | D));
    }

    @Test
    public void hostTablesAreMarkedAsTheDeviceEntrySays() {
        UnitRig rig = host(3, UnitRig.FEATURES);
        assertEquals(0x77_7000, rig.read(0));
        marks(rig, A, A);
        assertEquals(0x77_7000, rig.write(0));
        marks(rig, A, A | D);
        rig = host(1, UnitRig.FEATURES);
        rig.write(0);
        marks(rig, A, A);
        rig = host(0, UnitRig.FEATURES);
        rig.write(0);
        marks(rig, 0, 0);
    }

    @Test
    public void aUnitWithoutTheFeatureMarksNothing() {
        UnitRig rig = host(3, UnitRig.FEATURES & ~(1L << 49 | 1L << 52));
        assertEquals(0x77_7000, rig.write(0));
        marks(rig, 0, 0);
        rig = host(3, UnitRig.FEATURES & ~(1L << 52));
        rig.write(0);
        marks(rig, A, A);
    }

    @Test
    public void whatFaultsMarksNothing() {
        UnitRig rig = host(3, UnitRig.FEATURES);
        rig.put(LEAVES, ENTRY & ~(1L << 62));
        rig.write(0);
        marks(rig, 0, 0);
    }

    @Test
    public void aPageThatWasClearedIsMarkedAgainOnceItsTranslationIsGone() {
        UnitRig rig = host(3, UnitRig.FEATURES);
        rig.write(0);
        rig.put(LEAVES, ENTRY | 0x77_7000 | A);
        rig.write(0);
        assertEquals("cached", A, rig.machine.memory.readLong(LEAVES) & (A | D));
        rig.done(0, 0x3000_002a, 2, 0);
        rig.write(0);
        assertEquals(A | D, rig.machine.memory.readLong(LEAVES) & (A | D));
    }

    /** GCR3, guest tables at 0x110000 to 0x113fff; page 0x1000 leads to 0x44000. */
    private static UnitRig guest(long more, long host) {
        UnitRig rig = new UnitRig(UnitRig.FEATURES | 1L << 53 | 1L << 61).start(UnitRig.GTEN | more);
        rig.put(0x10_0028, 0x11_0001).put(0x11_0000, 0x11_1007).put(0x11_1000, 0x11_2007).put(0x11_2000, 0x11_3007).put(0x11_3008, 0x4_4007);
        return rig.device(host | 1L << 55, DOMAIN | 0x20L << 16);
    }

    private static void guestMarks(UnitRig rig, long tables, long page) {
        for (long at : new long[] {0x11_0000, 0x11_1000, 0x11_2000}) {
            assertEquals(tables, rig.machine.memory.readLong(at) & (A | D));
        }
        assertEquals(page, rig.machine.memory.readLong(0x11_3008) & (A | D));
    }

    @Test
    public void guestTablesAreMarkedUnlessThatIsSwitchedOff() {
        UnitRig rig = guest(0, DTE);
        assertEquals(0x4_4000, rig.access(5, 0x1000, Permissions.READ));
        guestMarks(rig, A, A);
        assertEquals(0x4_4000, rig.access(5, 0x1000, Permissions.WRITE));
        guestMarks(rig, A, A | D);
        rig = guest(1L << 48, DTE);
        rig.access(5, 0x1000, Permissions.WRITE);
        guestMarks(rig, A, A);
        rig = guest(1L << 48 | 1L << 54, DTE);
        rig.access(5, 0x1000, Permissions.WRITE);
        guestMarks(rig, 0, 0);
    }

    private static UnitRig nested(long had) {
        UnitRig rig = guest(0, DTE | had << 7 | 2 << 9 | ROOT);
        rig.put(ROOT, Rig.table(LEAVES, 1)).put(LEAVES + 0x44 * 8, ENTRY | 0x77_7000).put(LEAVES + 0x100 * 8, ENTRY | 0x10_0000);
        for (int page = 0x110; page < 0x114; page++) {
            rig.put(LEAVES + page * 8, ENTRY | (long) page << 12);
        }
        return rig;
    }

    private static long mark(UnitRig rig, int page) {
        return rig.machine.memory.readLong(LEAVES + page * 8) & (A | D);
    }

    @Test
    public void markingGuestTablesWritesTheirHostPages() {
        UnitRig rig = nested(3);
        assertEquals(0x77_7abc, rig.access(5, 0x1abc, Permissions.WRITE));
        guestMarks(rig, A, A | D);
        for (int page : new int[] {0x110, 0x111, 0x112, 0x113, 0x44}) {
            assertEquals("host page " + page, A | D, mark(rig, page));
        }
        rig = nested(3);
        rig.access(5, 0x1abc, Permissions.READ);
        assertEquals("the page itself was only read", A, mark(rig, 0x44));
        assertEquals(0x77_7abc, rig.access(5, 0x1abc, Permissions.WRITE));
        assertEquals(A | D, mark(rig, 0x44));
    }

    @Test
    public void aGuestTableThatTheHostKeepsFromBeingWrittenIsAFault() {
        UnitRig rig = nested(0);
        rig.put(LEAVES + 0x112 * 8, ENTRY & ~(1L << 62) | 0x11_2000);
        assertEquals(-3, rig.access(5, 0x1abc, Permissions.READ));
        assertEquals("write, permission, the guest's address of the entry", List.of("00000310 2070002a 00112000 00000000"), rig.events());
        rig.put(0x11_2000, 0x11_3007 | A);
        assertEquals("nothing is to be marked there", 0x77_7abc, rig.access(5, 0x1abc, Permissions.READ));
    }

    @Test
    public void tablesThatCannotBeWrittenAreAHardwareError() {
        UnitRig told = host(3, UnitRig.FEATURES);
        ByteBuffer tables = ByteBuffer.allocateDirect(0x4_0000);
        for (int at = 0; at < tables.capacity(); at += 8) {
            tables.order(ByteOrder.LITTLE_ENDIAN).putLong(at, told.machine.memory.readLong(at));
        }
        AddressRange rest = new AddressRange(0x80_0000, Rig.RAM_LAST);
        PhysicalMemory memory = PhysicalMemory.builder().ram(new AddressRange(0, Rig.RAM_LAST)).data(0, tables, false)
                .data(rest.start(), ByteBuffer.allocateDirect((int) rest.size()), true).build();
        UnitContext from = new Rig().register(0, 0).register(Rig.CONTROL, 0).register(Rig.EFR, UnitRig.FEATURES).context();
        MachineDescription machine = from.machine();
        UnitModel unit = new AmdViBackend("test").model(new UnitContext(machine, from.unit(), memory, from.registers())).orElseThrow();
        unit.registers().write64(0, Rig.DEVICE_TABLE | 7);
        unit.registers().write64(UnitRig.EVT_BASE, UnitRig.EVENTS | UnitRig.LENGTH);
        unit.registers().write64(Rig.CONTROL, UnitRig.ON);
        assertEquals(-5, unit.translate(UnitRig.RID, Rig.NO_PASID, 0, Permissions.READ));
        assertEquals(0x4420_002a_0000_0310L, memory.readLong(UnitRig.EVENTS));
        assertEquals(ROOT, memory.readLong(UnitRig.EVENTS + 8));
    }
}
