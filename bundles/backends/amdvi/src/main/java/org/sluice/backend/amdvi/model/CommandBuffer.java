// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import java.util.IdentityHashMap;
import java.util.Map;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * The command buffer (section 2.4). Commands up to the tail run one after another; one that is illegal, or cannot be fetched, stops the
 * buffer with the head at it until software switches it off and on. Commands run without the register file's monitor, since some wait
 * for devices, which may be waiting for a record to be written. Thread-safe.
 */
final class CommandBuffer {
    private static final int HEAD = BaseRegisters.CMDBUF_HEAD.offset();
    private static final int TAIL = BaseRegisters.CMDBUF_TAIL.offset();
    private static final int BASE = BaseRegisters.CMDBUF_BASE.offset();
    private static final int STATUS = ControlRegisters.STATUS.offset();
    private static final int PAGE_SHIFT = 12;

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final Events events;
    private final OwnInterrupts interrupts;
    private final Invalidations invalidations;
    private final AtsService devices;
    private final long efr;
    private final Map<StructureLayout, ReservedBits> reserved = new IdentityHashMap<>();
    private final Object lock = new Object();
    private boolean on;
    private boolean busy;

    CommandBuffer(PhysicalMemory memory, RegisterFile registers, Events events, OwnInterrupts interrupts, Invalidations invalidations,
            AtsService devices) {
        this.memory = memory;
        this.registers = registers;
        this.events = events;
        this.interrupts = interrupts;
        this.invalidations = invalidations;
        this.devices = devices;
        efr = registers.read64(ControlRegisters.EFR.offset());
        Commands.ALL.forEach(layout -> reserved.put(layout, ReservedBits.of(layout)));
        registers.define64(BASE, 0, BaseRegisters.BUFFER_BASE.put(-1) | BaseRegisters.BUFFER_LENGTH.put(-1), 0)
                .onWrite(BASE, (before, written) -> moved())
                .onWrite(BASE + Integer.BYTES, (before, written) -> moved())
                .define64(HEAD, 0, BaseRegisters.POINTER.put(-1), 0)
                .define64(TAIL, 0, BaseRegisters.POINTER.put(-1), 0);
    }

    private void moved() {
        registers.set64(HEAD, 0);
        registers.set64(TAIL, 0);
    }

    /** Switches on or off, as CONTROL says; the register file's monitor is held. */
    void enable(boolean now) {
        if (now != on) {
            boolean runs = now && ring() != null;
            registers.change(STATUS, (int) ControlRegisters.COMMANDS_RUN.put(runs ? 1 : 0), (int) ControlRegisters.COMMANDS_RUN.put(runs ? 0 : 1));
        }
        on = now;
    }

    private Ring ring() {
        return LogBuffer.ring(memory, registers.read64(BASE), Commands.BYTES);
    }

    /** Runs what waits; all of it is done when this returns. */
    void run() {
        synchronized (lock) {
            if (busy) {
                return; // a command's own doing: the run that it belongs to goes on
            }
            busy = true;
            try {
                while (step()) {
                    continue;
                }
            } finally {
                busy = false;
            }
        }
    }

    private boolean step() {
        long head;
        Ring ring;
        boolean beyond;
        synchronized (registers) {
            head = registers.read64(HEAD);
            long tail = registers.read64(TAIL);
            if (ControlRegisters.COMMANDS_RUN.get(registers.read32(STATUS)) == 0 || head == tail) {
                return false;
            }
            ring = ring();
            beyond = ring == null || Math.max(head, tail) >= (long) ring.entries() * Commands.BYTES;
        }
        long address = BaseRegisters.BUFFER_BASE.address(registers.read64(BASE)) + head;
        Event error = beyond || !ring.isPresent(head) ? Event.COMMAND_HARDWARE_ERROR : execute(address, ring.word(head, 0), ring.word(head, 1));
        synchronized (registers) {
            if (error != null) {
                registers.change(STATUS, 0, (int) ControlRegisters.COMMANDS_RUN.put(1));
                events.command(error, 0, address);
            } else if (registers.read64(HEAD) == head) {
                registers.set64(HEAD, ring.next(head));
            }
        }
        return error == null;
    }

    /** Null, or why the buffer stops. */
    private Event execute(long address, long first, long second) {
        StructureLayout layout = Commands.of(first);
        if (layout == Commands.UNKNOWN || !exists(layout, second)) {
            return Event.ILLEGAL_COMMAND_ERROR;
        }
        Structure command = Structure.of(layout, address, first, second);
        if (reserved.get(layout).violatedBy(command)) {
            return Event.ILLEGAL_COMMAND_ERROR;
        }
        if (layout == Commands.COMPLETION_WAIT) {
            return complete(command);
        }
        if (layout == Commands.INVALIDATE_DEVTAB_ENTRY) {
            invalidations.device(device(command));
        } else if (layout == Commands.INVALIDATE_IOMMU_PAGES) {
            pages(command);
        } else if (layout == Commands.INVALIDATE_IOTLB_PAGES) {
            deviceTlb(command);
        } else if (layout == Commands.INVALIDATE_INTERRUPT_TABLE) {
            invalidations.interrupts(device(command));
        } else if (layout == Commands.PREFETCH_IOMMU_PAGES) {
            prefetch(command);
        } else if (layout == Commands.COMPLETE_PPR_REQUEST) {
            devices.respond(device(command), command.is(Commands.GUEST) ? (int) command.get(Commands.PREFETCH_PASID) : TranslationRequest.NO_PASID,
                    (int) command.get(Commands.REQUEST_TAG), (int) command.get(Commands.REQUEST_STATUS));
        } else {
            invalidations.everything();
        }
        return null;
    }

    /** Whether the unit has what such a command is about. */
    private boolean exists(StructureLayout layout, long second) {
        BitField needed = layout == Commands.PREFETCH_IOMMU_PAGES ? ControlRegisters.PREFETCH_SUPPORTED
                : layout == Commands.COMPLETE_PPR_REQUEST ? ControlRegisters.PPR_SUPPORTED
                : layout == Commands.INVALIDATE_IOMMU_ALL ? ControlRegisters.INVALIDATE_ALL_SUPPORTED
                : layout == Commands.INVALIDATE_IOMMU_PAGES && Commands.GUEST.get(second) != 0 ? ControlRegisters.GUEST_SUPPORTED : null;
        return needed == null || needed.get(efr) != 0;
    }

    private static int device(Structure command) {
        return (int) command.get(Commands.DEVICE);
    }

    /** Everything before it is done when it is reached. The store comes before the interrupt. */
    private Event complete(Structure wait) {
        if (wait.is(Commands.STORE)) {
            long address = wait.getAddress(Commands.STORE_ADDRESS);
            MemoryWindow window = memory.window(address);
            if (window == null || !window.isWritable()) {
                return Event.COMMAND_HARDWARE_ERROR;
            }
            window.setLong(address, wait.word(1));
        }
        if (wait.is(Commands.INTERRUPT)) {
            synchronized (registers) {
                registers.change(STATUS, (int) ControlRegisters.WAIT_DONE.put(1), 0);
                interrupts.raise(ControlRegisters.WAIT_INTERRUPT, ControlRegisters.XT_GENERAL);
            }
        }
        return null;
    }

    private void pages(Structure c) {
        int domain = (int) c.get(Commands.DOMAIN);
        if (c.is(Commands.GUEST)) {
            invalidations.guestPages(domain, (int) c.get(Commands.PASID), first(c), last(c));
        } else {
            invalidations.pages(domain, first(c), last(c));
        }
    }

    private void deviceTlb(Structure c) {
        int pasid = (int) (c.get(Commands.PASID_LOW) | c.get(Commands.PASID_MIDDLE) << 8 | c.get(Commands.PASID_HIGH) << 16);
        boolean answered = devices.invalidate(device(c), c.is(Commands.GUEST) ? pasid : TranslationRequest.NO_PASID, first(c), last(c));
        if (!answered && ControlRegisters.TIMEOUT.get(registers.read32(ControlRegisters.CONTROL.offset())) != 0) {
            events.command(Event.IOTLB_INV_TIMEOUT, device(c), c.address());
        }
    }

    /** A hint, of which only the part is taken that is more: what it wants dropped. */
    private void prefetch(Structure c) {
        if (c.is(Commands.INVALIDATE_FIRST)) {
            int domain = devices.domain(device(c));
            if (domain >= 0 && c.is(Commands.GUEST)) {
                invalidations.guestPages(domain, (int) c.get(Commands.PREFETCH_PASID), first(c), last(c));
            } else if (domain >= 0) {
                invalidations.pages(domain, first(c), last(c));
            }
        }
    }

    /** log2 of what a command names: with S the lowest zero bit of the address, from bit 12 up, tells it. */
    private static int shift(Structure c) {
        return c.is(Commands.SIZED) ? PAGE_SHIFT + 1 + Long.numberOfTrailingZeros(~(c.word(1) >> PAGE_SHIFT)) : PAGE_SHIFT;
    }

    private static long first(Structure c) {
        int shift = shift(c);
        return shift >= Long.SIZE ? 0 : c.getAddress(Commands.ADDRESS) & -1L << shift;
    }

    private static long last(Structure c) {
        int shift = shift(c);
        return shift >= Long.SIZE ? -1L : c.getAddress(Commands.ADDRESS) | (1L << shift) - 1;
    }
}
