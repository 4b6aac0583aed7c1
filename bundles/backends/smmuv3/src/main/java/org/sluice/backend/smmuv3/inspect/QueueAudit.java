// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.register.Register;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;

/** The queues in use: within RAM, aligned, no longer than the unit allows; commands that wait must be ones that there are. */
final class QueueAudit {
    private static final int PAGE = 4096;

    private final Subject subject;
    private final Findings findings;
    private final RegisterPort port;

    QueueAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
        this.port = subject.context().registers();
    }

    void run() {
        queue(QueueRegisters.CMDQ_BASE, ControlRegisters.COMMANDS_ENABLE, IdRegisters.CMDQS, Command.BYTES);
        queue(QueueRegisters.EVENTQ_BASE, ControlRegisters.EVENTS_ENABLE, IdRegisters.EVENTQS, EventRecord.BYTES);
        queue(QueueRegisters.PRIQ_BASE, ControlRegisters.PAGE_REQUESTS_ENABLE, IdRegisters.PRIQS, EventRecord.PAGE_REQUEST.bytes());
        commands();
    }

    private void queue(Register base, BitField enable, BitField longest, int entryBytes) {
        Register enables = subject.state().enables();
        if (enables == null || subject.state().get(enables, enable) == 0 || !port.isKnown(base.offset(), base.bytes())) {
            return;
        }
        long value = port.read64(base.offset());
        long log2 = QueueRegisters.LOG2SIZE.get(value);
        long address = QueueRegisters.ADDRESS.address(value);
        long bytes = (long) entryBytes << log2;
        if (subject.state().knows(IdRegisters.IDR1) && log2 > subject.state().get(IdRegisters.IDR1, longest)) {
            defect(base, "queue-too-large", value, "LOG2SIZE=" + log2 + " is more than IDR1." + longest.name() + "="
                    + subject.state().get(IdRegisters.IDR1, longest));
        }
        if ((address & bytes - 1) != 0) {
            defect(base, "queue-misaligned", value, "the queue at " + Hex.of(address) + " is not aligned to its size of " + Hex.of(bytes) + " bytes");
        }
        for (long page = address & -bytes, end = page + bytes; page < end; page += PAGE) {
            if (subject.memory().presence(page, entryBytes) == Presence.OUTSIDE) {
                defect(base, "queue-outside-ram", value, "the queue from " + Hex.of(address) + " is not in RAM at " + Hex.of(page));
                return;
            }
        }
    }

    private void defect(Register base, String kind, long value, String rule) {
        findings.defect(null, kind, base.offset(), List.of(value), rule, base.layout());
    }

    private void commands() {
        QueueReader reader = QueueReader.of(subject, QueueRegisters.CMDQ_BASE, QueueRegisters.CMDQ_PROD, QueueRegisters.CMDQ_CONS, Command.BYTES);
        if (reader == null) {
            return;
        }
        reader.visit((index, address, pending, words) -> {
            if (pending && words == null) {
                findings.unknown(address);
            } else if (pending && Command.of(words[0]) == null) {
                findings.defect(null, "command-illegal", address, List.of(words[0], words[1]), "command " + index + " waits with opcode "
                        + Hex.of(words[0] & 0xff) + ", which is none", Command.SYNC.layout());
            }
        });
    }
}
