// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.function.BooleanSupplier;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * A queue that the unit fills and software empties (section 3.5): events, page requests. When it is full, what comes next is lost and
 * the overflow flag differs from the one that software acknowledges with. The register file's monitor is held by whoever calls.
 */
final class OutputQueue {
    /** What became of an entry. */
    enum Outcome { WRITTEN, FULL, ABORTED }

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final Place place;
    private final int mostEntries;

    /** Its registers and how long its entries are. */
    record Place(Register base, Register prod, Register cons, int entryBytes) {
    }

    /**
     * @param mostEntries log2 of the entries that the unit supports
     * @param off whether the queue is switched off, when base and write pointer can be written
     */
    OutputQueue(PhysicalMemory memory, RegisterFile registers, Place place, int mostEntries, BooleanSupplier off) {
        this.memory = memory;
        this.registers = registers;
        this.place = place;
        this.mostEntries = mostEntries;
        long pointer = QueueRegisters.INDEX.put(-1);
        Guarded guarded = new Guarded(registers, off);
        guarded.define(place.base, -1L & ~(0x3ffL << 52) | 1L << 62);
        guarded.define(place.prod, pointer | QueueRegisters.OVERFLOW.put(1));
        registers.define(place.cons.offset(), 0, (int) (pointer | QueueRegisters.OVERFLOW_SEEN.put(1)), 0);
    }

    /** The ring that a base register describes; its address is aligned to its size, and to 32 bytes at least. */
    static Ring ring(PhysicalMemory memory, long base, int mostEntries, int entryBytes) {
        int log2 = (int) Math.min(QueueRegisters.LOG2SIZE.get(base), mostEntries);
        long address = QueueRegisters.ADDRESS.address(base) & -((long) entryBytes << log2);
        return Ring.withWrapBit(memory, address, log2, entryBytes);
    }

    private Ring ring() {
        return ring(memory, registers.read64(place.base.offset()), mostEntries, place.entryBytes);
    }

    private long pointer(Register register) {
        return registers.read32(register.offset()) & QueueRegisters.INDEX.put(-1);
    }

    private boolean flag(Register register, BitField flag) {
        return flag.get(registers.read32(register.offset())) != 0;
    }

    boolean isEmpty() {
        return ring().isEmpty(pointer(place.cons), pointer(place.prod));
    }

    /** Whether an overflow waits for software's acknowledgement. */
    boolean overflowed() {
        return flag(place.prod, QueueRegisters.OVERFLOW) != flag(place.cons, QueueRegisters.OVERFLOW_SEEN);
    }

    /** Tells software that something was lost. */
    void overflow() {
        if (!overflowed()) {
            registers.set(place.prod.offset(), registers.read32(place.prod.offset()) ^ (int) QueueRegisters.OVERFLOW.put(1));
        }
    }

    Outcome put(long... words) {
        Ring ring = ring();
        long prod = pointer(place.prod);
        if (ring.isFull(pointer(place.cons), prod)) {
            return Outcome.FULL;
        }
        long address = ring.address(prod);
        MemoryWindow window = memory.window(address);
        if (window == null || !window.isWritable() || !window.contains(address + place.entryBytes - Long.BYTES)) {
            return Outcome.ABORTED;
        }
        ring.put(prod, words);
        long next = ring.next(prod) | registers.read32(place.prod.offset()) & QueueRegisters.OVERFLOW.put(1);
        registers.set(place.prod.offset(), (int) next);
        return Outcome.WRITTEN;
    }
}
