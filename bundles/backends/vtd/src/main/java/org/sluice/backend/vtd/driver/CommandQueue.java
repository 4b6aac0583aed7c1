// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.QueueDescriptors;
import org.sluice.backend.vtd.layout.QueueRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/**
 * The invalidation queue from the driver's side: descriptors are put, and {@link #complete} puts a wait behind them whose status write
 * tells that all are done. Not thread-safe.
 */
final class CommandQueue {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);
    /** In PASID cache invalidations the numbers of the scopes are others. */
    private static final int ONE_PASID = 1;
    private static final int ALL_PASIDS = 3;
    private static final long PAGES = QueueDescriptors.type(QueueDescriptors.IOTLB) | QueueDescriptors.SCOPE.put(ControlRegisters.SELECTIVE);
    private static final long PASID_PAGES = QueueDescriptors.type(QueueDescriptors.PASID_IOTLB);
    private static final long WAIT = QueueDescriptors.type(QueueDescriptors.WAIT) | QueueDescriptors.WAIT_WRITE.put(1);
    private static final long EVERYTHING = Long.MAX_VALUE >>> PAGE_SHIFT << PAGE_SHIFT;

    private static final int TAIL = QueueRegisters.IQT.offset();

    private final UnitPort port;
    private final RegisterPort registers;
    private final Ring ring;
    /** Descriptors that fit in before a wait. */
    private final int room;
    private final boolean wide;
    private final long status;
    private final MemoryWindow statusWindow;
    /** log2 of the pages that one descriptor of the second stage can name; -1 if none can. */
    private final long mostMask;
    private boolean running;
    private long tail;
    private int waiting;
    private int sequence;

    /**
     * @param wide whether descriptors have 256 bits, as scalable tables want them
     * @param page of the queue
     * @param status where waits write to
     */
    CommandQueue(UnitPort port, PhysicalMemory memory, boolean wide, long page, long status) {
        this.port = port;
        registers = port.raw();
        this.wide = wide;
        this.status = status;
        statusWindow = memory.window(status);
        mostMask = port.cap(CapabilityRegisters.PSI) == 0 ? -1 : port.cap(CapabilityRegisters.MAMV);
        int bytes = wide ? QueueDescriptors.WIDE_BYTES : QueueDescriptors.NARROW_BYTES;
        int shift = Integer.numberOfTrailingZeros(bytes);
        ring = Ring.withOneFree(memory, page, PAGE_SHIFT - shift, bytes, shift);
        room = ring.entries() - 2;
    }

    /** Whatever the unit's queue did before; no effect if it is this one and running. */
    void start() {
        if (running) {
            return;
        }
        port.switchOff(ControlRegisters.QUEUE_ON);
        for (int i = 0; wide && i < ring.entries(); i++) {
            // The upper halves of wide descriptors are zero, whichever it is: they are written here once and for all.
            ring.put((long) i * QueueDescriptors.WIDE_BYTES, 0, 0, 0, 0);
        }
        tail = 0;
        waiting = 0;
        port.write(QueueRegisters.IQT, 0);
        port.write(QueueRegisters.IQA, ring.base() | QueueRegisters.WIDE.put(wide ? 1 : 0));
        port.command(ControlRegisters.QUEUE_ON);
        running = true;
    }

    void stop() {
        port.switchOff(ControlRegisters.QUEUE_ON);
        running = false;
    }

    boolean isRunning() {
        return running;
    }

    /** All that the unit has cached of tables. */
    void everything() {
        put(QueueDescriptors.type(QueueDescriptors.CONTEXT_CACHE) | QueueDescriptors.SCOPE.put(ControlRegisters.GLOBAL), 0);
        if (wide) {
            pasids();
        }
        put(QueueDescriptors.type(QueueDescriptors.IOTLB) | QueueDescriptors.SCOPE.put(ControlRegisters.GLOBAL), 0);
        complete();
    }

    /** A context entry; {@code domain} is that of a legacy one. */
    void context(int domain, int sourceId) {
        put(QueueDescriptors.type(QueueDescriptors.CONTEXT_CACHE) | QueueDescriptors.SCOPE.put(ControlRegisters.SELECTIVE)
                | QueueDescriptors.DOMAIN.put(domain) | QueueDescriptors.CONTEXT_SOURCE.put(sourceId), 0);
    }

    void pasid(int domain, int pasid) {
        put(QueueDescriptors.type(QueueDescriptors.PASID_CACHE) | QueueDescriptors.SCOPE.put(ONE_PASID) | QueueDescriptors.DOMAIN.put(domain)
                | QueueDescriptors.PASID.put(pasid), 0);
    }

    /** All PASID table entries. */
    void pasids() {
        put(QueueDescriptors.type(QueueDescriptors.PASID_CACHE) | QueueDescriptors.SCOPE.put(ALL_PASIDS), 0);
    }

    /** All translations of a domain. */
    void domain(int domain) {
        put(QueueDescriptors.type(QueueDescriptors.IOTLB) | QueueDescriptors.SCOPE.put(ControlRegisters.DOMAIN) | QueueDescriptors.DOMAIN.put(domain), 0);
    }

    /** Second-stage translations from {@code start} to {@code last}, by pages if the unit can name them with one mask. */
    void pages(int domain, long start, long last) {
        int mask = mask(start, last);
        if (mask > mostMask) {
            domain(domain);
        } else {
            put(PAGES | QueueDescriptors.DOMAIN.put(domain), start & -1L << PAGE_SHIFT + mask | mask);
        }
    }

    /** First-stage translations of a PASID from {@code start} to {@code last}. */
    void pages(int domain, int pasid, long start, long last) {
        int mask = mask(start, last);
        long who = PASID_PAGES | QueueDescriptors.DOMAIN.put(domain) | QueueDescriptors.PASID.put(pasid);
        if (mask > port.cap(CapabilityRegisters.MAMV)) {
            put(who | QueueDescriptors.SCOPE.put(ControlRegisters.DOMAIN), 0);
        } else {
            put(who | QueueDescriptors.SCOPE.put(ControlRegisters.SELECTIVE), start & -1L << PAGE_SHIFT + mask | mask);
        }
    }

    /** What a device has cached from {@code start} to {@code last}; {@code pasid} less than 0 for requests without one. */
    void device(int sourceId, int pasid, long start, long last) {
        long pages = sized(start, last);
        long size = pages == (start & -1L << PAGE_SHIFT) && mask(start, last) == 0 ? 0 : 1;
        if (pasid < 0) {
            put(QueueDescriptors.type(QueueDescriptors.DEVICE_TLB) | QueueDescriptors.DEVICE_SOURCE.put(sourceId),
                    pages | QueueDescriptors.DEVICE_SIZED.put(size));
        } else {
            put(QueueDescriptors.type(QueueDescriptors.PASID_DEVICE_TLB) | QueueDescriptors.PASID_DEVICE_SOURCE.put(sourceId)
                    | QueueDescriptors.PASID.put(pasid), pages | QueueDescriptors.PASID_DEVICE_SIZED.put(size));
        }
    }

    /** A naturally aligned range as PCI Express writes it: its size is told by the lowest 0 among the address bits. */
    private static long sized(long start, long last) {
        int mask = mask(start, last);
        if (mask + PAGE_SHIFT >= Long.SIZE - 1) {
            return EVERYTHING;
        }
        long page = start & -1L << PAGE_SHIFT + mask;
        return mask == 0 ? page : page | (1L << PAGE_SHIFT + mask - 1) - (1L << PAGE_SHIFT);
    }

    void interruptEntry(int index) {
        put(QueueDescriptors.type(QueueDescriptors.INTERRUPT_CACHE) | QueueDescriptors.INTERRUPT_SCOPE.put(1)
                | QueueDescriptors.INTERRUPT_INDEX.put(index), 0);
    }

    void interruptEntries() {
        put(QueueDescriptors.type(QueueDescriptors.INTERRUPT_CACHE), 0);
    }

    /** log2 of the pages of the smallest naturally aligned range that has both. */
    private static int mask(long start, long last) {
        return Math.max(0, Long.SIZE - Long.numberOfLeadingZeros((start ^ last) >>> PAGE_SHIFT));
    }

    private void put(long low, long high) {
        if (waiting >= room) {
            complete();
        }
        waiting++;
        write(low, high);
    }

    private void write(long low, long high) {
        ring.put(tail, low, high);
        tail = ring.next(tail);
    }

    /** Rings, and waits until hardware has written this wait's number. */
    void complete() {
        int number = ++sequence;
        write(WAIT | QueueDescriptors.WAIT_STATUS.put(number), status);
        Ring.publish();
        registers.write64(TAIL, tail);
        if (statusWindow.getInt(status) != number) {
            await(number);
        }
        waiting = 0;
    }

    private void await(int number) {
        port.await(() -> statusWindow.getInt(status) == number || stopped(), "did not complete an invalidation");
        if (statusWindow.getInt(status) != number) {
            long reason = QueueRegisters.ERROR.get(port.read(QueueRegisters.IQERCD));
            throw new IommuException(Reason.IO, "unit " + port.unit() + " stopped its invalidation queue: "
                    + QueueRegisters.ERROR.meaningOf(reason) + " (IQEI " + reason + ")");
        }
    }

    private boolean stopped() {
        return EventRegisters.QUEUE_STOPPED.get(port.read(EventRegisters.FSTS)) != 0;
    }
}
