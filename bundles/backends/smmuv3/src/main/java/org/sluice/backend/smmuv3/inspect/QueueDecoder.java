// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.lookup.EventDecoder;
import org.sluice.kit.inspect.QueueEntries;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** Command queue, event queue and page request queue, decoded; recorded faults are those of the event queue. */
final class QueueDecoder {
    private final Subject subject;

    QueueDecoder(Subject subject) {
        this.subject = subject;
    }

    List<QueueEntry> all() {
        List<QueueEntry> list = new ArrayList<>();
        decode(list, "command-queue", commands(), words -> {
            Command command = Command.of(words[0]);
            return command == null ? -1 : command.ordinal();
        });
        decode(list, "event-queue", events(), words -> 0);
        decode(list, "page-request-queue", QueueReader.of(subject, QueueRegisters.PRIQ_BASE, QueueRegisters.PRIQ_PROD, QueueRegisters.PRIQ_CONS,
                EventRecord.PAGE_REQUEST.bytes()), words -> 0);
        return list;
    }

    private QueueReader commands() {
        return QueueReader.of(subject, QueueRegisters.CMDQ_BASE, QueueRegisters.CMDQ_PROD, QueueRegisters.CMDQ_CONS, Command.BYTES);
    }

    private QueueReader events() {
        return QueueReader.of(subject, QueueRegisters.EVENTQ_BASE, QueueRegisters.EVENTQ_PROD, QueueRegisters.EVENTQ_CONS, EventRecord.BYTES);
    }

    private static void decode(List<QueueEntry> out, String queue, QueueReader reader, ToIntFunction<long[]> kind) {
        if (reader == null) {
            return;
        }
        reader.visit((index, address, pending, words) -> {
            if (words == null) {
                out.add(QueueEntries.absent(queue, index, address));
                return;
            }
            StructureLayout layout = layout(queue, words[0], kind.applyAsInt(words));
            if (layout == null) {
                out.add(new QueueEntry(queue, index, address, pending, "", List.of(words[0], words[1]), List.of(),
                        "opcode " + Hex.of(words[0] & 0xff) + " is no command"));
                return;
            }
            out.add(QueueEntries.decoded(queue, index, pending, Structure.of(layout, address, words)));
        });
    }

    private static StructureLayout layout(String queue, long first, int kind) {
        if (queue.startsWith("event")) {
            return EventRecord.of((int) EventRecord.TYPE.get(first));
        }
        return queue.startsWith("page") ? EventRecord.PAGE_REQUEST : kind < 0 ? null : Command.values()[kind].layout();
    }

    /** Events that the queue still holds, oldest first; those that software has read stay until they are overwritten. */
    List<FaultRecord> faults() {
        List<FaultRecord> list = new ArrayList<>();
        QueueReader reader = events();
        if (reader != null) {
            reader.visit((index, address, pending, words) -> {
                if (words != null && EventRecord.TYPE.get(words[0]) != 0) {
                    list.add(EventDecoder.decode(subject.unit(), index, pending, Structure.of(EventRecord.of((int) EventRecord.TYPE.get(words[0])), address, words),
                            subject.streams()));
                }
            });
        }
        return list;
    }
}
