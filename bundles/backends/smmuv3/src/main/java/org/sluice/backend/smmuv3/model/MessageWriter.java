// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.List;

import org.sluice.kit.register.Messages;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Messages of the unit itself (section 3.18): writes of 32 bits to physical addresses. In memory they are done at once, which software
 * that polls relies on; elsewhere they are interrupts, noted for being sent when no lock is held.
 */
final class MessageWriter {
    private final PhysicalMemory memory;
    private final Messages messages;
    private final int addressBits;
    private final List<AddressRange> doorbells;

    /** @param addressBits width of physical addresses */
    MessageWriter(PhysicalMemory memory, Messages messages, int addressBits, MachineDescription machine) {
        this.memory = memory;
        this.messages = messages;
        this.addressBits = addressBits;
        doorbells = machine.interruptControllers().stream().map(InterruptController::doorbell).filter(d -> d != null).toList();
    }

    /** False if the write is aborted: nothing takes it there. */
    boolean write(long address, int data) {
        MemoryWindow window = memory.window(address);
        if (window != null) {
            if (window.isWritable()) {
                window.setInt(address, data);
            }
            return window.isWritable();
        }
        boolean nobody = memory.ramKnown() && memory.isRam(address) || address >>> addressBits != 0
                || !doorbells.isEmpty() && doorbells.stream().noneMatch(d -> d.contains(address));
        if (!nobody) {
            messages.note(address, data);
        }
        return !nobody;
    }
}
