// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * A log that the unit fills: events, page requests, guest interrupts (sections 2.5 to 2.7). A full log drops the record, tells so in its
 * overflow bit and stops, until software switches it off, clears the bit and switches it on again. Thread-safe.
 */
final class LogBuffer {
    /** Registers of one log and its bits in STATUS. */
    record Place(Register base, Register head, Register tail, BitField pointer, int entryBytes, BitField run, BitField overflow, BitField noted) {
    }

    static final Place EVENTS = new Place(BaseRegisters.EVTLOG_BASE, BaseRegisters.EVTLOG_HEAD, BaseRegisters.EVTLOG_TAIL, BaseRegisters.POINTER, 16,
            ControlRegisters.EVENTS_RUN, ControlRegisters.EVENT_OVERFLOW, ControlRegisters.EVENT_NOTED);
    static final Place PAGE_REQUESTS = new Place(BaseRegisters.PPRLOG_BASE, BaseRegisters.PPRLOG_HEAD, BaseRegisters.PPRLOG_TAIL,
            BaseRegisters.POINTER, 16, ControlRegisters.PPR_RUN, ControlRegisters.PPR_OVERFLOW, ControlRegisters.PPR_NOTED);
    static final Place GUEST_INTERRUPTS = new Place(BaseRegisters.GALOG_BASE, BaseRegisters.GALOG_HEAD, BaseRegisters.GALOG_TAIL,
            BaseRegisters.GA_POINTER, 8, ControlRegisters.GA_RUN, ControlRegisters.GA_OVERFLOW, ControlRegisters.GA_NOTED);

    private static final int STATUS = ControlRegisters.STATUS.offset();

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final Place place;
    private final Runnable notify;
    private boolean on;
    private Ring ring;

    /** @param notify tells software by interrupt, if it wants to be told */
    LogBuffer(PhysicalMemory memory, RegisterFile registers, Place place, Runnable notify) {
        this.memory = memory;
        this.registers = registers;
        this.place = place;
        this.notify = notify;
        Register base = place.base();
        registers.define64(base.offset(), 0, BaseRegisters.BUFFER_BASE.put(-1) | BaseRegisters.BUFFER_LENGTH.put(-1), 0)
                .onWrite(base.offset(), (before, written) -> moved())
                .onWrite(base.offset() + Integer.BYTES, (before, written) -> moved())
                .define64(place.head().offset(), 0, place.pointer().put(-1), 0)
                .define64(place.tail().offset(), 0, place.pointer().put(-1), 0);
    }

    /** Software has told where the log is: both pointers are back at its start. */
    private void moved() {
        registers.set64(place.head().offset(), 0);
        registers.set64(place.tail().offset(), 0);
        ring = ring();
        if (ring == null) {
            set(0, place.run());
        }
    }

    private Ring ring() {
        return ring(memory, registers.read64(place.base().offset()), place.entryBytes());
    }

    /** A buffer by its base register, or null if its length is reserved. */
    static Ring ring(PhysicalMemory memory, long base, int entryBytes) {
        int length = (int) BaseRegisters.BUFFER_LENGTH.get(base);
        return length < BaseRegisters.MIN_LENGTH ? null : Ring.withOneFree(memory, BaseRegisters.BUFFER_BASE.address(base), length, entryBytes,
                Integer.numberOfTrailingZeros(entryBytes));
    }

    /** Switches on or off, as CONTROL says; a log whose overflow bit is still set does not start. */
    void enable(boolean now) {
        synchronized (registers) {
            if (now && !on && !is(place.overflow())) {
                ring = ring();
                set(ring == null ? 0 : place.run().put(1), null);
            } else if (!now) {
                set(0, place.run());
            }
            on = now;
        }
    }

    boolean running() {
        return is(place.run());
    }

    private boolean is(BitField bit) {
        return bit.get(registers.read32(STATUS)) != 0;
    }

    private void set(long bits, BitField clear) {
        registers.change(STATUS, (int) bits, clear == null ? 0 : (int) clear.put(1));
    }

    /**
     * Writes a record behind the last.
     *
     * @param second ignored where records have one word
     * @return whether it is in the log
     */
    boolean append(long first, long second) {
        synchronized (registers) {
            if (!running()) {
                return false;
            }
            long tail = registers.read64(place.tail().offset());
            long address = ring.address(tail);
            MemoryWindow window = memory.window(address);
            boolean full = ring.isFull(registers.read64(place.head().offset()), tail);
            if (full || window == null || !window.isWritable()) {
                // A log that cannot be written loses records as a full one does, and says so in the only way that there is.
                set(place.overflow().put(1), place.run());
                notify.run();
                return false;
            }
            if (place.entryBytes() > Long.BYTES) {
                window.setLong(address + Long.BYTES, second);
            }
            window.setLong(address, first);
            registers.set64(place.tail().offset(), ring.next(tail));
            set(place.noted().put(1), null);
            notify.run();
            return true;
        }
    }

    /** Where the next record goes, as TAIL has it. */
    long tail() {
        return registers.read64(place.tail().offset());
    }
}
