// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.CommandError;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.RegisterFile;
import org.sluice.kit.ring.QueueRunner;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.PhysicalMemory;

/**
 * The command queue (section 3.5): commands are executed in order; one that fails stops the queue with its number in
 * SMMU_CMDQ_CONS.ERR until software acknowledges the global error (section 7.1). Runs outside the register file's monitor, because a
 * command may have to ask devices. Thread-safe.
 */
final class CommandQueue extends QueueRunner {
    /** The tail, and the bits of it that are the pointer. */
    static final int PROD = QueueRegisters.CMDQ_PROD.offset();
    static final int POINTER = (int) QueueRegisters.INDEX.put(-1);

    private static final int CR0 = ControlRegisters.CR0.offset();
    private static final int BASE = QueueRegisters.CMDQ_BASE.offset();
    private static final int CONS = QueueRegisters.CMDQ_CONS.offset();

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final GlobalErrors errors;
    private final Commands commands;
    private final int mostEntries;
    /** The queue as it was prepared for, and how far it is, as CONS tells; only within a run. */
    private Ring ring;
    private long cons;

    CommandQueue(PhysicalMemory memory, RegisterFile registers, GlobalErrors errors, Commands commands, int mostEntries) {
        this.memory = memory;
        this.registers = registers;
        this.errors = errors;
        this.commands = commands;
        this.mostEntries = mostEntries;
        Guarded guarded = new Guarded(registers, () -> !enabled());
        guarded.define(QueueRegisters.CMDQ_BASE, -1L & ~(0x3ffL << 52) | 1L << 62);
        guarded.define(QueueRegisters.CMDQ_CONS, POINTER | QueueRegisters.ERROR.put(-1));
    }

    private boolean enabled() {
        return ControlRegisters.COMMANDS_ENABLE.get(registers.read32(CR0)) != 0;
    }

    /** Base and consumer index are software's only while the queue is off: writes are undone under the monitor while it is on. */
    @Override
    protected boolean prepare() {
        synchronized (registers) {
            if (!enabled() || errors.active(ControlRegisters.COMMAND_ERROR)) {
                return false;
            }
            ring = OutputQueue.ring(memory, registers.read64(BASE), mostEntries, Command.BYTES);
            cons = QueueRegisters.INDEX.get(registers.read32(CONS));
            return true;
        }
    }

    @Override
    protected void runToTail() {
        long prod = registers.read32(PROD);
        while (!ring.isEmpty(cons, prod)) {
            int error = ring.isPresent(cons) ? commands.execute(ring.word(cons, 0), ring.word(cons, 1)) : CommandError.CERROR_ABT.code();
            if (error != Commands.DONE) {
                stop(error);
                return;
            }
            cons = ring.next(cons);
            registers.advance(CONS, (int) cons);
            if (!isCurrent()) {
                lookAgain(); // software may have had the queue while a command waited for a device
                return;
            }
        }
    }

    private void stop(int error) {
        synchronized (registers) {
            registers.set(CONS, (int) (QueueRegisters.INDEX.put(cons) | QueueRegisters.ERROR.put(error)));
            errors.raise(ControlRegisters.COMMAND_ERROR);
            changed();
        }
    }
}
