// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.Rig.NIC;

import java.nio.ByteBuffer;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Fault;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** Interrupt remapping: entries of both sizes, every control value and every refusal. */
public class InterruptsTest {
    private static final long TABLE = 0x7_0000;
    /** IV, IntTabLen 9, IntCtl 2. */
    private static final long REMAP = 0x2000_0000_0000_0013L | TABLE;

    private final Rig rig = new Rig();

    private void blocked(InterruptReport report, String name, int code) {
        assertEquals(report.reason(), Result.BLOCKED, report.result());
        assertEquals(report.reason(), name, report.fault().name());
        assertEquals(code, report.fault().code());
    }

    @Test
    public void theDeviceEntryOfTheWorkedExample() {
        rig.device(NIC, 0, 0, 0x2000_0000_7fff_0013L);
        InterruptReport report = rig.interrupt(0x12);
        assertEquals(Result.BLOCKED, report.result());
        assertTrue(report.reason(), report.reason().contains("0x7fff0120"));
    }

    @Test
    public void aShortEntry() {
        rig.register(Rig.CONTROL, Rig.ON).device(NIC, 0, 0, REMAP);
        rig.memory.writeInt(TABLE + 5 * 4, 0x0031_0201);
        InterruptReport report = rig.interrupt(5);
        assertEquals(Result.REMAPPED, report.result());
        assertEquals(0x31, report.vector());
        assertEquals(2, report.destination());
        assertEquals("physical", report.mode());
        assertEquals("fixed", report.delivery());
        assertEquals("edge", report.trigger());
        assertEquals("0xfee02000", Hex.of(report.outputAddress()));
        assertEquals(0x4031, report.outputData());
        assertEquals(List.of(0x31_0201L), report.entry());
        assertEquals(TABLE + 20, report.entryAddress());
        rig.memory.writeInt(TABLE + 5 * 4, 0x0031_0281);
        blocked(rig.interrupt(5), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
        rig.memory.writeInt(TABLE + 5 * 4, 0x0131_0201);
        blocked(rig.interrupt(5), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
    }

    @Test
    public void aLongEntryWithAndWithoutX2apic() {
        rig.device(NIC, 0, 0, REMAP).put(TABLE + 16, 0x0000_0000_0100_0065L).put(TABLE + 24, 0x7f00_0000_0000_0031L);
        InterruptReport narrow = rig.interrupt(1);
        assertEquals(0, narrow.destination());
        assertEquals("lowest", narrow.delivery());
        assertEquals("level", narrow.trigger());
        assertEquals("logical", narrow.mode());
        assertEquals(0xc131, narrow.outputData());
        rig.register(Rig.CONTROL, Rig.ON | Rig.LONG_INTERRUPTS | Rig.X2APIC);
        InterruptReport wide = rig.interrupt(1);
        assertEquals(0x7f01_0000, wide.destination());
        assertEquals(0x31, wide.vector());
        assertEquals("0x7f010000fee00004", Hex.of(wide.outputAddress()));
    }

    @Test
    public void aGuestEntryIsPosted() {
        rig.register(Rig.CONTROL, Rig.ON | Rig.LONG_INTERRUPTS | Rig.GUEST_APIC).device(NIC, 0, 0, REMAP);
        rig.put(TABLE, 0x0000_1234_0000_0285L).put(TABLE + 8, 0x0000_0000_0abc_d041L);
        InterruptReport report = rig.interrupt(0);
        assertEquals(Result.POSTED, report.result());
        assertEquals(0x41, report.vector());
        assertTrue(report.reason(), report.reason().contains("0xabcd000, tag 0x1234") && report.reason().contains("GA log"));
        rig.put(TABLE, 0x0000_1234_0000_02c1L);
        assertTrue(rig.interrupt(0).reason().contains("is told"));
        assertEquals(2, rig.interrupt(0).destination());
        rig.put(TABLE, 0x0000_1234_0000_02c9L);
        blocked(rig.interrupt(0), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
        rig.put(TABLE, 0x0000_1234_0000_02c1L).register(Rig.CONTROL, Rig.ON | Rig.LONG_INTERRUPTS);
        blocked(rig.interrupt(0), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
    }

    @Test
    public void entriesThatRefuse() {
        rig.device(NIC, 0, 0, REMAP);
        blocked(rig.interrupt(3), "IO_PAGE_FAULT I=1 PR=0 RW=1", 2);
        for (int type = 2; type < 8; type++) {
            rig.put(TABLE, 1 | type << 2);
            blocked(rig.interrupt(0), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
        }
        rig.put(TABLE, 1).put(TABLE + 8, 1L << 20);
        blocked(rig.interrupt(0), "IO_PAGE_FAULT I=1 PR=1 RZ=1 RW=1", 2);
        rig.device(NIC, 0, 0, REMAP & ~0x1e | 2 << 1);
        blocked(rig.interrupt(4), "IO_PAGE_FAULT I=1 PR=0 RW=1", 2);
        rig.device(NIC, 0, 0, REMAP | 0x20 | TABLE);
        assertTrue(rig.interrupt(3).reason().contains("IG=1"));
        rig.device(NIC, 0, 0, REMAP).put(TABLE, 2);
        assertTrue(rig.interrupt(0).reason().contains("SupIOPF=1"));
    }

    @Test
    public void theInterruptHalfOfTheDeviceEntry() {
        rig.device(NIC, Rig.DTE | 4, 0, 0);
        assertEquals(Result.PASSED, rig.interrupt(0x30).result());
        assertEquals(0x30, rig.interrupt(0x30).outputData());
        rig.device(NIC, 0, 0, 1);
        blocked(rig.interrupt(0), "IO_PAGE_FAULT I=1 PR=0 RW=1", 2);
        rig.device(NIC, 0, 0, 1 | 1L << 60);
        assertEquals(Result.PASSED, rig.interrupt(0).result());
        rig.device(NIC, 0, 0, 1 | 3L << 60);
        blocked(rig.interrupt(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, 0, 0, REMAP | 12 << 1);
        blocked(rig.interrupt(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, 0, 0, REMAP | 1L << 52);
        blocked(rig.interrupt(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, 0, 0, REMAP, 1L << 10);
        blocked(rig.interrupt(0), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        rig.device(NIC, 0, 0, REMAP | 0xf_0000_0000_0000L);
        blocked(rig.interrupt(0), "TARGET_ABORT", Fault.NO_CODE);
    }

    @Test
    public void deliveryModesOverlapTheIndex() {
        rig.device(NIC, 0, 0, REMAP);
        rig.put(TABLE + 0x1ff * 16, 1).put(TABLE + 0x1ff * 16 + 8, 0x55);
        assertEquals(0x55, rig.interrupt(0x1ff).vector());
        assertEquals(Result.PASSED, rig.interrupt(0x200).result());
        blocked(rig.interrupt(0x300), "TARGET_ABORT", Fault.NO_CODE);
        for (int[] pass : new int[][] {{0x400, 58}, {0x500, 56}, {0x700, 57}}) {
            rig.device(NIC, 0, 0, REMAP);
            blocked(rig.interrupt(pass[0]), "IO_PAGE_FAULT I=1 PR=0 RW=1", 2);
            rig.device(NIC, 0, 0, REMAP | 1L << pass[1]);
            assertEquals(Result.PASSED, rig.interrupt(pass[0]).result());
        }
        rig.register(Rig.CONTROL, Rig.ON | Rig.LONG_INTERRUPTS | 1L << 43).device(NIC, 0, 0, REMAP & ~0x1eL | 11 << 1);
        rig.put(TABLE + 0x700 * 16, 1).put(TABLE + 0x700 * 16 + 8, 0x77);
        assertEquals(0x77, rig.interrupt(0x700).vector());
        rig.register(Rig.CONTROL, Rig.ON | Rig.LONG_INTERRUPTS | 1L << 22);
        assertEquals(Result.UNKNOWN, rig.interrupt(0x200).result());
    }

    @Test
    public void addressesOutsideTheWindowAreNoInterrupts() {
        InterruptReport report = rig.inspector().remapInterrupt(new InterruptRequest(NIC, 0xfef0_0000L, 0), false);
        assertEquals("not-an-interrupt", report.fault().name());
        assertEquals(Result.PASSED, rig.inspector().remapInterrupt(new InterruptRequest(NIC, 0xfeef_fffcL, 0), false).result());
    }

    @Test
    public void devicesBeyondTheTableAndWhatIsNotKnown() {
        blocked(rig.inspector().remapInterrupt(new InterruptRequest(DeviceId.parse("10:00.0"), 0xfee0_0000L, 0), true), "ILLEGAL_DEV_TABLE_ENTRY", 1);
        Rig sparse = new Rig(PhysicalMemory.builder().ram(new AddressRange(0, 0xfff_ffff))
                .data(Rig.DEVICE_TABLE, ByteBuffer.allocateDirect(4096), true).build());
        sparse.device(NIC, 0, 0, REMAP);
        assertEquals(Result.UNKNOWN, sparse.interrupt(1).result());
        assertTrue(sparse.interrupt(1).reason().contains("0x70010"));
        sparse.forget(Rig.CONTROL);
        assertTrue(sparse.interrupt(1).reason().contains("CONTROL"));
        rig.register(Rig.CONTROL, 0);
        assertEquals(Result.PASSED, rig.interrupt(1).result());
    }
}
