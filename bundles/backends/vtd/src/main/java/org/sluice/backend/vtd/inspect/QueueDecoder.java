// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.QueueEntry;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.QueueDescriptors;
import org.sluice.backend.vtd.layout.QueueRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.kit.inspect.QueueEntries;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.RegisterPort;

/** Invalidation queue and page request queue: what waits, and what is left of earlier entries. */
final class QueueDecoder {
    private static final int PAGE_SHIFT = 12;

    private final Subject subject;
    private final RegisterPort port;

    QueueDecoder(Subject subject) {
        this.subject = subject;
        this.port = subject.context().registers();
    }

    List<QueueEntry> all() {
        List<QueueEntry> list = new ArrayList<>();
        if (known(QueueRegisters.IQA)) {
            long iqa = port.read64(QueueRegisters.IQA.offset());
            // Scalable mode needs 256-bit descriptors; an emulator that does not keep DW reads 0 there all the same.
            int bytes = QueueRegisters.WIDE.get(iqa) != 0 || subject.state().scalable() ? QueueDescriptors.WIDE_BYTES : QueueDescriptors.NARROW_BYTES;
            decode(list, "invalidation-queue", QueueRegisters.BASE.address(iqa), (int) QueueRegisters.SIZE.get(iqa), bytes,
                    pointer(QueueRegisters.IQH, QueueRegisters.HEAD), pointer(QueueRegisters.IQT, QueueRegisters.TAIL));
        }
        if (known(QueueRegisters.PQA)) {
            long pqa = port.read64(QueueRegisters.PQA.offset());
            decode(list, "page-request-queue", QueueRegisters.PAGE_BASE.address(pqa), (int) QueueRegisters.PAGE_SIZE.get(pqa),
                    QueueDescriptors.PAGE_REQUEST.bytes(), pointer(QueueRegisters.PQH, QueueRegisters.PAGE_HEAD),
                    pointer(QueueRegisters.PQT, QueueRegisters.PAGE_TAIL));
        }
        return list;
    }

    private boolean known(Register register) {
        return port.isKnown(register.offset(), register.bytes());
    }

    /** Byte offset in a head or tail register; -1 if it is not known. */
    private long pointer(Register register, BitField offset) {
        return known(register) ? offset.address(port.read64(register.offset())) : -1;
    }

    private void decode(List<QueueEntry> out, String queue, long base, int log2Pages, int bytes, long head, long tail) {
        if (base == 0) {
            return;
        }
        int shift = Integer.numberOfTrailingZeros(bytes);
        Ring ring = Ring.withOneFree(subject.memory(), base, log2Pages + PAGE_SHIFT - shift, bytes, shift);
        out.addAll(QueueEntries.of(queue, ring, head, tail, word0 -> layout(queue, word0)));
    }

    private static StructureLayout layout(String queue, long word0) {
        return queue.startsWith("page") ? QueueDescriptors.PAGE_REQUEST : QueueDescriptors.of(word0);
    }
}
