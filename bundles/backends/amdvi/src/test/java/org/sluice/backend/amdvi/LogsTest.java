// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.sluice.backend.amdvi.UnitRig.EVT_HEAD;
import static org.sluice.backend.amdvi.UnitRig.EVT_TAIL;
import static org.sluice.backend.amdvi.UnitRig.GA_HEAD;
import static org.sluice.backend.amdvi.UnitRig.GA_TAIL;
import static org.sluice.backend.amdvi.UnitRig.ON;
import static org.sluice.backend.amdvi.UnitRig.PPR_HEAD;
import static org.sluice.backend.amdvi.UnitRig.PPR_TAIL;
import static org.sluice.backend.amdvi.UnitRig.STATUS;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.DeviceTranslation.DeviceSide;

/** The three logs: when they stop, how they start again, and what page requests and guest interrupts leave in them. */
public class LogsTest {
    private static final int OVERFLOW = 1;
    private static final int NOTED = 1 << 1;
    private static final int RUN = 1 << 3;
    /** PPRLogEn, PprIntEn, PPREn. */
    private static final long PPR = 7 << 13;
    /** GAEn, GAMEn=1, GALogEn, GAIntEn. */
    private static final long GA = 1 << 17 | 1 << 25 | 3 << 28;

    private static int events(UnitRig rig) {
        return rig.registers.read32(STATUS) & (OVERFLOW | NOTED | RUN);
    }

    @Test
    public void aFullLogDropsTheRecordAndStops() {
        UnitRig rig = UnitRig.on().device(1);
        rig.registers.write64(Rig.CONTROL, ON | 1 << 3);
        rig.registers.write32(0x15c, 0xfee0_0000);
        for (int i = 0; i < 255; i++) {
            rig.read(i);
        }
        assertEquals(RUN | NOTED, events(rig));
        assertEquals(255, rig.messages.size());
        rig.registers.write64(STATUS, NOTED);
        rig.read(0x1000);
        assertEquals(OVERFLOW, events(rig));
        assertEquals("the overflow interrupts too", 256, rig.messages.size());
        rig.read(0x1000);
        assertEquals(256, rig.messages.size());
        assertEquals(255, rig.events().size());
        rig.read(0x2000);
        assertEquals("room alone does not start it", List.of(), rig.events());
        rig.registers.write64(STATUS, OVERFLOW);
        rig.read(0x2000);
        assertEquals("nor does clearing the bit", List.of(), rig.events());
        rig.registers.write64(Rig.CONTROL, ON & ~(1 << 2));
        rig.registers.write64(EVT_HEAD, 0);
        rig.registers.write64(EVT_TAIL, 0);
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(RUN, events(rig));
        rig.read(0x3000);
        assertEquals(List.of("00000310 20000000 00003000 00000000"), rig.events());
    }

    /** The address has two halves (section 7, MMIO 015Ch and 0160h); a refused request of a device that asks for translations tells, too. */
    @Test
    public void interruptsGoToBothHalvesOfTheAddress() {
        UnitRig rig = UnitRig.on().device(1);
        rig.registers.write64(Rig.CONTROL, ON | 1 << 3);
        rig.registers.write32(0x15c, 0xfee0_1000);
        rig.registers.write32(0x160, 0x12);
        rig.registers.write32(0x164, 0x41);
        assertEquals("refused by DTE.I", Completion.UNSUPPORTED_REQUEST,
                rig.ats().request(UnitRig.RID, Rig.NO_PASID, 0x1000, Permissions.READ, new DeviceTranslation.Reply()));
        assertEquals(1, rig.events().size());
        assertEquals(List.of("0x12fee01000 0x41"), rig.messages);
    }

    @Test
    public void aLogThatWasFullDoesNotStartBeforeTheBitIsCleared() {
        UnitRig rig = UnitRig.on().device(1);
        for (int i = 0; i < 256; i++) {
            rig.read(i);
        }
        rig.registers.write64(Rig.CONTROL, ON & ~(1 << 2));
        rig.registers.write64(Rig.CONTROL, ON);
        assertEquals(OVERFLOW | NOTED, events(rig));
    }

    @Test
    public void theLogWrapsAround() {
        UnitRig rig = UnitRig.on().device(1);
        for (int i = 0; i < 1000; i++) {
            rig.read(i << 12);
            assertEquals(List.of(String.format("00000310 20000000 %08x 00000000", i << 12)), rig.events());
        }
    }

    @Test
    public void aLogThatCannotBeWrittenStops() {
        UnitRig rig = UnitRig.on().device(1);
        rig.registers.write64(UnitRig.EVT_BASE, 0x200_0000 | UnitRig.LENGTH);
        assertEquals(-3, rig.read(0));
        assertEquals(OVERFLOW, events(rig));
    }

    private static UnitRig asking(List<String> answers) {
        UnitRig rig = new UnitRig().start(PPR);
        rig.registers.write32(0x15c, 0xfee0_0000);
        rig.registers.write32(0x164, 0x66);
        rig.ats().setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                throw new AssertionError();
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                answers.add(Integer.toHexString(requester) + " " + pasid + " " + group + " " + code);
            }
        });
        return rig.device(Rig.DTE | 1L << 52, UnitRig.DOMAIN | 1L << 32);
    }

    /** Sheet section 8: flags 1 exec, 2 read, 5 write, 6 user, 8 GN from bit 48; tag bit 9 is the last of its group. */
    @Test
    public void pageRequestsAreLoggedAndAnsweredBySoftware() {
        List<String> answers = new ArrayList<>();
        UnitRig rig = asking(answers);
        rig.ats().pageRequest(UnitRig.RID, 0xa_bcde, 0x1234_5678_9abcL, Permissions.READ_WRITE, 0x1ff, true);
        rig.ats().pageRequest(UnitRig.RID, Rig.NO_PASID, 0x5000, Permissions.EXECUTE, 2, false);
        assertEquals(List.of("bcde0310 11642bff 56789000 00001234", "00000310 10020002 00005000 00000000"),
                rig.records(UnitRig.PPRS, PPR_HEAD, PPR_TAIL, 16));
        assertEquals(1 << 6 | 1 << 7, rig.registers.read32(STATUS) & 7 << 5);
        assertEquals(List.of("0xfee00000 0x66", "0xfee00000 0x66"), rig.messages);
        assertEquals(List.of(), answers);
        rig.done(0x310, 0x700a_bcde, 4, 0x1ff);
        rig.done(0x310, 0x7000_0000, 0, 0xf002);
        rig.done(0x310, 0x7000_0000, 0, 0x1003);
        assertEquals(List.of("310 703710 511 0", "310 -1 2 15", "310 -1 3 1"), answers);
        assertEquals(List.of(), rig.events());
    }

    @Test
    public void pageRequestsThatCannotBeLoggedFail() {
        List<String> answers = new ArrayList<>();
        UnitRig rig = asking(answers);
        for (int i = 0; i < 255; i++) {
            rig.ats().pageRequest(UnitRig.RID, Rig.NO_PASID, 0x5000, Permissions.READ, i, true);
        }
        assertEquals(List.of(), answers);
        rig.ats().pageRequest(UnitRig.RID, Rig.NO_PASID, 0x5000, Permissions.READ, 300, true);
        assertEquals(List.of("310 -1 300 15"), answers);
        assertEquals("overflow, log stopped", 1 << 5 | 1 << 6, rig.registers.read32(STATUS) & 7 << 5);
        rig.registers.write64(Rig.CONTROL, ON);
        rig.ats().pageRequest(UnitRig.RID, Rig.NO_PASID, 0x5000, Permissions.READ, 301, true);
        assertEquals("PPREn is off", "310 -1 301 1", answers.get(1));
    }

    private static final long VAPIC = 0xab_c000;

    private static UnitRig posting(long first) {
        UnitRig rig = new UnitRig().start(GA);
        rig.registers.write64(0xe8, UnitRig.STORE + 0x100);
        rig.registers.write32(0x15c, 0xfee0_0000);
        rig.put(0x7_0000, first, VAPIC | 0x41);
        rig.device(0, 0, 1 | 2 << 1 | 2L << 60 | 0x7_0000);
        rig.unit.interrupt(UnitRig.RID, 0xfee0_0000L, 0);
        return rig;
    }

    /** Vector 0x41 is bit 1 of the third request register of an APIC page. */
    @Test
    public void guestInterruptsAreMarkedAndLogged() {
        UnitRig rig = posting(0x1234_5678_0000_0085L);
        assertEquals(2, rig.machine.memory.readLong(VAPIC + 0x220));
        assertEquals(List.of("12345678 10000310"), rig.records(UnitRig.GAS, GA_HEAD, GA_TAIL, 8));
        assertEquals("the tail in memory", 8, rig.machine.memory.readLong(UnitRig.STORE + 0x100));
        assertEquals(1 << 8 | 1 << 10, rig.registers.read32(STATUS) & 7 << 8);
        assertEquals(List.of("0xfee00000 0x0"), rig.messages);
    }

    @Test
    public void whereTheGuestRunsOrWantsNoLogNothingIsLogged() {
        for (long entry : new long[] {0x1234_5678_0000_00c5L, 0x1234_5678_0000_0081L}) {
            UnitRig rig = posting(entry);
            assertEquals(2, rig.machine.memory.readLong(VAPIC + 0x220));
            assertEquals(List.of(), rig.records(UnitRig.GAS, GA_HEAD, GA_TAIL, 8));
        }
    }

    @Test
    public void aFullGuestLogStops() {
        UnitRig rig = posting(0x1234_5678_0000_0085L);
        for (int i = 0; i < 255; i++) {
            rig.unit.interrupt(UnitRig.RID, 0xfee0_0000L, 0);
        }
        assertEquals(1 << 9 | 1 << 10, rig.registers.read32(STATUS) & 7 << 8);
        assertEquals(255, rig.records(UnitRig.GAS, GA_HEAD, GA_TAIL, 8).size());
        assertEquals("still marked", 2, rig.machine.memory.readLong(VAPIC + 0x220));
    }
}
