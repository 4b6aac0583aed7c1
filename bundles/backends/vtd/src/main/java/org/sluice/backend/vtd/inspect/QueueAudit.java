// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.QueueRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.inspect.Findings;
import org.sluice.machine.Hex;
import org.sluice.machine.RegisterPort;

/** The queues in use: in RAM as a whole, pointers inside. */
final class QueueAudit {
    private final Subject subject;
    private final Findings findings;
    private final RegisterPort port;

    QueueAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
        this.port = subject.context().registers();
    }

    void run() {
        if (subject.state().status(ControlRegisters.QUEUE_ON) && known(QueueRegisters.IQA)) {
            long iqa = port.read64(QueueRegisters.IQA.offset());
            queue(QueueRegisters.IQA, QueueRegisters.BASE, QueueRegisters.SIZE);
            pointer(QueueRegisters.IQT, QueueRegisters.TAIL, (long) Vtd.PAGE_BYTES << QueueRegisters.SIZE.get(iqa));
            pointer(QueueRegisters.IQH, QueueRegisters.HEAD, (long) Vtd.PAGE_BYTES << QueueRegisters.SIZE.get(iqa));
        }
        if (subject.state().ecap(CapabilityRegisters.PRS) && known(QueueRegisters.PQA)
                && QueueRegisters.PAGE_BASE.address(port.read64(QueueRegisters.PQA.offset())) != 0) {
            queue(QueueRegisters.PQA, QueueRegisters.PAGE_BASE, QueueRegisters.PAGE_SIZE);
        }
    }

    private boolean known(Register register) {
        return port.isKnown(register.offset(), register.bytes());
    }

    private void queue(Register register, BitField base, BitField size) {
        long value = port.read64(register.offset());
        for (int page = 0; page < 1 << size.get(value); page++) {
            long address = base.address(value) + (long) page * Vtd.PAGE_BYTES;
            switch (subject.memory().presence(address, Vtd.PAGE_BYTES)) {
                case UNKNOWN -> findings.unknown(address);
                case OUTSIDE -> {
                    defect(register, "queue-outside-ram", value, "page " + page + " of the queue, at " + Hex.of(address) + ", is not in RAM");
                    return;
                }
                default -> { }
            }
        }
    }

    private void pointer(Register register, BitField offset, long bytes) {
        if (known(register) && offset.address(port.read64(register.offset())) >= bytes) {
            long value = port.read64(register.offset());
            defect(register, "queue-pointer-beyond", value, register.name() + " is beyond the " + Hex.of(bytes) + " bytes of the queue");
        }
    }

    private void defect(Register register, String kind, long value, String rule) {
        findings.defect(null, kind, register.offset(), List.of(value), rule, register.layout());
    }
}
