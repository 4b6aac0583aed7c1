// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;

import org.sluice.api.QueueEntry;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.Register;
import org.sluice.machine.Hex;
import org.sluice.machine.RegisterPort;

/** The command buffer and the logs in use: in RAM as a whole, pointers inside, commands that wait well-formed. Registers too. */
final class BufferAudit {
    private final Subject subject;
    private final Findings findings;
    private final RegisterPort port;

    BufferAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
        this.port = subject.context().registers();
    }

    void run() {
        for (Buffer buffer : Buffer.values()) {
            if (known(buffer.base()) && BaseRegisters.BUFFER_BASE.address(value(buffer.base())) != 0) {
                buffer(buffer);
            }
        }
        for (QueueEntry entry : new BufferDecoder(subject).entries(Buffer.COMMANDS)) {
            if (entry.pending() && !entry.words().isEmpty()) {
                command(Structure.of(Commands.of(entry.words().get(0)), entry.address(), entry.words().get(0), entry.words().get(1)));
            }
        }
    }

    private boolean known(Register register) {
        return port.isKnown(register.offset(), register.bytes());
    }

    private long value(Register register) {
        return port.read64(register.offset());
    }

    private void buffer(Buffer buffer) {
        long base = value(buffer.base());
        long length = BaseRegisters.BUFFER_LENGTH.get(base);
        findings.looked(1);
        if (length < BaseRegisters.MIN_LENGTH) {
            defect(buffer.base(), "buffer-length-reserved", "a length code of " + length + " is reserved");
            return;
        }
        long bytes = (long) buffer.entryBytes() << length;
        for (long at = 0; at < bytes; at += AmdVi.PAGE_BYTES) {
            long address = BaseRegisters.BUFFER_BASE.address(base) + at;
            switch (subject.memory().presence(address, (int) Math.min(bytes, AmdVi.PAGE_BYTES))) {
                case UNKNOWN -> findings.unknown(address);
                case OUTSIDE -> {
                    defect(buffer.base(), "queue-outside-ram", "the " + buffer.label() + " from " + Hex.of(address) + " on is not in RAM");
                    return;
                }
                default -> { }
            }
        }
        pointer(buffer.headRegister(), buffer.head(port), bytes);
        pointer(buffer.tailRegister(), buffer.tail(port), bytes);
    }

    private void pointer(Register register, long offset, long bytes) {
        if (offset >= bytes) {
            defect(register, "queue-pointer-beyond", register.name() + " is beyond the " + Hex.of(bytes) + " bytes of the buffer");
        }
    }

    private void defect(Register register, String kind, String rule) {
        findings.defect(null, kind, register.offset(), List.of(value(register)), rule, register.layout());
    }

    /** What the unit will refuse when it comes to it (ILLEGAL_COMMAND_ERROR). */
    private void command(Structure command) {
        if (command.layout() == Commands.UNKNOWN) {
            findings.defect(null, "illegal-command", command, "opcode " + command.get(Commands.OPCODE) + " has no meaning");
        } else if (command.reservedViolation() != null) {
            findings.defect(null, "illegal-command", command, "reserved bits of " + command.layout().name() + " are set");
        }
    }
}
