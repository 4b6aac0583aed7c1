// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * The command buffer from the driver's side: one page of commands, then a wait whose store tells that all are done. Not thread-safe.
 */
final class CommandQueue {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(AmdVi.PAGE_BYTES);
    private static final int SHIFT = Integer.numberOfTrailingZeros(Commands.BYTES);
    private static final long PAGES = Commands.opcode(Commands.INVALIDATE_IOMMU_PAGES);
    private static final long WAIT = Commands.opcode(Commands.COMPLETION_WAIT) | Commands.STORE.put(1);
    /** As many commands as are put before they are awaited. */
    private static final int BATCH = 200;
    /** Every address there is: size is told by the lowest zero bit, which is the highest of all. */
    private static final long EVERYTHING = 0x7fff_ffff_ffff_f000L;

    private static final int TAIL = BaseRegisters.CMDBUF_TAIL.offset();

    private final UnitPort port;
    private final Ring ring;
    private final long status;
    private final MemoryWindow statusWindow;
    private long tail;
    private int waiting;
    private long sequence;

    /**
     * @param page of the buffer
     * @param status where waits write to
     */
    CommandQueue(UnitPort port, PhysicalMemory memory, long page, long status) {
        this.port = port;
        this.status = status;
        statusWindow = memory.window(status);
        ring = Ring.withOneFree(memory, page, PAGE_SHIFT - SHIFT, Commands.BYTES, SHIFT);
    }

    void start() {
        tail = 0;
        waiting = 0;
        port.write(BaseRegisters.CMDBUF_BASE, ring.base() | BaseRegisters.BUFFER_LENGTH.put(PAGE_SHIFT - SHIFT));
        port.write(BaseRegisters.CMDBUF_HEAD, 0);
        port.write(BaseRegisters.CMDBUF_TAIL, 0);
        port.control(ControlRegisters.COMMANDS.put(1), 0);
    }

    void stop() {
        port.control(0, ControlRegisters.COMMANDS.put(1));
        port.await(() -> !running(), "did not stop its command buffer");
    }

    boolean running() {
        return port.status(ControlRegisters.COMMANDS_RUN);
    }

    /** Nothing that was cached before counts any more. */
    void everything() {
        if (port.feature(ControlRegisters.INVALIDATE_ALL_SUPPORTED) != 0) {
            put(Commands.opcode(Commands.INVALIDATE_IOMMU_ALL), 0);
        } else {
            for (int id = 0; id <= AmdVi.MAX_DEVICE_ID; id++) {
                device(id);
                interrupts(id);
                domain(id);
            }
        }
        complete();
    }

    void device(int deviceId) {
        put(Commands.opcode(Commands.INVALIDATE_DEVTAB_ENTRY) | Commands.DEVICE.put(deviceId), 0);
    }

    void interrupts(int deviceId) {
        put(Commands.opcode(Commands.INVALIDATE_INTERRUPT_TABLE) | Commands.DEVICE.put(deviceId), 0);
    }

    /** All host translations of a domain. */
    void domain(int domain) {
        put(pages(domain), EVERYTHING | Commands.SIZED.put(1) | Commands.DIRECTORIES.put(1));
    }

    /** All guest translations of a PASID in a domain. */
    void pasid(int domain, int pasid) {
        put(pages(domain) | Commands.PASID.put(pasid), EVERYTHING | Commands.SIZED.put(1) | Commands.DIRECTORIES.put(1) | Commands.GUEST.put(1));
    }

    /** Host translations from {@code first} to {@code last}, and directories above them, which an unmapping may have freed. */
    void range(int domain, long first, long last) {
        put(pages(domain), span(first, last));
    }

    void range(int domain, int pasid, long first, long last) {
        put(pages(domain) | Commands.PASID.put(pasid), span(first, last) | Commands.GUEST.put(1));
    }

    /** @param range the second half of the command, as a user has written it */
    void user(int domain, int pasid, long range) {
        put(pages(domain) | Commands.PASID.put(pasid), range);
    }

    private static long pages(int domain) {
        return PAGES | Commands.DOMAIN.put(domain);
    }

    /** The smallest aligned power of two that holds a range, as commands write it. */
    private static long span(long first, long last) {
        int shift = Long.SIZE - Long.numberOfLeadingZeros(first ^ last);
        if (shift <= PAGE_SHIFT) {
            return first & -1L << PAGE_SHIFT | Commands.DIRECTORIES.put(1);
        }
        long ones = shift == Long.SIZE ? EVERYTHING : first & -1L << shift | (1L << shift - 1) - 1 & -1L << PAGE_SHIFT;
        return ones | Commands.SIZED.put(1) | Commands.DIRECTORIES.put(1);
    }

    private void put(long low, long high) {
        if (waiting == BATCH) {
            complete();
        }
        ring.put(tail, low, high);
        tail = ring.next(tail);
        waiting++;
    }

    /** Rings, and waits until hardware has stored this wait's number. The buffer is empty then, so it never fills up. */
    void complete() {
        long number = ++sequence;
        ring.put(tail, WAIT | status, number);
        tail = ring.next(tail);
        waiting = 0;
        Ring.publish();
        port.raw().write64(TAIL, tail);
        if (statusWindow.getLong(status) != number) {
            await(number);
        }
    }

    private void await(long number) {
        port.await(() -> statusWindow.getLong(status) == number || !running(), "did not complete an invalidation");
        if (statusWindow.getLong(status) != number) {
            throw port.failure(Reason.IO, "has stopped its command buffer at offset " + port.read(BaseRegisters.CMDBUF_HEAD)
                    + ": the event log tells why");
        }
    }
}
