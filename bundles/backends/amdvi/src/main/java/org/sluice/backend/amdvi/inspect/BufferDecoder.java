// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.QueueEntry;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;

/** Command buffer, event log, page request log and GA log: what waits, and what is left of earlier entries. */
final class BufferDecoder {
    private final Subject subject;
    private final RegisterPort port;

    BufferDecoder(Subject subject) {
        this.subject = subject;
        this.port = subject.context().registers();
    }

    List<QueueEntry> all() {
        List<QueueEntry> list = new ArrayList<>();
        for (Buffer buffer : Buffer.values()) {
            list.addAll(entries(buffer));
        }
        return list;
    }

    /** Entries of one buffer that were ever written, by position; empty if it is off or its place is not known. */
    List<QueueEntry> entries(Buffer buffer) {
        List<QueueEntry> list = new ArrayList<>();
        Ring ring = buffer.ring(port, subject.memory());
        if (ring == null) {
            return list;
        }
        long head = buffer.head(port);
        long tail = buffer.tail(port);
        int waiting = head < 0 || tail < 0 ? 0 : ring.pending(head, tail);
        for (int i = 0; i < ring.entries(); i++) {
            boolean pending = head >= 0 && (i - ring.index(head) & ring.entries() - 1) < waiting;
            QueueEntry entry = entry(buffer, i, ring.base() + (long) i * buffer.entryBytes(), pending);
            if (entry != null) {
                list.add(entry);
            }
        }
        return list;
    }

    /** Null for what was never written and does not wait. */
    private QueueEntry entry(Buffer buffer, int index, long address, boolean pending) {
        if (subject.memory().presence(address, buffer.entryBytes()) != Presence.PRESENT) {
            return pending ? new QueueEntry(buffer.label(), index, address, true, "", List.of(), List.of(), "not in the image") : null;
        }
        Structure structure = Structure.read(subject.memory(), buffer.layout(subject.memory().readLong(address)), address);
        return structure.isZero() && !pending ? null : new QueueEntry(buffer.label(), index, address, pending, structure.layout().name(),
                structure.words(), structure.decode(), structure.text());
    }
}
