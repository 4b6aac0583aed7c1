// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.dma.DmaPort;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;

/**
 * One thread with a device, input pages and memory of its own. It maps, unmaps and does DMA, and knows what every byte of its memory has to be.
 * In each page 8 bytes are the neighbour's: it writes there without asking whether the page is mapped, and what is there when an unmap has
 * returned must still be there when the page is mapped again.
 */
final class SoakWorker implements Callable<Long> {
    static final int PAGE = 4096;
    /** Pages of memory: four times the large page of most formats. */
    static final int PAGES = 2048;
    private static final int LARGE = 512;
    private static final int NEIGHBOUR_AT = 8;
    private static final int NEIGHBOUR_END = 16;
    private static final int FREE = -1;

    private final Platform platform;
    private final Machine machine;
    private final PhysicalMemory memory;
    private final SoakMappings mappings;
    private final DmaPort port;
    private final Random random;
    private final long base;
    private final long neighbour;
    private final long ram;
    private final long end;
    /** [input page] page of memory, or FREE. */
    private final int[] page;
    /** [input page] the first input page of its mapping. */
    private final int[] head;
    /** [page of memory] whether it is mapped; if not, what the neighbour's bytes were when it was unmapped. */
    private final boolean[] mapped = new boolean[PAGES];
    private final long[] left = new long[PAGES];
    private final byte[] expected = new byte[PAGES * PAGE];
    private long operations;

    /**
     * What one thread works with.
     *
     * @param base first of the own input pages, {@code neighbour} of the neighbour's
     * @param slots input pages of each
     * @param ram first of the own memory
     */
    record Share(DeviceId device, long base, long neighbour, int slots, long ram) {
    }

    /** @param nanos when to end */
    SoakWorker(Platform platform, Machine machine, SoakMappings mappings, Share share, long seed, long nanos) {
        this.platform = platform;
        this.machine = machine;
        this.memory = machine.memory();
        this.mappings = mappings;
        this.port = platform.port(machine, share.device);
        this.random = new Random(seed);
        this.base = share.base;
        this.neighbour = share.neighbour;
        this.ram = share.ram;
        this.end = nanos;
        this.page = new int[share.slots];
        this.head = new int[share.slots];
        Arrays.fill(page, FREE);
    }

    /** Operations done. */
    @Override
    public Long call() {
        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < 64; i++) {
                step();
                operations++;
            }
        }
        for (int i = 0; i < page.length; i++) {
            if (page[i] != FREE) {
                assertEquals("translation of " + Integer.toHexString(i), ram + (long) page[i] * PAGE, port.translate(base + (long) i * PAGE, Permissions.READ));
            }
        }
        return operations;
    }

    private void step() {
        int what = random.nextInt(20);
        if (what < 5) {
            map(random.nextInt(64) == 0 ? LARGE : 1 + random.nextInt(8));
        } else if (what < 9) {
            unmap(random.nextInt(page.length));
        } else if (what < 10) {
            cut(random.nextInt(page.length));
        } else if (what < 18) {
            access(random.nextInt(page.length));
        } else {
            disturb();
        }
    }

    private void map(int count) {
        int slot = count == LARGE ? random.nextInt(page.length / LARGE) * LARGE : random.nextInt(page.length - count);
        int first = count == LARGE ? random.nextInt(PAGES / LARGE) * LARGE : random.nextInt(PAGES - count);
        boolean taken = false;
        for (int i = 0; i < count; i++) {
            taken |= page[slot + i] != FREE;
            if (mapped[first + i]) {
                return;
            }
        }
        for (int i = 0; i < count; i++) {
            assertEquals("a device wrote into a page that was unmapped before", left[first + i], slotOf(first + i));
        }
        assertEquals(!taken, mappings.map(base + (long) slot * PAGE, ram + (long) first * PAGE, (long) count * PAGE));
        for (int i = 0; i < count && !taken; i++) {
            page[slot + i] = first + i;
            head[slot + i] = slot;
            mapped[first + i] = true;
        }
    }

    private long slotOf(int of) {
        return memory.readLong(ram + (long) of * PAGE + NEIGHBOUR_AT);
    }

    private void unmap(int slot) {
        if (page[slot] == FREE) {
            return;
        }
        int first = head[slot];
        int count = 1;
        while (first + count < page.length && page[first + count] != FREE && head[first + count] == first) {
            count++;
        }
        assertEquals((long) count * PAGE, mappings.unmap(base + (long) first * PAGE, (long) count * PAGE));
        gone(first, count);
    }

    private void gone(int first, int count) {
        for (int i = first; i < first + count; i++) {
            left[page[i]] = slotOf(page[i]);
            mapped[page[i]] = false;
            page[i] = FREE;
        }
    }

    private void cut(int slot) {
        if (page[slot] == FREE) {
            return;
        }
        long bytes = mappings.cut(base + (long) slot * PAGE, PAGE);
        if (bytes == 0 && mappings instanceof SoakMappings.Vfio) {
            return;
        }
        assertEquals(PAGE, bytes);
        int old = head[slot];
        gone(slot, 1);
        for (int i = slot + 1; i < page.length && page[i] != FREE && head[i] == old; i++) {
            head[i] = slot + 1;
        }
    }

    private void access(int slot) {
        int offset = NEIGHBOUR_END + random.nextInt(PAGE - NEIGHBOUR_END - 64);
        int length = 1 + random.nextInt(64);
        byte[] data = new byte[length];
        random.nextBytes(data);
        long iova = base + (long) slot * PAGE + offset;
        int result = port.write(iova, data, 0, length);
        if (page[slot] == FREE) {
            assertTrue("a write where nothing is mapped: " + result, result < 0);
            platform.recover(machine);
            return;
        }
        assertEquals("a write where something is mapped, at " + Long.toHexString(iova), DmaPort.OK, result);
        int at = page[slot] * PAGE + offset;
        System.arraycopy(data, 0, expected, at, length);
        byte[] back = new byte[length];
        assertEquals(DmaPort.OK, port.read(iova, back, 0, length));
        assertArrayEquals(data, back);
        assertEquals(data[length - 1], memory.readByte(ram + at + length - 1));
    }

    /** Writes into the neighbour's page if that happens to be mapped. */
    private void disturb() {
        byte[] data = new byte[NEIGHBOUR_END - NEIGHBOUR_AT];
        random.nextBytes(data);
        int result = port.write(neighbour + (long) random.nextInt(page.length) * PAGE + NEIGHBOUR_AT, data, 0, data.length);
        assertTrue("result " + result, result <= DmaPort.OK);
        if (result < 0) {
            platform.recover(machine);
        }
    }

    /** What is mapped, an input page and its output. */
    void visit(BiConsumer<Long, Long> out) {
        for (int i = 0; i < page.length; i++) {
            if (page[i] != FREE) {
                out.accept(base + (long) i * PAGE, ram + (long) page[i] * PAGE);
            }
        }
    }

    /** Unmaps everything, and looks at every byte; nobody does anything any more. */
    void finish() {
        for (int slot = 0; slot < page.length; slot++) {
            unmap(slot);
        }
        for (int i = 0; i < PAGES; i++) {
            assertFalse(mapped[i]);
            assertEquals("a device wrote into an unmapped page", left[i], slotOf(i));
        }
        LongBuffer words = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
        for (int i = 0; i < words.capacity(); i++) {
            int at = i * Long.BYTES;
            if (at % PAGE != NEIGHBOUR_AT && words.get(i) != memory.readLong(ram + at)) {
                assertEquals("byte " + at, Long.toHexString(words.get(i)), Long.toHexString(memory.readLong(ram + at)));
            }
        }
    }
}
