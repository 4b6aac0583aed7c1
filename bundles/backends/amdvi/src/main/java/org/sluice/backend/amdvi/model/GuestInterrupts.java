// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Posted;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Interrupts of virtual processors (section 2.2.5.3): the vector's bit in the request register of the virtual APIC page, and a record in
 * the GA log where the processor does not run. Thread-safe.
 */
final class GuestInterrupts {
    /** Interrupt request register of an APIC page: 32 vectors every 16 bytes. */
    private static final int REQUESTS = 0x200;
    private static final int VECTORS = 32;
    private static final int STEP = 16;

    private final PhysicalMemory memory;
    private final LogBuffer log;

    GuestInterrupts(PhysicalMemory memory, LogBuffer log) {
        this.memory = memory;
        this.log = log;
    }

    /** Nothing comes of it if the page cannot be written: the manual names no event for that. */
    void post(int deviceId, Posted posted) {
        long at = posted.vapic() + REQUESTS + (long) (posted.vector() / VECTORS) * STEP;
        MemoryWindow window = memory.window(at);
        if (window == null || !window.isWritable()) {
            return;
        }
        long bit = 1L << posted.vector() % VECTORS;
        long before = window.getLongAcquire(at);
        while (!window.compareAndSetLong(at, before, before | bit)) {
            before = window.getLongAcquire(at);
        }
        if (!posted.running() && posted.logged()) {
            log.append(LogEntries.GA_CODE.put(LogEntries.GUEST_INTERRUPT) | LogEntries.GA_DEVICE.put(deviceId) | LogEntries.GA_TAG.put(posted.tag()), 0);
        }
    }
}
