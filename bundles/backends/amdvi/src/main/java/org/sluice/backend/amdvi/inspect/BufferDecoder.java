// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.QueueEntry;
import org.sluice.kit.inspect.QueueEntries;
import org.sluice.kit.ring.Ring;
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
        Ring ring = buffer.ring(port, subject.memory());
        return ring == null ? List.of() : QueueEntries.of(buffer.label(), ring, buffer.head(port), buffer.tail(port), buffer::layout);
    }
}
