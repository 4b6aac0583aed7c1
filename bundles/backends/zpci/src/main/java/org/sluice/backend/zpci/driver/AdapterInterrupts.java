// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import org.sluice.api.InterruptMessage;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.InterruptDriver;

/**
 * Adapter interrupts: each function has a vector of bits, one for each of its messages, and one bit in the unit's summary. Which processor
 * and which of its interrupts a bit leads to is the operating system's own affair when it looks at the bits: the unit knows neither, and
 * has no mask for a single message. A vector's registration begins with the first enabled message and ends with the last.
 */
final class AdapterInterrupts implements InterruptDriver {
    /** Interruption subclass of PCI, Linux's choice. */
    private static final int SUBCLASS = 2;
    private static final int PAGE_SHIFT = 10;
    private static final int SUMMARY_BITS = 64;

    private final Function<DeviceId, DrivenFunction> functions;
    private final FunctionOperations operations;
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private volatile long summary;
    /** Functions whose vectors are registered; changed by the caller alone. */
    private final Map<DeviceId, DrivenFunction> registered = new ConcurrentHashMap<>();
    /** Vectors by function id; a function found anew after a restart has its old one again. */
    private final Map<Integer, Long> vectors = new HashMap<>();

    AdapterInterrupts(Function<DeviceId, DrivenFunction> functions, FunctionOperations operations, PhysicalMemory memory, PageAllocator pages) {
        this.functions = functions;
        this.operations = operations;
        this.memory = memory;
        this.pages = pages;
    }

    @Override
    public InterruptMessage enable(DeviceId device, int index, int vector, int destination) {
        DrivenFunction f = functions.apply(device);
        if (index < 0 || index >= f.group.interrupts()) {
            throw new IommuException(Reason.LIMIT, device + " can have " + f.group.interrupts() + " messages: there is no number " + index);
        }
        if (!f.hasVectors()) {
            summary = summary == 0 ? page() : summary;
            f.vector = vectors.computeIfAbsent(f.id, id -> page());
            memory.window(f.vector).clear(f.vector, 1 << PAGE_SHIFT);
            long word = FunctionBlock.SUBCLASS.put(SUBCLASS) | FunctionBlock.INTERRUPTS.put(Math.min(f.group.interrupts(), FunctionBlock.INTERRUPTS.mask()))
                    | FunctionBlock.SUMMARY.put(1) | FunctionBlock.AISBO.put(f.ordinal % SUMMARY_BITS);
            operations.registerInterrupts(f, word, summary + (long) (f.ordinal / SUMMARY_BITS) * Long.BYTES);
            registered.put(device, f);
        }
        f.setEnabled(index, true);
        return new InterruptMessage(f.group.messageAddress(), index);
    }

    /** The summary first and the vectors after it: a bit set in between raises another interruption (requirements of the adapter's order). */
    @Override
    public boolean dispatch(PendingSink out) {
        long at = summary;
        if (at != 0) {
            for (long word = at; word < at + (1L << PAGE_SHIFT); word += Long.BYTES) {
                take(word);
            }
            registered.forEach((device, f) -> {
                for (int first = 0; first < f.group.interrupts(); first += Long.SIZE) {
                    long bits = Long.reverseBytes(take(f.vector + first / Byte.SIZE));
                    for (; bits != 0; bits &= ~Long.highestOneBit(bits)) {
                        int vector = first + Long.numberOfLeadingZeros(bits);
                        if (f.isEnabled(vector)) {
                            out.pending(device, vector);
                        }
                    }
                }
            });
        }
        return true;
    }

    /** Reads a word of bits and leaves none. */
    private long take(long address) {
        MemoryWindow window = memory.window(address);
        long bits = window.getLongAcquire(address);
        while (bits != 0 && !window.compareAndSetLong(address, bits, 0)) {
            bits = window.getLongAcquire(address);
        }
        return bits;
    }

    private long page() {
        long page = pages.allocate(PAGE_SHIFT);
        if (page == PageAllocator.NONE) {
            throw new IommuException(Reason.LIMIT, "no page is left for vectors of interrupts");
        }
        return page;
    }

    /** Functions have been disabled: nothing is registered. */
    void forget() {
        registered.clear();
    }

    @Override
    public void disable(DeviceId device, int index) {
        DrivenFunction f = functions.apply(device);
        if (index >= 0 && f.isEnabled(index)) {
            f.setEnabled(index, false);
            if (!f.hasVectors()) {
                operations.unregisterInterrupts(f);
                registered.remove(device);
            }
        }
    }
}
