// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.model.OutputQueue.Outcome;
import org.sluice.kit.register.RegisterFile;

/** The event queue and what is told about it (section 7.2). Thread-safe; messages are noted, and sent by the caller. */
final class EventLog {
    private final RegisterFile registers;
    private final OutputQueue queue;
    private final MessageSource source;
    private final GlobalErrors errors;

    EventLog(RegisterFile registers, OutputQueue queue, MessageSource source, GlobalErrors errors) {
        this.registers = registers;
        this.queue = queue;
        this.source = source;
        this.errors = errors;
    }

    /** Records an event; one that finds no place is lost. */
    void record(long[] words) {
        synchronized (registers) {
            if (put(words) == Outcome.FULL) {
                queue.overflow();
            }
        }
    }

    /** Records that a transaction waits; false if there is no place now, since these are never lost. */
    boolean recordStall(long[] words) {
        synchronized (registers) {
            return put(words) == Outcome.WRITTEN;
        }
    }

    private Outcome put(long[] words) {
        if (ControlRegisters.EVENTS_ENABLE.get(registers.read32(ControlRegisters.CR0.offset())) == 0) {
            return Outcome.ABORTED;
        }
        boolean first = queue.isEmpty();
        Outcome outcome = queue.put(words);
        if (outcome == Outcome.ABORTED) {
            errors.raise(ControlRegisters.EVENT_ABORT);
        } else if (outcome == Outcome.WRITTEN && first) {
            source.raise();
        }
        return outcome;
    }
}
