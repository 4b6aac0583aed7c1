// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

import org.sluice.api.InterruptMessage;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.backend.vtd.layout.MessageFormat;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.InterruptDriver;

/**
 * The interrupt remapping table (sections 5.1 and 9.10). A device gets runs of 32 entries, so that multiple messages of the older kind,
 * whose devices count the lower data bits themselves, find theirs as subhandles. Every entry names the one requester that may use it.
 * Not thread-safe.
 */
final class InterruptTable implements InterruptDriver {
    private static final int LOG2_ENTRIES = 12;
    private static final int TABLE_SHIFT = LOG2_ENTRIES + Integer.numberOfTrailingZeros(InterruptEntry.BYTES);
    private static final int RUN_SHIFT = 5;
    private static final int RUN = 1 << RUN_SHIFT;
    /** Vectors that a function can have at most: the largest MSI-X table. */
    private static final int MAX_VECTORS = 2048;
    /** Vectors below are exceptions of the processor, and no messages. */
    private static final int LOWEST_VECTOR = 16;
    private static final int VECTORS = 256;
    private static final int XAPIC_IDS = 256;
    private static final int XAPIC_SHIFT = 8;

    private final PhysicalMemory memory;
    private final TablePages pages;
    private final CommandQueue queue;
    private final UnitPort port;
    private final int segment;
    private final boolean extended;
    private final BitSet used = new BitSet();
    private final Map<Long, Integer> runs = new HashMap<>();
    private long table;

    InterruptTable(PhysicalMemory memory, TablePages pages, CommandQueue queue, UnitPort port, int segment) {
        this.memory = memory;
        this.pages = pages;
        this.queue = queue;
        this.port = port;
        this.segment = segment;
        extended = port.ecap(CapabilityRegisters.EIM);
    }

    /** Remaps from now on, whether or not DMA is translated; messages of the older format are blocked. */
    void start() {
        if (table == 0) {
            table = pages.pages(TABLE_SHIFT);
        }
        queue.start();
        port.write(ControlRegisters.IRTA, table | ControlRegisters.EXTENDED_DESTINATIONS.put(extended ? 1 : 0)
                | ControlRegisters.INTERRUPT_SIZE.put(LOG2_ENTRIES - 1));
        port.command(ControlRegisters.INTERRUPTS_SET);
        queue.interruptEntries();
        queue.complete();
        port.switchOff(ControlRegisters.COMPATIBILITY_ON);
        port.command(ControlRegisters.REMAPPING_ON);
    }

    /** Whether a device cannot raise an interrupt that is not its own. */
    boolean isIsolated() {
        long status = port.read(ControlRegisters.GSTS);
        return ControlRegisters.REMAPPING_ON.get(status) != 0 && ControlRegisters.COMPATIBILITY_ON.get(status) == 0;
    }

    private boolean isOn() {
        return table != 0 && queue.isRunning();
    }

    /** Takes all entries away; what devices send is blocked from then on. */
    void clear() {
        if (table != 0) {
            for (int i = used.nextSetBit(0); i >= 0; i = used.nextSetBit(i + 1)) {
                for (int entry = i << RUN_SHIFT; entry < i + 1 << RUN_SHIFT; entry++) {
                    erase(entry);
                }
            }
            used.clear();
            runs.clear();
            queue.interruptEntries();
            queue.complete();
        }
    }

    @Override
    public InterruptMessage enable(DeviceId device, int index, int vector, int destination) {
        if (!device.isPci() || device.segment() != segment) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is not a PCI function of segment " + segment);
        }
        if (index < 0 || index >= MAX_VECTORS || vector < LOWEST_VECTOR || vector >= VECTORS || !extended && (destination < 0 || destination >= XAPIC_IDS)) {
            throw new IommuException(Reason.LIMIT, "unit " + port.unit() + " cannot remap vector " + index + " of " + device + " to interrupt "
                    + vector + " of processor " + Integer.toUnsignedString(destination));
        }
        if (!isOn()) {
            start();
        }
        int source = device.requesterId();
        int handle = runs.computeIfAbsent(key(source, index), key -> freeRun()) << RUN_SHIFT;
        int entry = handle + (index & RUN - 1);
        long low = InterruptEntry.PRESENT.put(1) | InterruptEntry.VECTOR.put(vector)
                | InterruptEntry.DESTINATION.put(extended ? destination : (long) destination << XAPIC_SHIFT);
        // The requester is never changed, so an entry that moves changes in one step.
        memory.writeLong(address(entry) + Long.BYTES, InterruptEntry.SOURCE.put(source) | InterruptEntry.SOURCE_VALIDATION.put(InterruptEntry.SOURCE_ID));
        memory.writeLong(address(entry), low);
        forget(entry);
        return message(handle, index & RUN - 1);
    }

    private static long key(int source, int index) {
        return (long) source << Integer.SIZE | index >>> RUN_SHIFT;
    }

    private int freeRun() {
        int run = used.nextClearBit(0);
        if (run >= 1 << LOG2_ENTRIES - RUN_SHIFT) {
            throw new IommuException(Reason.LIMIT, "the interrupt remapping table of unit " + port.unit() + " is full");
        }
        used.set(run);
        return run;
    }

    /** Remappable format with a subhandle (section 5.1.2). */
    private static InterruptMessage message(int handle, int subhandle) {
        long address = Vtd.INTERRUPT_WINDOW.start() | MessageFormat.FORMAT.put(1)
                | MessageFormat.SUBHANDLE_VALID.put(1)
                | MessageFormat.HANDLE.put(handle)
                | MessageFormat.HANDLE_15.put(handle >>> 15);
        return new InterruptMessage(address, subhandle);
    }

    @Override
    public void disable(DeviceId device, int index) {
        if (index < 0 || !device.isPci() || device.segment() != segment) {
            return;
        }
        Integer run = runs.get(key(device.requesterId(), index));
        if (run == null) {
            return;
        }
        int entry = (run << RUN_SHIFT) + (index & RUN - 1);
        memory.writeLong(address(entry), 0);
        forget(entry);
        memory.writeLong(address(entry) + Long.BYTES, 0);
        if (isEmpty(run)) {
            runs.remove(key(device.requesterId(), index));
            used.clear(run);
        }
    }

    private void erase(int entry) {
        memory.writeLong(address(entry), 0);
        memory.writeLong(address(entry) + Long.BYTES, 0);
    }

    private boolean isEmpty(int run) {
        for (int entry = run << RUN_SHIFT; entry < run + 1 << RUN_SHIFT; entry++) {
            if (InterruptEntry.PRESENT.get(memory.readLong(address(entry))) != 0) {
                return false;
            }
        }
        return true;
    }

    private void forget(int entry) {
        queue.interruptEntry(entry);
        queue.complete();
    }

    private long address(int entry) {
        return table + (long) entry * InterruptEntry.BYTES;
    }
}
