// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.machine.DeviceId;

/** Interrupt messages and their entries: chapter 5, and sections 9.10 to 9.12. */
public class InterruptRemappingTest {
    private static final DeviceId DEVICE = DeviceId.parse("02:05.1");
    /** Message for entry 3 of the table. */
    private static final long MESSAGE = 0xfee0_0070L;
    private static final long ENTRY = TestUnit.INTERRUPTS + 3 * 16;
    private static final long LOW = 0x0000_0200_0031_0001L;
    private static final long POSTED = 0x0050_0000_0000_8001L;
    private static final long DESCRIPTOR = 0x50_0000;

    private static InterruptReport ask(long low, long high) {
        return ask(new TestUnit().put(ENTRY, low, high));
    }

    private static InterruptReport ask(TestUnit unit) {
        return unit.interrupt(DEVICE, MESSAGE, 0);
    }

    private static void blocked(int code, InterruptReport report) {
        assertEquals(report.reason(), Result.BLOCKED, report.result());
        assertEquals(report.reason(), code, report.fault().code());
    }

    /** The upper word of an entry that checks for {@code source} with these SQ and SVT. */
    private static long source(int source, int qualifier, int validation) {
        return source | (long) qualifier << 16 | (long) validation << 18;
    }

    @Test
    public void messagesWithReservedBitsAreRefused() {
        TestUnit unit = new TestUnit().put(ENTRY, LOW, 0);
        assertEquals(Result.REMAPPED, unit.interrupt(DEVICE, MESSAGE, 0).result());
        assertEquals("bits 1:0 are ignored", Result.REMAPPED, unit.interrupt(DEVICE, MESSAGE | 3, 0).result());
        blocked(0x20, unit.interrupt(DEVICE, MESSAGE, 1));
        blocked(0x20, unit.interrupt(DEVICE, MESSAGE | 1L << 32, 0));
        blocked(0x20, unit.interrupt(DEVICE, MESSAGE | 8, 1 << 16));
        blocked(0x20, unit.interrupt(DEVICE, MESSAGE | 8, 1L << 32));
    }

    @Test
    public void onlyAnIoApicMaySendAVectorWithoutSubhandle() {
        TestUnit unit = new TestUnit().put(ENTRY, LOW, 0);
        assertEquals(Result.REMAPPED, unit.interrupt(TestUnit.IO_APIC, MESSAGE, 0x31).result());
        blocked(0x20, unit.interrupt(DEVICE, MESSAGE, 0x31));
    }

    @Test
    public void otherAddressesAreNoInterrupts() {
        InterruptReport report = new TestUnit().interrupt(DEVICE, 0xfed0_0010L, 0);
        assertEquals(Result.BLOCKED, report.result());
        assertEquals("not-an-interrupt", report.fault().name());
    }

    @Test
    public void indexHasFifteenBitsOneBitApartAndTheSubhandle() {
        TestUnit unit = new TestUnit().put(ENTRY, LOW, 0);
        InterruptReport sum = unit.interrupt(DEVICE, 0xfee0_0038L, 2);
        assertEquals(3, sum.entryIndex());
        assertEquals(ENTRY, sum.entryAddress());
        InterruptReport beyond = unit.interrupt(DEVICE, 0xfee0_0210L, 0);
        blocked(0x21, beyond);
        assertEquals(16, beyond.entryIndex());
        assertEquals(0, beyond.entryAddress());
        blocked(0x21, unit.interrupt(DEVICE, 0xfee0_0014L, 0));
        InterruptReport highest = unit.register64(0xb8, TestUnit.INTERRUPTS | 15).interrupt(DEVICE, 0xfeef_fffcL, 1);
        blocked(0x21, highest);
        assertEquals("handle and subhandle do not wrap", 0x1_0000, highest.entryIndex());
    }

    @Test
    public void entriesMustBeReadableAndPresent() {
        blocked(0x23, ask(new TestUnit().register64(0xb8, 0x10_0000_0000L | 3)));
        blocked(0x22, ask(LOW & ~1, 0));
        blocked(0x22, ask(-2L, -1L));
        assertTrue(ask(LOW & ~1 | 2, 0).reason().contains("FPD"));
    }

    @Test
    public void reservedBitsOfTheRemappedForm() {
        for (int bit : new int[] {12, 13, 14, 24, 31, 32, 39, 48, 63}) {
            blocked(0x24, ask(LOW | 1L << bit, 0));
        }
        for (int bit : new int[] {20, 31, 32, 63}) {
            blocked(0x24, ask(LOW, 1L << bit));
        }
        assertEquals("bits 11:8 are software's", Result.REMAPPED, ask(LOW | 0xf00, 0).result());
        TestUnit wide = new TestUnit().register64(0xb8, TestUnit.INTERRUPTS | 1 << 11 | 3).put(ENTRY, LOW | 1L << 63, 0);
        assertEquals("EIME uses all of DST", 0x8000_0200, ask(wide).destination());
    }

    @Test
    public void deliveryModesByName() {
        String[] names = {"fixed", "lowest", "smi", null, "nmi", "init", null, "extint"};
        for (int mode = 0; mode < 8; mode++) {
            InterruptReport report = ask(LOW | mode << 5, 0);
            if (names[mode] == null) {
                blocked(0x24, report);
            } else {
                assertEquals(names[mode], report.delivery());
                assertEquals(0x4031 | mode << 8, report.outputData());
            }
        }
    }

    @Test
    public void modesAndTriggerReachTheMessage() {
        InterruptReport report = ask(LOW | 0x1c, 0);
        assertEquals("logical", report.mode());
        assertEquals("level", report.trigger());
        assertEquals(0xfee0_200cL, report.outputAddress());
        assertEquals(0xc031, report.outputData());
    }

    @Test
    public void sourceIdIsComparedUnderItsMask() {
        int id = DEVICE.requesterId();
        assertEquals(Result.REMAPPED, ask(LOW, source(id, 0, 1)).result());
        blocked(0x26, ask(LOW, source(id ^ 0x100, 0, 1)));
        int[] ignored = {0, 4, 6, 7};
        for (int qualifier = 0; qualifier < 4; qualifier++) {
            for (int bit = 0; bit < 16; bit++) {
                InterruptReport report = ask(LOW, source(id ^ 1 << bit, qualifier, 1));
                assertEquals("SQ=" + qualifier + " bit " + bit, (ignored[qualifier] >> bit & 1) != 0, report.result() == Result.REMAPPED);
            }
        }
        assertEquals("SVT=0 checks nothing", Result.REMAPPED, ask(LOW, source(0xffff, 0, 0)).result());
        blocked(0x24, ask(LOW, source(id, 0, 3)));
    }

    /** Software writes the first bus in the high byte, the last in the low one. */
    @Test
    public void busRangesRunFromTheHighByteToTheLowByte() {
        assertEquals(Result.REMAPPED, ask(LOW, source(0x0203, 0, 2)).result());
        assertEquals(Result.REMAPPED, ask(LOW, source(0x0102, 0, 2)).result());
        blocked(0x26, ask(LOW, source(0x0305, 0, 2)));
        blocked(0x26, ask(LOW, source(0x0302, 0, 2)));
        blocked(0x26, ask(LOW, source(0x0101, 0, 2)));
    }

    @Test
    public void remappingThatIsOffLetsAllPass() {
        InterruptReport report = ask(new TestUnit().register32(0x1c, 1 << 31));
        assertEquals(Result.PASSED, report.result());
        assertEquals(MESSAGE, report.outputAddress());
    }

    @Test
    public void postedEntriesNameTheirDescriptor() {
        TestUnit unit = new TestUnit().put(ENTRY, POSTED | 0x41 << 16, 0).put(DESCRIPTOR, 0, 0, 0, 0, 0xf2L << 16 | 0x300L << 32, 0, 0, 0);
        InterruptReport report = ask(unit);
        assertEquals(Result.POSTED, report.result());
        assertEquals(0x41, report.vector());
        assertEquals(0xfee0_3000L, report.outputAddress());
        assertEquals(0x40f2, report.outputData());
        assertEquals(3, report.steps().size());
        assertEquals("posted-descriptor", report.steps().get(2).structure());
        assertTrue(report.reason(), report.reason().endsWith("sent"));
        assertTrue(ask(unit.put(DESCRIPTOR + 32, 0xf2L << 16 | 2)).reason().endsWith("suppressed"));
        assertTrue("urgent", ask(unit.put(ENTRY, POSTED | 1 << 14)).reason().endsWith("sent"));
        assertTrue(ask(unit.put(DESCRIPTOR + 32, 0xf2L << 16 | 1)).reason().endsWith("outstanding"));
    }

    @Test
    public void postedEntriesAndDescriptorsThatAreBad() {
        for (int bit : new int[] {2, 7, 12, 13, 24, 37}) {
            blocked(0x24, ask(POSTED | 1L << bit, 0));
        }
        blocked(0x24, ask(POSTED, 1L << 20));
        blocked(0x24, ask(new TestUnit().register64(0x08, TestUnit.CAP & ~(1L << 59)).put(ENTRY, POSTED, 0)));
        blocked(0x27, ask(POSTED, 0x10L << 32));
        for (int bit : new int[] {258, 271, 280, 287, 320, 511}) {
            TestUnit unit = new TestUnit().put(ENTRY, POSTED, 0).page(DESCRIPTOR).put(DESCRIPTOR + bit / 64 * 8, 1L << bit % 64);
            blocked(0x28, ask(unit));
        }
    }
}
