// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.function.LongFunction;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.Commands;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.kit.register.Register;
import org.sluice.kit.ring.Ring;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** The command buffer and the three logs: which registers tell where they lie, and what is in them. */
enum Buffer {
    COMMANDS("command-buffer", BaseRegisters.CMDBUF_BASE, BaseRegisters.CMDBUF_HEAD, BaseRegisters.CMDBUF_TAIL, Commands.BYTES, Commands::of),
    EVENTS("event-log", BaseRegisters.EVTLOG_BASE, BaseRegisters.EVTLOG_HEAD, BaseRegisters.EVTLOG_TAIL, LogEntries.EVENT_BYTES,
            word -> LogEntries.EVENT),
    PAGE_REQUESTS("ppr-log", BaseRegisters.PPRLOG_BASE, BaseRegisters.PPRLOG_HEAD, BaseRegisters.PPRLOG_TAIL, LogEntries.PPR_BYTES,
            word -> LogEntries.PPR),
    GUEST_INTERRUPTS("ga-log", BaseRegisters.GALOG_BASE, BaseRegisters.GALOG_HEAD, BaseRegisters.GALOG_TAIL, LogEntries.GA_BYTES,
            word -> LogEntries.GA);

    private final String label;
    private final Register base;
    private final Register head;
    private final Register tail;
    private final int entryBytes;
    private final LongFunction<StructureLayout> layout;

    Buffer(String label, Register base, Register head, Register tail, int entryBytes, LongFunction<StructureLayout> layout) {
        this.label = label;
        this.base = base;
        this.head = head;
        this.tail = tail;
        this.entryBytes = entryBytes;
        this.layout = layout;
    }

    String label() {
        return label;
    }

    Register base() {
        return base;
    }

    Register headRegister() {
        return head;
    }

    Register tailRegister() {
        return tail;
    }

    int entryBytes() {
        return entryBytes;
    }

    /** The layout of an entry by its first word. */
    StructureLayout layout(long word0) {
        return layout.apply(word0);
    }

    /** Where the buffer lies, or null if that is not known or there is none. */
    Ring ring(RegisterPort port, PhysicalMemory memory) {
        if (!port.isKnown(base.offset(), base.bytes())) {
            return null;
        }
        long value = port.read64(base.offset());
        long address = BaseRegisters.BUFFER_BASE.address(value);
        int length = (int) BaseRegisters.BUFFER_LENGTH.get(value);
        return address == 0 || length < BaseRegisters.MIN_LENGTH ? null
                : Ring.withOneFree(memory, address, length, entryBytes, Integer.numberOfTrailingZeros(entryBytes));
    }

    /** Byte offset of the next entry to be read; -1 if it is not known. */
    long head(RegisterPort port) {
        return pointer(port, head);
    }

    /** Byte offset of the next entry to be written; -1 if it is not known. */
    long tail(RegisterPort port) {
        return pointer(port, tail);
    }

    private static long pointer(RegisterPort port, Register register) {
        BitField offset = register.layout().field("Offset").orElseThrow();
        return port.isKnown(register.offset(), register.bytes()) ? offset.address(port.read64(register.offset())) : -1;
    }
}
