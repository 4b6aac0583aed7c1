// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.QueueRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * The page request queue (section 7, page requests): the unit writes, software reads. A request that finds no room, or no memory, is not
 * stored and tells so in PRO, and while PRO is set none is. Thread-safe.
 */
final class PageRequestQueue {
    private static final int BYTES = 32;
    private static final int POINTER_SHIFT = Integer.numberOfTrailingZeros(BYTES);
    private static final int HEAD = QueueRegisters.PQH.offset();
    private static final int TAIL = QueueRegisters.PQT.offset();
    private static final int STATUS = EventRegisters.PRS.offset();
    private static final int PENDING = (int) EventRegisters.REQUESTS_PENDING.put(1);
    private static final int OVERFLOW = (int) EventRegisters.REQUESTS_LOST.put(1);

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final EventMessage event;

    PageRequestQueue(PhysicalMemory memory, RegisterFile registers, EventMessage event) {
        this.memory = memory;
        this.registers = registers;
        this.event = event;
        registers.define64(HEAD, 0, QueueRegisters.PAGE_HEAD.put(-1), 0).define64(TAIL, 0, 0, 0)
                .define64(QueueRegisters.PQA.offset(), 0, QueueRegisters.PAGE_BASE.put(-1) | QueueRegisters.PAGE_SIZE.put(-1), 0)
                .onWrite(QueueRegisters.PQA.offset(), (before, written) -> registers.set64(TAIL, 0))
                .define(STATUS, 0, 0, PENDING | OVERFLOW)
                .onWrite(STATUS, (before, written) -> served());
    }

    private void served() {
        if (registers.read32(STATUS) == 0) {
            event.serviced();
        }
    }

    /** Stores a request; false if it is lost. */
    boolean put(long first, long second) {
        synchronized (registers) {
            if ((registers.read32(STATUS) & OVERFLOW) != 0) {
                return false;
            }
            long pqa = registers.read64(QueueRegisters.PQA.offset());
            int log2 = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES) + (int) QueueRegisters.PAGE_SIZE.get(pqa) - POINTER_SHIFT;
            Ring ring = Ring.withOneFree(memory, QueueRegisters.PAGE_BASE.address(pqa), log2, BYTES, POINTER_SHIFT);
            long tail = registers.read64(TAIL);
            MemoryWindow window = memory.window(ring.address(tail));
            boolean there = window != null && window.isWritable() && window.contains(ring.address(tail) + BYTES - 1);
            if (!there || ring.isFull(registers.read64(HEAD), tail)) {
                raise(OVERFLOW);
                return false;
            }
            ring.put(tail, first, second, 0, 0);
            registers.set64(TAIL, ring.next(tail));
            raise(PENDING);
            return true;
        }
    }

    /** An event only if software has not been told before. */
    private void raise(int status) {
        boolean told = registers.read32(STATUS) != 0;
        registers.change(STATUS, status, 0);
        if (!told) {
            event.raise();
        }
    }
}
