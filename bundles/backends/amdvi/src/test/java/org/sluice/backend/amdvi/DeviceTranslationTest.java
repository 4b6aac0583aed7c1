// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.DTE;
import static org.sluice.backend.amdvi.Rig.ENTRY;
import static org.sluice.backend.amdvi.UnitRig.DOMAIN;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.DeviceTranslation.Completion;
import org.sluice.spi.UnitModel;

/** ATS, sheet section 8: what a device with DTE.I gets to know, and that nothing it asks is a page fault. */
public class DeviceTranslationTest {
    private static final long ROOT = 0x2_0000;
    private static final long LEAVES = 0x2_1000;
    private static final long I = 1L << 32;

    private final DeviceTranslation.Reply reply = new DeviceTranslation.Reply();
    private final UnitRig rig = UnitRig.on().put(ROOT, Rig.table(LEAVES, 1), ENTRY | 0x40_0000).put(LEAVES, ENTRY | 0x77_7000,
            ENTRY & ~(1L << 62) | 0x88_8000).device(DTE | 2 << 9 | ROOT, DOMAIN | I);

    private void ask(long iova, int permissions, Completion completion) {
        assertEquals(completion, rig.ats().request(UnitRig.RID, Rig.NO_PASID, iova, permissions, reply));
    }

    private void answer(long iova, int wanted, long address, long size, int granted) {
        ask(iova, wanted, Completion.SUCCESS);
        assertEquals(address, reply.address);
        assertEquals(size, reply.size);
        assertEquals(granted, reply.permissions);
        assertEquals(List.of(), rig.events());
    }

    private void device(long... dte) {
        rig.device(dte).done(0x310, 0x2000_0000, 0, 0);
    }

    @Test
    public void theAnswerHasAddressSizeAndWhatTheTablesGrant() {
        answer(0xabc, Permissions.READ_WRITE, 0x77_7abc, 4096, Permissions.READ_WRITE);
        answer(0xabc, Permissions.READ, 0x77_7abc, 4096, Permissions.READ);
        answer(0x1010, Permissions.READ_WRITE, 0x88_8010, 4096, Permissions.READ);
        answer(0x23_4567, Permissions.WRITE, 0x43_4567, 2 << 20, Permissions.WRITE);
        assertFalse(reply.untranslatedOnly);
    }

    @Test
    public void pagesThatAreNotThereGrantNothing() {
        ask(0x2000, Permissions.READ, Completion.SUCCESS);
        assertEquals(0, reply.permissions);
        ask(1L << 40, Permissions.READ, Completion.SUCCESS);
        assertEquals(0, reply.permissions);
        assertEquals(List.of(), rig.events());
    }

    @Test
    public void theUAttributeForbidsCaching() {
        rig.put(LEAVES, ENTRY | 1L << 59 | 0x77_7000);
        answer(0, Permissions.READ, 0x77_7000, 4096, Permissions.READ);
        assertTrue(reply.untranslatedOnly);
        ask(0xfee0_0000L, Permissions.WRITE, Completion.SUCCESS);
        assertEquals(0, reply.permissions);
        assertTrue("the interrupt window is not for translation", reply.untranslatedOnly);
    }

    @Test
    public void passThroughAndTheExclusionRangeAnswerUnchanged() {
        device(DTE & ~(1L << 62), I);
        answer(0x1234_5678, Permissions.READ_WRITE, 0x1234_5678, 4096, Permissions.READ);
        rig.registers.write64(Rig.EXCL_LIMIT, 0x5_0000);
        rig.registers.write64(Rig.EXCL_BASE, 0x4_0000 | 3);
        device(DTE | 2 << 9 | ROOT, I);
        answer(0x4_0008, Permissions.READ_WRITE, 0x4_0008, 4096, Permissions.READ_WRITE);
    }

    @Test
    public void aGrantedWriteMarksThePageAsWritten() {
        rig.machine.device(UnitRig.DEVICE, DTE | 3 << 7 | 2 << 9 | ROOT, DOMAIN | I);
        rig.done(0x310, 0x2000_0000, 0, 0);
        ask(0, Permissions.READ, Completion.SUCCESS);
        assertEquals(1 << 5, rig.machine.memory.readLong(LEAVES) & 0x60);
        ask(0, Permissions.READ_WRITE, Completion.SUCCESS);
        assertEquals(0x60, rig.machine.memory.readLong(LEAVES) & 0x60);
    }

    @Test
    public void guestTablesAnswerByPasid() {
        UnitRig guest = CommandsTest.guest();
        guest.device(DTE | 1L << 55, DOMAIN | I | (0x10_0000L >>> 15) << 16);
        assertEquals(Completion.SUCCESS, guest.ats().request(UnitRig.RID, 5, 0x1008, Permissions.ALL, reply));
        assertEquals(0x44_4008, reply.address);
        assertEquals(Permissions.ALL, reply.permissions);
        guest.put(0x11_3008, 0x44_4067 | 1L << 63);
        assertEquals(Completion.SUCCESS, guest.ats().request(UnitRig.RID, 5, 0x1008, Permissions.ALL, reply));
        assertEquals(Permissions.READ_WRITE, reply.permissions);
    }

    @Test
    public void translatedAccessesPassForDevicesThatMayAsk() {
        assertEquals(UnitModel.PASS_THROUGH, rig.ats().translated(UnitRig.RID, 0x77_7008, Permissions.WRITE));
        assertEquals("interrupts are not for translated requests", -9, rig.ats().translated(UnitRig.RID, 0xfee0_0000L, Permissions.WRITE));
        assertEquals(1, rig.events().size());
        device(DTE | 2 << 9 | ROOT, DOMAIN);
        assertEquals(-9, rig.ats().translated(UnitRig.RID, 0x77_7008, Permissions.WRITE));
        device(0, I);
        assertEquals("V=0: I does not count", -9, rig.ats().translated(UnitRig.RID, 0x77_7008, Permissions.WRITE));
        device(DTE | 4, I);
        assertEquals(-2, rig.ats().translated(UnitRig.RID, 0x77_7008, Permissions.WRITE));
        assertEquals(3, rig.events().size());
    }

    @Test
    public void aUnitThatIsOffTranslatesForNobody() {
        UnitRig off = new UnitRig();
        assertEquals(Completion.UNSUPPORTED_REQUEST, off.ats().request(UnitRig.RID, Rig.NO_PASID, 0, Permissions.READ, reply));
        assertEquals(UnitModel.PASS_THROUGH, off.ats().translated(UnitRig.RID, 0x5000, Permissions.READ));
    }
}
