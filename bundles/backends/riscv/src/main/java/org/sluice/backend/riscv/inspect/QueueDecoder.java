// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.backend.riscv.layout.QueueRecords;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.Register;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;

/**
 * The three queues (chapter 3), oldest entry first: those that wait, and those that the other side has taken and nothing has
 * overwritten yet. Recorded faults are those of the fault queue.
 */
final class QueueDecoder {
    private static final int COMMAND_BYTES = 16;
    private static final int PAGE = 4096;
    /** LOG2SZ-1 may say 2^32; no image holds so many. */
    private static final int MAX_LOG2 = 20;
    private static final String[] ACCESSES = {"", "x", "r", "w", "", "x", "r", "w"};

    private final Subject subject;

    QueueDecoder(Subject subject) {
        this.subject = subject;
    }

    List<QueueEntry> all() {
        List<QueueEntry> list = new ArrayList<>();
        read(list, "command-queue", COMMAND_BYTES, Registers.COMMAND_BASE, Registers.COMMAND_HEAD, Registers.COMMAND_TAIL);
        read(list, "fault-queue", QueueRecords.FAULT.bytes(), Registers.FAULT_BASE, Registers.FAULT_HEAD, Registers.FAULT_TAIL);
        read(list, "page-request-queue", QueueRecords.REQUEST.bytes(), Registers.REQUEST_BASE, Registers.REQUEST_HEAD, Registers.REQUEST_TAIL);
        return list;
    }

    private void read(List<QueueEntry> out, String name, int bytes, Register base, Register head, Register tail) {
        Long value = Registers.read(base, subject.context().registers());
        Long from = Registers.read(head, subject.context().registers());
        Long to = Registers.read(tail, subject.context().registers());
        // Without fctl the byte order is not known.
        if (value == null || value == 0 || subject.state().features() == null) {
            return;
        }
        int log2 = Math.min(MAX_LOG2, (int) Registers.QUEUE_SIZE.get(value) + 1);
        Ring ring = Ring.withOneFree(subject.memory(), Riscv.page(Registers.QUEUE_PAGE.get(value)), log2, bytes, 0);
        int waiting = from == null || to == null ? 0 : ring.pending(from, to);
        for (int i = 0; i < ring.entries(); i++) {
            int index = ring.index((to == null ? 0 : to) + i);
            boolean pending = from != null && (index - ring.index(from) & ring.entries() - 1) < waiting;
            long address = ring.address(index);
            if (subject.memory().presence(address, ring.entryBytes()) == Presence.PRESENT) {
                QueueEntry entry = entry(name, ring, index, pending);
                if (entry != null) {
                    out.add(entry);
                }
            } else {
                if (pending) {
                    out.add(new QueueEntry(name, index, address, true, "", List.of(), List.of(), "not in the image, nor the rest of its page"));
                }
                // Entries that wait stand last, and the first of them is not passed over.
                int end = pending ? ring.entries() : ring.entries() - waiting;
                i = Math.max(i, Math.min(i + (int) ((PAGE - 1 - address % PAGE) / bytes), end - 1));
            }
        }
    }

    /** An entry that the image holds; null if it was never written. */
    private QueueEntry entry(String queue, Ring ring, int index, boolean pending) {
        long address = ring.address(index);
        long[] words = new long[ring.entryBytes() / Long.BYTES];
        long any = 0;
        for (int i = 0; i < words.length; i++) {
            long word = ring.word(index, i);
            words[i] = subject.state().bigEndian() ? Long.reverseBytes(word) : word;
            any |= word;
        }
        if (any == 0 && !pending) {
            return null;
        }
        StructureLayout layout = queue.startsWith("command") ? QueueRecords.command(words[0]) : queue.startsWith("fault") ? QueueRecords.FAULT : QueueRecords.REQUEST;
        if (layout == null) {
            return new QueueEntry(queue, index, address, pending, "", List.of(words[0], words[1]), List.of(), "opcode " + (words[0] & 0x7f) + " is no command");
        }
        Structure structure = Structure.of(layout, address, words);
        return new QueueEntry(queue, index, address, pending, layout.name(), structure.words(), structure.decode(), structure.text());
    }

    List<FaultRecord> faults() {
        List<QueueEntry> records = new ArrayList<>();
        read(records, "fault-queue", QueueRecords.FAULT.bytes(), Registers.FAULT_BASE, Registers.FAULT_HEAD, Registers.FAULT_TAIL);
        List<FaultRecord> list = new ArrayList<>();
        for (QueueEntry record : records) {
            if (!record.words().isEmpty() && QueueRecords.CAUSE.get(record.words()) != 0) {
                list.add(fault(record));
            }
        }
        return list;
    }

    private FaultRecord fault(QueueEntry record) {
        List<Long> words = record.words();
        int pasid = QueueRecords.PV.get(words) != 0 ? (int) QueueRecords.PID.get(words) : TranslationRequest.NO_PASID;
        int type = (int) QueueRecords.TYPE.get(words);
        long guest = QueueRecords.GUEST_ADDRESS.get(words);
        String text = QueueRecords.TYPE.meaningOf(type) + (guest == 0 ? "" : ", guest address " + Hex.of(guest & ~3L))
                + (record.pending() ? "" : " (already read by software)");
        return new FaultRecord(subject.unit(), record.index(), subject.device(QueueRecords.DID.get(words)), pasid, QueueRecords.ADDRESS.get(words),
                type < ACCESSES.length ? ACCESSES[type] : "", Cause.fault((int) QueueRecords.CAUSE.get(words)), text);
    }
}
