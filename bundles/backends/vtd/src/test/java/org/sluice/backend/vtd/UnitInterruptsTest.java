// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.vtd.UnitRig.FSTS;
import static org.sluice.backend.vtd.UnitRig.RECORDS;
import static org.sluice.backend.vtd.UnitRig.RID;

import java.util.List;

import org.junit.Test;

/** Interrupts through a programmed unit: remapped, refused with a record, noted in posted descriptors. */
public class UnitInterruptsTest {
    private static final long DESCRIPTOR = 0x42_0000;
    /** Remappable, handle 2, no subhandle. */
    private static final long MESSAGE = 0xfee0_0050L;
    private static final long ENTRY = TestUnit.INTERRUPTS + 32;

    private static UnitRig remapping(long low, long high) {
        UnitRig rig = UnitRig.reset(new TestUnit().page(DESCRIPTOR).put(ENTRY, low, high));
        rig.registers.write64(0xb8, TestUnit.INTERRUPTS | 3);
        rig.command(UnitRig.SIRTP);
        rig.command(UnitRig.IRE);
        return rig;
    }

    private static UnitRig posting(long flags) {
        return remapping((DESCRIPTOR & 0xffff_ffffL) >>> 6 << 38 | 0x41 << 16 | 0x8001 | flags, 0);
    }

    @Test
    public void messageGoesWhereItsEntrySays() {
        UnitRig rig = remapping(0x0000_0200_0031_0001L, 0);
        assertTrue(rig.unit.interrupt(RID, MESSAGE, 0));
        assertEquals(List.of("fee02000:4031"), rig.messages);
        assertFalse("DMA", rig.unit.interrupt(RID, 0x1000, 0));
    }

    @Test
    public void messagePassesUntilRemappingIsOn() {
        UnitRig rig = UnitRig.reset(new TestUnit());
        rig.unit.interrupt(RID, MESSAGE, 7);
        assertEquals(List.of("fee00050:7"), rig.messages);
    }

    @Test
    public void refusedMessageIsRecordedWithItsIndex() {
        UnitRig rig = remapping(0, 0);
        assertTrue(rig.unit.interrupt(RID, MESSAGE, 0));
        assertEquals(List.of(), rig.messages);
        assertEquals(2L << 48, rig.registers.read64(RECORDS));
        assertEquals(0x8000_0022_0000_0000L | RID, rig.registers.read64(RECORDS + 8));
    }

    @Test
    public void anEntryIsKeptUntilItIsInvalidated() {
        UnitRig rig = remapping(0x0000_0200_0031_0001L, 0).queue(false);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.machine.put(ENTRY, 0x0000_0300_0032_0001L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.done(0x0003_0000_0014L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals("another index was invalidated", List.of("fee02000:4031", "fee02000:4031", "fee02000:4031"), rig.messages);
        rig.messages.clear();
        rig.done(0x0002_0000_0014L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.machine.put(ENTRY, 0x0000_0400_0033_0001L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.done(0x0003_0800_0014L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.machine.put(ENTRY, 0, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.done(0x4, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(List.of("fee03000:4032", "fee03000:4032", "fee04000:4033", "fee04000:4033"), rig.messages);
        assertEquals(0x22, rig.registers.read32(RECORDS + 12) & 0xff);
    }

    @Test
    public void anEntryThatWasNotPresentCountsOnceItIs() {
        UnitRig rig = remapping(0, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        rig.machine.put(ENTRY, 0x0000_0200_0031_0001L, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(List.of("fee02000:4031"), rig.messages);
    }

    @Test
    public void faultDisableKeepsARefusalOut() {
        UnitRig rig = remapping(2, 0);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(0, rig.registers.read32(FSTS));
    }

    @Test
    public void compatibilityFormatPassesOnlyIfAllowed() {
        UnitRig rig = remapping(1, 0);
        rig.unit.interrupt(RID, 0xfee0_1000L, 0x31);
        assertEquals(0x25, rig.registers.read32(RECORDS + 12) & 0xff);
        rig.command(1 << 23);
        rig.unit.interrupt(RID, 0xfee0_1000L, 0x31);
        assertEquals(List.of("fee01000:31"), rig.messages);
    }

    @Test
    public void postedInterruptIsNotedAndNotifiesOnce() {
        UnitRig rig = posting(0);
        rig.machine.put(DESCRIPTOR + 32, 0x300L << 32 | 0xf2 << 16);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(2, rig.machine.context().memory().readLong(DESCRIPTOR + 8));
        assertEquals(0x300L << 32 | 0xf2 << 16 | 1, rig.machine.context().memory().readLong(DESCRIPTOR + 32));
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(List.of("fee03000:40f2"), rig.messages);
    }

    @Test
    public void suppressedNotificationNeedsUrgency() {
        UnitRig rig = posting(0);
        rig.machine.put(DESCRIPTOR + 32, 2);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(List.of(), rig.messages);
        assertEquals(2, rig.machine.context().memory().readLong(DESCRIPTOR + 8));
        rig = posting(1 << 14);
        rig.machine.put(DESCRIPTOR + 32, 2);
        rig.unit.interrupt(RID, MESSAGE, 0);
        assertEquals(1, rig.messages.size());
    }
}
