// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.layout.Register;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;

/**
 * One of the three queues (section 3.5): its entries oldest first, whether they wait or are left of earlier rounds. The unit and
 * software only move indexes, so that what was consumed stays readable until it is overwritten.
 */
final class QueueReader {
    /** No unit has longer queues (IDR1). */
    private static final int MAX_LOG2 = 19;

    private final PhysicalMemory memory;
    private final Ring ring;
    private final long prod;
    private final long cons;

    /** Takes entries; {@code words} is null if the image does not hold an entry that waits. */
    @FunctionalInterface
    interface EntryVisitor {
        void entry(int index, long address, boolean pending, long[] words);
    }

    private QueueReader(PhysicalMemory memory, Ring ring, long prod, long cons) {
        this.memory = memory;
        this.ring = ring;
        this.prod = prod;
        this.cons = cons;
    }

    /** The queue that those registers describe, or null if its base is not known or not set. */
    static QueueReader of(Subject subject, Register base, Register prod, Register cons, int entryBytes) {
        RegisterPort port = subject.context().registers();
        if (!port.isKnown(base.offset(), base.bytes())) {
            return null;
        }
        long value = port.read64(base.offset());
        int log2 = Math.min(MAX_LOG2, (int) QueueRegisters.LOG2SIZE.get(value));
        // The base is aligned to the size of the queue (SMMU_CMDQ_BASE.ADDR).
        long address = QueueRegisters.ADDRESS.address(value) & -((long) entryBytes << log2);
        return address == 0 ? null : new QueueReader(subject.memory(), new Ring(subject.memory(), address, log2, entryBytes, 0, true),
                index(port, prod), index(port, cons));
    }

    private static long index(RegisterPort port, Register register) {
        return port.isKnown(register.offset(), register.bytes()) ? port.read32(register.offset()) & 0xf_ffffL : -1;
    }

    void visit(EntryVisitor visitor) {
        int waiting = prod < 0 || cons < 0 ? 0 : Math.min(ring.entries(), ring.pending(cons, prod));
        // The entry behind the newest is the oldest, once the queue has gone round.
        int first = prod < 0 ? 0 : ring.index(prod);
        for (int i = 0; i < ring.entries(); i++) {
            int index = first + i & ring.entries() - 1;
            boolean pending = (index - ring.index(Math.max(0, cons)) & ring.entries() - 1) < waiting;
            visit(index, pending, visitor);
        }
    }

    private void visit(int index, boolean pending, EntryVisitor visitor) {
        long address = ring.address(index);
        if (memory.presence(address, ring.entryBytes()) != Presence.PRESENT) {
            if (pending) {
                visitor.entry(index, address, true, null);
            }
            return;
        }
        long[] words = new long[ring.entryBytes() / Long.BYTES];
        long any = 0;
        for (int i = 0; i < words.length; i++) {
            words[i] = memory.readLong(address + (long) i * Long.BYTES);
            any |= words[i];
        }
        if (any != 0 || pending) {
            visitor.entry(index, address, pending, words);
        }
    }
}
