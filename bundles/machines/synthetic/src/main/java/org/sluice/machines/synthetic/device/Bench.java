// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import org.sluice.api.InterruptMessage;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.Placement;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * What an exercised device and the software that drives it have: a port, an address space, memory of their own in which every other page
 * is a canary, and vectors.
 */
final class Bench implements Listener {
    static final int PAGE = 1 << 12;
    /** What an exercise needs of RAM: up to 255 pages, each between two canaries. */
    static final long BYTES = 512L * PAGE;
    /** Where buffers go: above what 32-bit devices use, and where every backend's aperture reaches. */
    static final Placement WINDOW = new Placement(new AddressRange(0x1_0000_0000L, 0x7f_ffff_ffffL), 0);

    final PhysicalMemory memory;
    final AddressSpace space;
    final DmaPort port;
    final AddressRange ram;
    final Counters counters;
    private final long[] raised;

    Bench(PhysicalMemory memory, AddressSpace space, DmaPort port, AddressRange ram, Counters counters, int vectors) {
        this.memory = memory;
        this.space = space;
        this.port = port;
        this.ram = ram;
        this.counters = counters;
        raised = new long[vectors];
    }

    /** The {@code i}th page for data; the pages before and after it are canaries. */
    long page(int i) {
        return ram.start() + (2L * i + 1) * PAGE;
    }

    /** Makes canaries around the first {@code pages} pages. */
    void guard(int pages) {
        for (int i = 0; i <= pages; i++) {
            Payload.fillWith(memory, ram.start() + 2L * i * PAGE, PAGE, Payload.CANARY);
        }
    }

    /** Whether nobody wrote beside that page. */
    boolean isGuarded(int i) {
        return Payload.isFilledWith(memory, page(i) - PAGE, PAGE, Payload.CANARY) && Payload.isFilledWith(memory, page(i) + PAGE, PAGE, Payload.CANARY);
    }

    /** The device raises one of its vectors. */
    int raise(int index) {
        return port.raise(index);
    }

    /** How often the vector has arrived; only its own device's thread raises it. */
    long raised(int index) {
        return raised[index];
    }

    @Override
    public void interrupt(int index) {
        raised[index]++;
        counters.interrupts.increment();
    }

    @Override
    public void reprogram(int index, InterruptMessage message) {
        // The port raises vectors as they are programmed at that moment.
    }
}
