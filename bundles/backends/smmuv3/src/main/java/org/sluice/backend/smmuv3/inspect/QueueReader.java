// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.Register;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.RegisterPort;

/**
 * One of the three queues (section 3.5): its entries oldest first, whether they wait or are left of earlier rounds. The unit and
 * software only move indexes, so that what was consumed stays readable until it is overwritten.
 */
final class QueueReader {
    /** No unit has longer queues (IDR1). */
    private static final int MAX_LOG2 = 19;

    private final Ring ring;
    private final long prod;
    private final long cons;

    private QueueReader(Ring ring, long prod, long cons) {
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
        return address == 0 ? null : new QueueReader(Ring.withWrapBit(subject.memory(), address, log2, entryBytes),
                index(port, prod), index(port, cons));
    }

    private static long index(RegisterPort port, Register register) {
        return port.isKnown(register.offset(), register.bytes()) ? port.read32(register.offset()) & 0xf_ffffL : -1;
    }

    void visit(Ring.EntryVisitor visitor) {
        // The entry behind the newest is the oldest, once the queue has gone round.
        ring.visit(prod < 0 ? 0 : ring.index(prod), cons, prod, visitor);
    }
}
