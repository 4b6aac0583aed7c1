// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.sluice.backend.amdvi.DriverRig.DISK;
import static org.sluice.backend.amdvi.DriverRig.NIC;

import java.util.List;

import org.junit.Test;
import org.sluice.api.InterruptMessage;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.spi.InterruptDriver;

/** Interrupts set up by the driver and raised through the unit: sheet section 9 and msi sheet section 3. */
public class DriverInterruptsTest {
    private final DriverRig rig = new DriverRig().start();
    private final InterruptDriver interrupts = rig.driver.interrupts().orElseThrow();

    private static void raise(DriverRig rig, DeviceId device, InterruptMessage message, String... expected) {
        rig.messages.clear();
        rig.unit.interrupt(device.requesterId(), message.address(), message.data());
        assertEquals(List.of(expected), rig.messages);
    }

    @Test
    public void nothingIsRaisedThatWasNotEnabled() {
        raise(rig, NIC, new InterruptMessage(0xfee0_3000L, 0x41));
        rig.driver.attachPassThrough(NIC);
        raise(rig, NIC, new InterruptMessage(0xfee0_3000L, 0x41));
        assertEquals(2, rig.faults().size());
    }

    @Test
    public void messagesLeadThroughEntries() {
        InterruptMessage first = interrupts.enable(NIC, 0, 0x41, 3);
        InterruptMessage second = interrupts.enable(NIC, 1, 0x42, 0x1234_5678);
        assertEquals(new InterruptMessage(0xfee0_0000L, 0), first);
        assertEquals(new InterruptMessage(0xfee0_0000L, 1), second);
        raise(rig, NIC, first, "0xfee03000 0x4041");
        raise(rig, NIC, second, "0x12345600fee78000 0x4042");
        raise(rig, DISK, first);
        raise(rig, NIC, new InterruptMessage(0xfee0_0000L, 2));
    }

    @Test
    public void enablingAgainMovesAndDisablingEnds() {
        InterruptMessage message = interrupts.enable(NIC, 7, 0x41, 3);
        raise(rig, NIC, message, "0xfee03000 0x4041");
        assertEquals(message, interrupts.enable(NIC, 7, 0x41, 4));
        raise(rig, NIC, message, "0xfee04000 0x4041");
        assertEquals(message, interrupts.enable(NIC, 7, 0x55, 4));
        raise(rig, NIC, message, "0xfee04000 0x4055");
        interrupts.disable(NIC, 7);
        raise(rig, NIC, message);
        interrupts.disable(NIC, 7);
        interrupts.disable(DISK, 0);
        assertEquals(message, interrupts.enable(NIC, 8, 0x60, 1));
    }

    @Test
    public void interruptsOutliveAttachAndDetach() {
        InterruptMessage message = interrupts.enable(NIC, 0, 0x41, 3);
        rig.driver.attach(NIC, -1, rig.table(1));
        raise(rig, NIC, message, "0xfee03000 0x4041");
        rig.driver.detach(NIC, -1);
        raise(rig, NIC, message, "0xfee03000 0x4041");
        rig.driver.stop();
        raise(rig, NIC, message);
        rig.driver.start();
        raise(rig, NIC, message);
        assertEquals(message, interrupts.enable(NIC, 0, 0x41, 3));
        raise(rig, NIC, message, "0xfee03000 0x4041");
    }

    @Test
    public void limits() {
        for (int i = 0; i < 512; i++) {
            assertEquals(i, interrupts.enable(NIC, i, 0x41, 3).data());
        }
        for (Runnable bad : List.<Runnable>of(() -> interrupts.enable(NIC, 512, 0x41, 3), () -> interrupts.enable(DISK, 0, 256, 3),
                () -> interrupts.enable(DISK, -1, 0x41, 3))) {
            assertEquals(Reason.LIMIT, assertThrows(IommuException.class, bad::run).reason());
        }
        assertEquals("an entry is found, not a delivery mode", "0xfee03000 0x4041", raised(0x1ff));
        assertEquals(List.of(), rig.defects());
    }

    private String raised(int data) {
        rig.messages.clear();
        rig.unit.interrupt(NIC.requesterId(), 0xfee0_0000L, data);
        return String.join(",", rig.messages);
    }

    @Test
    public void entriesOf32BitsWhereThereAreNoOthers() {
        DriverRig old = new DriverRig(1 << 7 | 1 << 2, List.of(), r -> r).start();
        InterruptDriver narrow = old.driver.interrupts().orElseThrow();
        InterruptMessage message = narrow.enable(NIC, 0, 0x31, 2);
        raise(old, NIC, message, "0xfee02000 0x4031");
        long table = old.memory.readLong((old.unit.registers().read64(0) & 0xf_ffff_ffff_f000L) + 0x18 * 32 + 16) & 0xf_ffff_ffff_ffc0L;
        assertEquals("example 11 of the sheet", 0x0031_0201, old.memory.readInt(table));
        narrow.disable(NIC, 0);
        raise(old, NIC, message);
        assertEquals(Reason.LIMIT, assertThrows(IommuException.class, () -> narrow.enable(NIC, 0, 0x31, 256)).reason());
    }

    /** Devices behind an alias use its entry and its table: requests arrive under either id. */
    @Test
    public void devicesBehindAnAliasShareItsTable() {
        DriverRig bridged = new DriverRig(0, List.of(new FirmwareTable("IVRS", VerifyTest.ivrs(NIC.requesterId(), DISK.requesterId()))), r -> r).start();
        InterruptDriver shared = bridged.driver.interrupts().orElseThrow();
        InterruptMessage own = shared.enable(NIC, 0, 0x41, 3);
        InterruptMessage others = shared.enable(DISK, 0, 0x42, 3);
        raise(bridged, DISK, own, "0xfee03000 0x4041");
        raise(bridged, NIC, own, "0xfee03000 0x4041");
        raise(bridged, DISK, others, "0xfee03000 0x4042");
        bridged.driver.attachPassThrough(NIC);
        assertEquals(Long.MIN_VALUE, bridged.read(DISK, -1, 0x5000));
    }
}
