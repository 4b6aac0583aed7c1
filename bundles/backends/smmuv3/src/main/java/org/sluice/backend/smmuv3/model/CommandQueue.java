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
    private static final int CR0 = ControlRegisters.CR0.offset();
    private static final int BASE = QueueRegisters.CMDQ_BASE.offset();
    private static final int PROD = QueueRegisters.CMDQ_PROD.offset();
    private static final int CONS = QueueRegisters.CMDQ_CONS.offset();

    private final PhysicalMemory memory;
    private final RegisterFile registers;
    private final GlobalErrors errors;
    private final Commands commands;
    private final int mostEntries;
    /** The queue as last found, kept while the base register says the same; only within a run. */
    private Ring ring;
    private long base;

    CommandQueue(PhysicalMemory memory, RegisterFile registers, GlobalErrors errors, Commands commands, int mostEntries) {
        this.memory = memory;
        this.registers = registers;
        this.errors = errors;
        this.commands = commands;
        this.mostEntries = mostEntries;
        long pointer = QueueRegisters.INDEX.put(-1);
        Guarded guarded = new Guarded(registers, () -> !enabled());
        guarded.define(QueueRegisters.CMDQ_BASE, -1L & ~(0x3ffL << 52) | 1L << 62);
        guarded.define(QueueRegisters.CMDQ_CONS, pointer | QueueRegisters.ERROR.put(-1));
        registers.queueTail(PROD, (int) pointer, this::run);
    }

    private boolean enabled() {
        return ControlRegisters.COMMANDS_ENABLE.get(registers.read32(CR0)) != 0;
    }

    /** Base and consumer index are software's only while the queue is off, so what they say need not be read in one piece. */
    @Override
    protected void runToTail() {
        if (!enabled() || errors.active(ControlRegisters.COMMAND_ERROR)) {
            return;
        }
        find(registers.read64(BASE));
        long prod = QueueRegisters.INDEX.get(registers.read32(PROD));
        long cons = QueueRegisters.INDEX.get(registers.read32(CONS));
        while (!ring.isEmpty(cons, prod)) {
            int error = ring.isPresent(cons) ? commands.execute(ring.word(cons, 0), ring.word(cons, 1)) : CommandError.CERROR_ABT.code();
            if (error != Commands.DONE) {
                stop(cons, error);
                return;
            }
            cons = ring.next(cons);
            // Software's writes of the index are undone while the queue is on, so nobody else moves it.
            registers.advance(CONS, (int) cons);
            if (!enabled() || registers.read64(BASE) != base) {
                lookAgain(); // software has had the queue while a command waited for a device
                return;
            }
        }
    }

    private void stop(long cons, int error) {
        synchronized (registers) {
            registers.set(CONS, (int) (QueueRegisters.INDEX.put(cons) | QueueRegisters.ERROR.put(error)));
            errors.raise(ControlRegisters.COMMAND_ERROR);
        }
    }

    private void find(long now) {
        if (ring == null || now != base) {
            ring = OutputQueue.ring(memory, now, mostEntries, Command.BYTES);
            base = now;
        }
    }
}
