// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.backend.amdvi.lookup.EventDecoder;
import org.sluice.kit.layout.Structure;

/** The event log as faults. A record that software has read keeps its content until it is written over; it is told as such. */
final class EventLog {
    private final Subject subject;

    EventLog(Subject subject) {
        this.subject = subject;
    }

    List<FaultRecord> records() {
        List<FaultRecord> list = new ArrayList<>();
        for (QueueEntry entry : new BufferDecoder(subject).entries(Buffer.EVENTS)) {
            if (!entry.words().isEmpty()) {
                Structure record = Structure.of(LogEntries.EVENT, entry.address(), entry.words().get(0), entry.words().get(1));
                list.add(EventDecoder.decode(subject.unit(), entry.index(), record, entry.pending(), subject::device));
            }
        }
        return list;
    }
}
