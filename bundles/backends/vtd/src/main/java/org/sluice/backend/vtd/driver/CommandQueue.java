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
import org.sluice.machine.PhysicalMemory;

/**
 * The invalidation queue from the driver's side: descriptors, then a wait whose status write tells that all are done. 128-bit
 * descriptors, which legacy tables allow on every unit. Not thread-safe.
 */
final class CommandQueue {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);
    private static final int SHIFT = Integer.numberOfTrailingZeros(QueueDescriptors.NARROW_BYTES);
    private static final int CONTEXT_CACHE = 1;
    private static final int IOTLB = 2;
    private static final int WAIT = 5;

    private final UnitPort port;
    private final PhysicalMemory memory;
    private final Ring ring;
    private final long status;
    private long tail;
    private int sequence;

    /**
     * @param page of the queue
     * @param status where waits write to
     */
    CommandQueue(UnitPort port, PhysicalMemory memory, long page, long status) {
        this.port = port;
        this.memory = memory;
        this.status = status;
        ring = new Ring(memory, page, PAGE_SHIFT - SHIFT, QueueDescriptors.NARROW_BYTES, SHIFT, false);
    }

    void start() {
        tail = 0;
        port.write(QueueRegisters.IQT, 0);
        port.write(QueueRegisters.IQA, ring.base());
        port.command(ControlRegisters.QUEUE_ON);
    }

    void stop() {
        port.switchOff(ControlRegisters.QUEUE_ON);
    }

    void everything() {
        put(CONTEXT_CACHE | QueueDescriptors.SCOPE.put(ControlRegisters.GLOBAL), 0);
        put(IOTLB | QueueDescriptors.SCOPE.put(ControlRegisters.GLOBAL), 0);
        complete();
    }

    /** A context entry changed: the context cache first, then translations of the domain it named (section 6.5.3.3). */
    void context(int domain, int sourceId) {
        put(CONTEXT_CACHE | QueueDescriptors.SCOPE.put(ControlRegisters.SELECTIVE) | QueueDescriptors.DOMAIN.put(domain)
                | QueueDescriptors.CONTEXT_SOURCE.put(sourceId), 0);
        put(IOTLB | QueueDescriptors.SCOPE.put(ControlRegisters.DOMAIN) | QueueDescriptors.DOMAIN.put(domain), 0);
        complete();
    }

    /** Drops translations from {@code start} to {@code last}, by pages if the unit can name them with one mask. */
    void pages(int domain, long start, long last) {
        int mask = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros((start ^ last) >>> PAGE_SHIFT));
        if (port.cap(CapabilityRegisters.PSI) == 0 || mask > port.cap(CapabilityRegisters.MAMV)) {
            put(IOTLB | QueueDescriptors.SCOPE.put(ControlRegisters.DOMAIN) | QueueDescriptors.DOMAIN.put(domain), 0);
        } else {
            put(IOTLB | QueueDescriptors.SCOPE.put(ControlRegisters.SELECTIVE) | QueueDescriptors.DOMAIN.put(domain),
                    start & -1L << PAGE_SHIFT + mask | mask);
        }
        complete();
    }

    private void put(long low, long high) {
        ring.put(tail, low, high);
        tail = ring.next(tail);
    }

    /** Rings, and waits until hardware has written this wait's number. The queue is empty then, so it never fills up. */
    private void complete() {
        int number = ++sequence;
        put(WAIT | QueueDescriptors.WAIT_WRITE.put(1) | QueueDescriptors.WAIT_STATUS.put(number), status);
        port.write(QueueRegisters.IQT, tail);
        port.await(() -> memory.readInt(status) == number || stopped(), "did not complete an invalidation");
        if (memory.readInt(status) != number) {
            long reason = QueueRegisters.ERROR.get(port.read(QueueRegisters.IQERCD));
            throw new IommuException(Reason.IO, "unit " + port.unit() + " stopped its invalidation queue: "
                    + QueueRegisters.ERROR.meaningOf(reason) + " (IQEI " + reason + ")");
        }
    }

    private boolean stopped() {
        return EventRegisters.QUEUE_STOPPED.get(port.read(EventRegisters.FSTS)) != 0;
    }
}
