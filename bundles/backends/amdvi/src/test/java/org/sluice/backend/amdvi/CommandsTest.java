// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.UnitRig.CMD_HEAD;
import static org.sluice.backend.amdvi.UnitRig.CMD_TAIL;
import static org.sluice.backend.amdvi.UnitRig.COMMANDS;
import static org.sluice.backend.amdvi.UnitRig.ON;
import static org.sluice.backend.amdvi.UnitRig.STATUS;
import static org.sluice.backend.amdvi.UnitRig.STORE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.spi.DeviceTranslation.DeviceSide;
import org.sluice.testkit.Seed;

/** The command buffer, sheet section 6: what each command does, and every way to stop the buffer. */
public class CommandsTest {
    private static final long LEAVES = 0x2_0000;
    private static final int ALL = 0x7fff_ffff;

    /** Both pages cached, then changed in memory to 0x111000 and 0x222000. */
    private static UnitRig stale() {
        return change(UnitRig.on().mapped());
    }

    private static UnitRig change(UnitRig rig) {
        assertEquals(0x77_7000, rig.read(0));
        assertEquals(0x88_8000, rig.read(0x1000));
        return rig.put(LEAVES, ENTRY | 0x11_1000, ENTRY | 0x22_2000);
    }

    private static void reads(UnitRig rig, long first, long second) {
        assertEquals(first, rig.read(0));
        assertEquals(second, rig.read(0x1000));
        assertEquals(List.of(), rig.events());
    }

    @Test
    public void waitStoresBeforeItInterrupts() {
        UnitRig rig = UnitRig.on();
        List<Long> seen = new ArrayList<>();
        rig.registers.write32(0x15c, 0xfee0_0000);
        rig.unit.setInterruptSink((address, data) -> seen.add(rig.machine.memory.readLong(STORE)));
        rig.done((int) STORE | 1, 0x1000_0000, 1, 0);
        assertEquals(1, rig.machine.memory.readLong(STORE));
        assertEquals(0, rig.registers.read32(STATUS) & 4);
        rig.done((int) STORE | 3, 0x1000_0000, 0x89ab_cdef, 0x0123_4567);
        assertEquals(0x0123_4567_89ab_cdefL, rig.machine.memory.readLong(STORE));
        assertEquals(4, rig.registers.read32(STATUS) & 4);
        assertEquals("ComWaitIntEn is off", List.of(), seen);
        rig.registers.write64(Rig.CONTROL, ON | 1 << 4);
        rig.done((int) STORE | 3, 0x1000_0000, 7, 0);
        assertEquals(List.of(7L), seen);
        rig.done(4, 0x1000_0000, 0, 0);
    }

    @Test
    public void waitComesAfterAllCommandsBeforeIt() {
        UnitRig rig = stale();
        rig.put(COMMANDS, 0x3000_002a_0000_0000L, 0x7fff_ffff_ffff_f003L, 0x1000_0000_0000_0001L | STORE, 9);
        rig.registers.write64(CMD_TAIL, 32);
        assertEquals(9, rig.machine.memory.readLong(STORE));
        reads(rig, 0x11_1000, 0x22_2000);
    }

    @Test
    public void deviceEntryGoesByDevice() {
        UnitRig rig = UnitRig.on().mapped();
        rig.read(0);
        rig.device(DTE);
        rig.done(0x311, 0x2000_0000, 0, 0);
        reads(rig, 0x77_7000, 0x88_8000);
        rig.done(0x310, 0x2000_0000, 0, 0);
        assertEquals("Mode 0", 0x8000_0000_0000_0000L, rig.read(0));
    }

    @Test
    public void aDeviceEntryDoesNotTakeTranslationsAlong() {
        UnitRig rig = stale();
        rig.done(0x310, 0x2000_0000, 0, 0);
        reads(rig, 0x77_7000, 0x88_8000);
    }

    @Test
    public void pagesGoByDomainAndSize() {
        UnitRig rig = stale();
        rig.done(0, 0x3000_002b, 0xffff_f003, ALL);
        reads(rig, 0x77_7000, 0x88_8000);
        rig.done(0, 0x3000_002a, 0x0000_1000, 0);
        reads(rig, 0x77_7000, 0x22_2000);
        rig = stale();
        rig.done(0, 0x3000_002a, 0x0000_2001, 0);
        reads(rig, 0x77_7000, 0x88_8000);
        rig.done(0, 0x3000_002a, 0x0000_0001, 0);
        reads(rig, 0x11_1000, 0x22_2000);
        rig = stale();
        rig.done(0, 0x3000_002a, 0xffff_f003, ALL);
        reads(rig, 0x11_1000, 0x22_2000);
    }

    /** A guest table of PASID 5 without host table: page 0x1000 to 0x444000. */
    static UnitRig guest() {
        UnitRig rig = new UnitRig().start(UnitRig.GTEN);
        rig.put(0x10_0028, 0x11_0001).put(0x11_0000, 0x11_1067).put(0x11_1000, 0x11_2067).put(0x11_2000, 0x11_3067)
                .put(0x11_3000, 0x33_3067, 0x44_4067);
        return rig.device(DTE | 1L << 55 | (0x10_0000L >>> 12 & 7) << 58, UnitRig.DOMAIN | (0x10_0000L >>> 15 & 0xffff) << 16);
    }

    private static long readGuest(UnitRig rig, long iova) {
        return rig.access(5, iova, Permissions.READ);
    }

    @Test
    public void guestPagesGoByPasid() {
        UnitRig rig = guest();
        assertEquals(0x44_4000, readGuest(rig, 0x1000));
        assertEquals(0x33_3000, readGuest(rig, 0));
        rig.put(0x11_3000, 0x55_5067, 0x66_6067);
        rig.done(6, 0x3000_002a, 0xffff_f007, ALL);
        assertEquals("another PASID", 0x44_4000, readGuest(rig, 0x1000));
        rig.done(5, 0x3000_002a, 0x0000_1004, 0);
        assertEquals(0x66_6000, readGuest(rig, 0x1000));
        assertEquals("another page", 0x33_3000, readGuest(rig, 0));
        rig.done(5, 0x3000_002a, 0xffff_f007, ALL);
        assertEquals(0x55_5000, readGuest(rig, 0));
    }

    @Test
    public void aChangedRootOfAPasidCountsWhenItsPagesGo() {
        UnitRig rig = guest();
        assertEquals(0x44_4000, readGuest(rig, 0x1000));
        rig.put(0x10_0028, 0);
        assertEquals(0x44_4000, readGuest(rig, 0x1000));
        rig.done(5, 0x3000_002a, 0xffff_f007, ALL);
        assertEquals(-3, readGuest(rig, 0x1000));
    }

    @Test
    public void hostPagesTakeAllGuestTranslationsAlong() {
        UnitRig rig = guest();
        readGuest(rig, 0x1000);
        rig.put(0x11_3008, 0x66_6067);
        rig.done(0, 0x3000_002a, 0x00aa_a000, 0);
        assertEquals(0x66_6000, readGuest(rig, 0x1000));
    }

    @Test
    public void everythingGoes() {
        UnitRig rig = stale();
        rig.device(DTE | 1 << 9 | LEAVES, 0x2b);
        rig.done(0, 0x8000_0000, 0, 0);
        reads(rig, 0x11_1000, 0x22_2000);
    }

    @Test
    public void devicesAreToldToForget() {
        UnitRig rig = UnitRig.on();
        List<String> told = new ArrayList<>();
        rig.ats().setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                told.add(Integer.toHexString(requester) + " " + pasid + " " + Long.toHexString(iova) + "-" + Long.toHexString(last));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                throw new AssertionError();
            }
        });
        rig.done(0x310, 0x4000_0000, 0x0000_7001, 0x12);
        // PASID 0xabcde: 7:0 and 19:16 in dword 1, 15:8 in dword 0.
        rig.done(0x00bc_0310, 0x4ade_0000, 0x0000_5004, 0);
        rig.done(0x310, 0x4000_0000, 0xffff_f001, ALL);
        assertEquals(List.of("310 -1 1200000000-120000ffff", "310 703710 5000-5fff", "310 -1 0-ffffffffffffffff"), told);
        assertEquals(List.of(), rig.events());
    }

    /** Its pointers are set back, and commands run from where it lies now: at once, and while one waits for a device. */
    @Test
    public void aBufferThatMovesWhileItIsOnIsReadWhereItIs() {
        UnitRig rig = UnitRig.on();
        rig.done((int) STORE | 1, 0x1000_0000, 5, 0);
        rig.registers.write64(UnitRig.CMD_BASE, UnitRig.GAS | UnitRig.LENGTH);
        rig.put(UnitRig.GAS, 0x1000_0000_0000_0001L | STORE, 6, 0x4000_0000_0000_0310L, 0x1_0000_0001L);
        rig.registers.write64(CMD_TAIL, 16);
        assertEquals(6, rig.machine.memory.readLong(STORE));
        rig.put(COMMANDS, 0x1000_0000_0000_0001L | STORE, 7);
        rig.ats().setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                rig.registers.write64(UnitRig.CMD_BASE, COMMANDS | UnitRig.LENGTH);
                rig.registers.write64(CMD_TAIL, 16);
                assertEquals("this command is not over", 6, rig.machine.memory.readLong(STORE));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                throw new AssertionError();
            }
        });
        rig.registers.write64(CMD_TAIL, 32);
        assertEquals(7, rig.machine.memory.readLong(STORE));
        assertEquals(16, rig.registers.read64(CMD_HEAD));
    }

    @Test
    public void aDeviceThatDoesNotAnswerIsAnEvent() {
        UnitRig rig = UnitRig.on();
        rig.done(0x310, 0x4000_0000, 0x7001, 0);
        assertEquals(List.of("00000310 70000000 00800000 00000000"), rig.events());
        rig.registers.write64(Rig.CONTROL, ON & ~(7 << 5));
        rig.done(0x310, 0x4000_0000, 0x7001, 0);
        assertEquals("no timeout is set", List.of(), rig.events());
    }

    @Test
    public void aPrefetchMayInvalidateFirst() {
        UnitRig rig = stale();
        rig.done(0x310, 0x6000_0000, 0x1000, 0);
        reads(rig, 0x77_7000, 0x88_8000);
        rig.done(0x0200_0310, 0x6000_0000, 0x1010, 0);
        reads(rig, 0x77_7000, 0x22_2000);
        rig = guest();
        readGuest(rig, 0x1000);
        rig.put(0x11_3008, 0x66_6067);
        rig.done(0x310, 0x6000_0005, 0x1014, 0);
        assertEquals(0x66_6000, readGuest(rig, 0x1000));
    }

    private static void stops(UnitRig rig, long low, long high, String... event) {
        rig.done(0x310, 0x2000_0000, 0, 0);
        long head = rig.registers.read64(CMD_HEAD);
        rig.submit(low, high);
        String name = Long.toHexString(low) + " " + Long.toHexString(high);
        assertEquals(name, 0, rig.registers.read32(STATUS) & 1 << 4);
        assertEquals(name, head, rig.registers.read64(CMD_HEAD));
        assertEquals(name, List.of(event), rig.events());
        rig.put(COMMANDS + head, 0x1000_0000_0000_0001L | STORE, 77).put(STORE, 0);
        rig.registers.write64(CMD_TAIL, head + 16);
        assertEquals("stopped until switched off and on", 0, rig.machine.memory.readLong(STORE));
        rig.registers.write64(Rig.CONTROL, ON & ~(1 << 12));
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(name, 77, rig.machine.memory.readLong(STORE));
        assertEquals(head + 16, rig.registers.read64(CMD_HEAD));
        assertEquals(name, List.of(), rig.events());
    }

    @Test
    public void illegalCommandsStopTheBuffer() {
        String event = "00000000 50000000 00800010 00000000";
        for (long opcode : new long[] {0, 9, 10, 11, 12, 13, 14, 15}) {
            stops(UnitRig.on(), opcode << 60, 0, event);
        }
        long[][] reserved = {{0x1010_0000_0000_0000L, 0}, {0x2000_0000_0001_0310L, 0}, {0x2000_0001_0000_0310L, 0}, {0x2000_0000_0000_0310L, 1},
            {0x3001_002a_0000_0000L, 0}, {0x3000_002a_0010_0000L, 0}, {0x3000_002a_0000_0000L, 8}, {0x3000_002a_0000_0000L, 0x800},
            {0x4000_0000_0000_0310L, 2}, {0x4000_0000_0000_0310L, 8}, {0x4000_0000_0000_0310L, 0x40}, {0x5000_0000_0001_0310L, 0},
            {0x5000_0000_0000_0310L, 1L << 63}, {0x6000_0000_0001_0310L, 0}, {0x6000_0000_0000_0310L, 2}, {0x6010_0000_0000_0310L, 0},
            {0x7000_0000_0001_0310L, 0}, {0x7000_0000_0000_0310L, 1}, {0x7000_0000_0000_0310L, 1L << 41}, {0x8000_0000_0000_0001L, 0},
            {0x8000_0000_0000_0000L, 1}};
        for (long[] words : reserved) {
            stops(UnitRig.on(), words[0], words[1], event);
        }
    }

    @Test
    public void commandsOfFeaturesThatAreNotThereAreIllegal() {
        String event = "00000000 50000000 00800010 00000000";
        long[][] commands = {{0x6000_0000_0000_0310L, 0, 1}, {0x7000_0000_0000_0310L, 0, 1 << 1}, {0x8000_0000_0000_0000L, 0, 1 << 6},
            {0x3000_002a_0000_0005L, 4, 1 << 4}};
        for (long[] command : commands) {
            stops(new UnitRig(UnitRig.FEATURES & ~command[2]).start(0), command[0], command[1], event);
        }
    }

    @Test
    public void whatCannotBeFetchedOrStoredIsAHardwareError() {
        stops(UnitRig.on(), 0x1000_0000_0100_0001L, 5, "00000000 64000000 00800010 00000000");
        UnitRig rig = UnitRig.on();
        rig.registers.write64(UnitRig.CMD_BASE, 0x200_0000 | UnitRig.LENGTH);
        rig.registers.write64(CMD_TAIL, 16);
        assertEquals(List.of("00000000 64000000 02000000 00000000"), rig.events());
        assertEquals(0, rig.registers.read32(STATUS) & 1 << 4);
    }

    @Test
    public void pointersBeyondTheBufferAreHardwareErrors() {
        UnitRig rig = UnitRig.on();
        rig.registers.write64(CMD_TAIL, 0x1000);
        assertEquals(List.of("00000000 64000000 00800000 00000000"), rig.events());
        rig = UnitRig.on();
        rig.registers.write64(CMD_HEAD, 0x2000);
        assertEquals(List.of("00000000 64000000 00802000 00000000"), rig.events());
    }

    @Test
    public void theBufferWrapsAround() {
        UnitRig rig = UnitRig.on();
        for (int i = 1; i < 700; i++) {
            rig.done((int) STORE | 1, 0x1000_0000, i, 0);
            assertEquals(i, rig.machine.memory.readLong(STORE));
        }
    }

    @Test
    public void whatWaitsRunsWhenTheBufferIsSwitchedOn() {
        UnitRig rig = new UnitRig();
        rig.registers.write64(UnitRig.CMD_BASE, COMMANDS | UnitRig.LENGTH);
        rig.put(COMMANDS, 0x1000_0000_0000_0001L | STORE, 5);
        rig.registers.write64(CMD_TAIL, 16);
        assertEquals(0, rig.machine.memory.readLong(STORE));
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(5, rig.machine.memory.readLong(STORE));
    }

    @Test
    public void randomCommandsNeverThrow() {
        Random random = Seed.random();
        UnitRig rig = UnitRig.on().mapped();
        for (int i = 0; i < 20_000; i++) {
            long low = random.nextLong() & random.nextLong() & random.nextLong() & -1L >>> 4 | (long) random.nextInt(16) << 60;
            rig.submit(low, random.nextLong() >>> random.nextInt(64));
            if ((rig.registers.read32(STATUS) & 1 << 4) == 0) {
                rig.registers.write64(CMD_HEAD, rig.registers.read64(CMD_TAIL));
                rig.registers.write64(Rig.CONTROL, ON & ~(1 << 12));
                rig.registers.write64(Rig.CONTROL, ON);
            }
            rig.read(random.nextInt(0x4000));
            assertTrue(rig.events().size() < 200);
        }
    }
}
