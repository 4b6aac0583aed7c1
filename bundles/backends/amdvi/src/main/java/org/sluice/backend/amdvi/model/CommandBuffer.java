// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.QueueRunner;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * The command buffer (section 2.4). Commands up to the tail run one after another; one that is illegal, or cannot be fetched, stops the
 * buffer with the head at it until software switches it off and on. Commands run without the register file's monitor, since some wait
 * for devices, which may be waiting for a record to be written. Nothing is allocated for a command. Thread-safe.
 */
final class CommandBuffer extends QueueRunner {
    /** The tail, and the bits of it that are the pointer. */
    static final int TAIL = BaseRegisters.CMDBUF_TAIL.offset();
    static final int POINTER = (int) BaseRegisters.POINTER.put(-1);

    private static final int HEAD = BaseRegisters.CMDBUF_HEAD.offset();
    private static final int BASE = BaseRegisters.CMDBUF_BASE.offset();
    private static final int STATUS = ControlRegisters.STATUS.offset();
    private static final int PAGE_SHIFT = 12;
    /** The most frequent commands, as numbers for the compiler: the opcode in place, and the bits that are fixed by it, most as reserved. */
    private static final long PAGES = Commands.opcode(Commands.INVALIDATE_IOMMU_PAGES);
    private static final long PAGES_FIXED = Commands.OPCODE.put(-1) | ReservedBits.of(Commands.INVALIDATE_IOMMU_PAGES).mask(0);
    private static final long PAGES_ZERO = ReservedBits.of(Commands.INVALIDATE_IOMMU_PAGES).mask(1);
    private static final long WAIT = Commands.opcode(Commands.COMPLETION_WAIT);
    private static final long WAIT_FIXED = Commands.OPCODE.put(-1) | ReservedBits.of(Commands.COMPLETION_WAIT).mask(0);
    private static final long WAIT_ZERO = ReservedBits.of(Commands.COMPLETION_WAIT).mask(1);

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final Events events;
    private final OwnInterrupts interrupts;
    private final Invalidations invalidations;
    private final AtsService devices;
    private final long efr;
    /** By opcode. */
    private final ReservedBits[] reserved = Commands.ALL.stream().map(ReservedBits::of).toArray(ReservedBits[]::new);
    private final boolean[] exists = new boolean[Commands.ALL.size()];
    private boolean on;
    /** The buffer as its base register told when it was prepared for, null if it is none; only within a run, as what follows. */
    private Ring ring;
    private long base;
    private long bytes;
    /** Where the last wait stored, or nowhere if that may not stay. */
    private MemoryWindow storeWindow = MemoryWindow.NOWHERE;

    CommandBuffer(PhysicalMemory memory, RegisterFile registers, Events events, OwnInterrupts interrupts, Invalidations invalidations,
            AtsService devices) {
        this.memory = memory;
        this.registers = registers;
        this.events = events;
        this.interrupts = interrupts;
        this.invalidations = invalidations;
        this.devices = devices;
        efr = registers.read64(ControlRegisters.EFR.offset());
        for (int i = 0; i < exists.length; i++) {
            exists[i] = exists(Commands.ALL.get(i));
        }
        registers.define64(BASE, 0, BaseRegisters.BUFFER_BASE.put(-1) | BaseRegisters.BUFFER_LENGTH.put(-1), 0)
                .onWrite(BASE, (before, written) -> moved())
                .onWrite(BASE + Integer.BYTES, (before, written) -> moved())
                .define64(HEAD, 0, BaseRegisters.POINTER.put(-1), 0).onWrite(HEAD, (before, written) -> due());
    }

    /** First of all a run is told, so that it knows of which buffer the pointers are that it has read. */
    private void moved() {
        changed();
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
        due();
    }

    private Ring ring() {
        return LogBuffer.ring(memory, registers.read64(BASE), Commands.BYTES);
    }

    @Override
    protected boolean prepare() {
        synchronized (registers) {
            if (ControlRegisters.COMMANDS_RUN.get(registers.read32(STATUS)) == 0) {
                return false;
            }
            base = registers.read64(BASE);
            ring = LogBuffer.ring(memory, base, Commands.BYTES);
            bytes = ring == null ? 0 : (long) ring.entries() * Commands.BYTES;
            return true;
        }
    }

    @Override
    protected void runToTail() {
        // Neither pointer has bits above its low word.
        int head = registers.read32(HEAD);
        int tail = registers.read32(TAIL);
        boolean beyond = Math.max(head, tail) >= bytes;
        while (head != tail) {
            // Whoever has moved or switched off the buffer meanwhile, or set the head, has decided where it goes on.
            if (!isCurrent()) {
                lookAgain();
                return;
            }
            Event error = beyond || !ring.isPresent(head) ? Event.COMMAND_HARDWARE_ERROR : execute(head, ring.word(head, 0), ring.word(head, 1));
            if (error != null) {
                stop(error, head);
                return;
            }
            int next = (int) ring.next(head);
            if (!registers.advance(HEAD, head, next)) {
                lookAgain();
                return;
            }
            head = next;
        }
    }

    private void stop(Event error, int head) {
        synchronized (registers) {
            registers.change(STATUS, 0, (int) ControlRegisters.COMMANDS_RUN.put(1));
            changed();
            events.command(error, 0, address(head));
        }
    }

    /** Of the command that the head names. */
    private long address(long head) {
        return BaseRegisters.BUFFER_BASE.address(base) + head;
    }

    /** Null, or why the buffer stops. */
    private Event execute(int head, long first, long second) {
        if ((first & PAGES_FIXED) == PAGES && (second & PAGES_ZERO) == 0) {
            return pages(first, second);
        }
        if ((first & WAIT_FIXED) == WAIT && (second & WAIT_ZERO) == 0) {
            return complete(first, second);
        }
        int type = Commands.typeOf(first) - 1;
        if (type < 0 || !exists[type] || reserved[type].violatedBy(first, second)) {
            return Event.ILLEGAL_COMMAND_ERROR;
        }
        return execute(Commands.ALL.get(type), head, first, second);
    }

    /** Commands that are seldom. */
    private Event execute(StructureLayout layout, int head, long first, long second) {
        if (layout == Commands.INVALIDATE_DEVTAB_ENTRY) {
            invalidations.device(device(first));
        } else if (layout == Commands.INVALIDATE_IOTLB_PAGES) {
            deviceTlb(head, first, second);
        } else if (layout == Commands.INVALIDATE_INTERRUPT_TABLE) {
            invalidations.interrupts(device(first));
        } else if (layout == Commands.PREFETCH_IOMMU_PAGES) {
            prefetch(first, second);
        } else if (layout == Commands.COMPLETE_PPR_REQUEST) {
            devices.respond(device(first), isGuest(second) ? (int) Commands.PREFETCH_PASID.get(first) : TranslationRequest.NO_PASID,
                    (int) Commands.REQUEST_TAG.get(second), (int) Commands.REQUEST_STATUS.get(second));
        } else {
            invalidations.everything();
        }
        return null;
    }

    /** Whether the unit has what such a command is about. */
    private boolean exists(StructureLayout layout) {
        BitField needed = layout == Commands.PREFETCH_IOMMU_PAGES ? ControlRegisters.PREFETCH_SUPPORTED
                : layout == Commands.COMPLETE_PPR_REQUEST ? ControlRegisters.PPR_SUPPORTED
                : layout == Commands.INVALIDATE_IOMMU_ALL ? ControlRegisters.INVALIDATE_ALL_SUPPORTED : null;
        return needed == null || needed.get(efr) != 0;
    }

    private static int device(long first) {
        return (int) Commands.DEVICE.get(first);
    }

    private static boolean isGuest(long second) {
        return Commands.GUEST.get(second) != 0;
    }

    /** Everything before it is done when it is reached. The store comes before the interrupt. */
    private Event complete(long first, long second) {
        if (Commands.STORE.get(first) != 0) {
            long address = Commands.STORE_ADDRESS.address(first);
            MemoryWindow window = storeWindow;
            if (!window.contains(address)) {
                window = memory.window(address);
                if (window == null || !window.isWritable()) {
                    return Event.COMMAND_HARDWARE_ERROR;
                }
                storeWindow = memory.isLoaded() ? MemoryWindow.NOWHERE : window;
            }
            window.setLong(address, second);
        }
        if (Commands.INTERRUPT.get(first) != 0) {
            synchronized (registers) {
                registers.change(STATUS, (int) ControlRegisters.WAIT_DONE.put(1), 0);
                interrupts.raise(ControlRegisters.WAIT_INTERRUPT, ControlRegisters.XT_GENERAL);
            }
        }
        return null;
    }

    private Event pages(long first, long second) {
        int domain = (int) Commands.DOMAIN.get(first);
        if (isGuest(second)) {
            if (ControlRegisters.GUEST_SUPPORTED.get(efr) == 0) {
                return Event.ILLEGAL_COMMAND_ERROR;
            }
            invalidations.guestPages(domain, (int) Commands.PASID.get(first), start(second), last(second));
        } else {
            invalidations.pages(domain, start(second), last(second));
        }
        return null;
    }

    private void deviceTlb(int head, long first, long second) {
        int pasid = (int) (Commands.PASID_LOW.get(first) | Commands.PASID_MIDDLE.get(first) << 8 | Commands.PASID_HIGH.get(first) << 16);
        boolean answered = devices.invalidate(device(first), isGuest(second) ? pasid : TranslationRequest.NO_PASID, start(second), last(second));
        if (!answered && ControlRegisters.TIMEOUT.get(registers.read32(ControlRegisters.CONTROL.offset())) != 0) {
            events.command(Event.IOTLB_INV_TIMEOUT, device(first), address(head));
        }
    }

    /** A hint, of which only the part is taken that is more: what it wants dropped. */
    private void prefetch(long first, long second) {
        if (Commands.INVALIDATE_FIRST.get(second) != 0) {
            int domain = devices.domain(device(first));
            if (domain >= 0 && isGuest(second)) {
                invalidations.guestPages(domain, (int) Commands.PREFETCH_PASID.get(first), start(second), last(second));
            } else if (domain >= 0) {
                invalidations.pages(domain, start(second), last(second));
            }
        }
    }

    /** log2 of what a command names: with S the lowest zero bit of the address, from bit 12 up, tells it. */
    private static int shift(long second) {
        return Commands.SIZED.get(second) != 0 ? PAGE_SHIFT + 1 + Long.numberOfTrailingZeros(~(second >> PAGE_SHIFT)) : PAGE_SHIFT;
    }

    private static long start(long second) {
        int shift = shift(second);
        return shift >= Long.SIZE ? 0 : Commands.ADDRESS.address(second) & -1L << shift;
    }

    private static long last(long second) {
        int shift = shift(second);
        return shift >= Long.SIZE ? -1L : Commands.ADDRESS.address(second) | (1L << shift) - 1;
    }
}
