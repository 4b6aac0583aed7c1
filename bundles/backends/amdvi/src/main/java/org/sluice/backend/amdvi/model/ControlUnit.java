// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.Registers;
import org.sluice.kit.register.Messages;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/**
 * The register file of a unit (section 3.4) and what CONTROL switches: the unit itself, its logs and its command buffer. Hooks run under
 * the register file's monitor.
 */
final class ControlUnit {
    private static final int CONTROL = ControlRegisters.CONTROL.offset();
    private static final long PAGE_OFFSET = 0xfff;
    private static final long SEGMENT_SIZE = 0xff;

    private final RegisterFile registers = new RegisterFile(Registers.BLOCK_BYTES);
    private final LogBuffer events;
    private final LogBuffer pageRequests;
    private final LogBuffer guestInterrupts;
    private final OwnInterrupts interrupts;
    private CommandBuffer commands;

    /**
     * @param told the machine's registers, which tell its features
     * @param tables called when tables lie elsewhere, with the register file's monitor
     * @param settings called when more than that has changed
     */
    ControlUnit(RegisterPort told, PhysicalMemory memory, Messages messages, Runnable tables, Runnable settings) {
        long efr = told.read64(ControlRegisters.EFR.offset()) & ~ControlRegisters.EFR_NOT_MODELLED;
        int more = ControlRegisters.EFR2.offset();
        long efr2 = told.isKnown(more, Long.BYTES) ? told.read64(more) & ControlRegisters.INDEX_MODES.put(-1) : 0;
        define(efr, efr2, tables, settings);
        interrupts = new OwnInterrupts(registers, messages, efr);
        events = new LogBuffer(memory, registers, LogBuffer.EVENTS,
                () -> interrupts.raise(ControlRegisters.EVENT_INTERRUPT, ControlRegisters.XT_GENERAL));
        pageRequests = new LogBuffer(memory, registers, LogBuffer.PAGE_REQUESTS,
                () -> interrupts.raise(ControlRegisters.PPR_INTERRUPT, ControlRegisters.XT_PPR));
        guestInterrupts = new LogBuffer(memory, registers, LogBuffer.GUEST_INTERRUPTS, () -> guestInterruptNoted(memory));
    }

    /** Whether all registers that matter are known and as after reset: of a unit of which less is known, nothing is made up. */
    static boolean isReset(RegisterPort told) {
        List<Register> needed = List.of(ControlRegisters.CONTROL, ControlRegisters.EFR, BaseRegisters.DEVTAB_BASE);
        return needed.stream().allMatch(r -> told.isKnown(r.offset(), r.bytes())) && told.read64(CONTROL) == 0
                && told.read64(BaseRegisters.DEVTAB_BASE.offset()) == 0;
    }

    private void define(long efr, long efr2, Runnable tables, Runnable settings) {
        long base = BaseRegisters.TABLE_BASE.put(-1);
        table(BaseRegisters.DEVTAB_BASE, base | BaseRegisters.TABLE_SIZE.put(-1), tables);
        if (ControlRegisters.SEGMENTS_SUPPORTED.get(efr) != 0) {
            BaseRegisters.SEGMENTS.forEach(segment -> table(segment, base | SEGMENT_SIZE, tables));
        }
        registers.define64(CONTROL, 0, ControlRegisters.controlMask(efr, efr2), 0)
                .onWrite(CONTROL, (before, written) -> controlled(settings))
                .onWrite(CONTROL + Integer.BYTES, (before, written) -> controlled(settings))
                .define64(ControlRegisters.EFR.offset(), efr, 0, 0)
                .define64(ControlRegisters.EFR2.offset(), efr2, 0, 0);
        table(BaseRegisters.EXCL_BASE, BaseRegisters.EXCLUSION_BASE.put(-1) | BaseRegisters.EXCLUSION_ENABLED.put(1)
                | BaseRegisters.EXCLUSION_FOR_ALL.put(1), settings);
        table(BaseRegisters.EXCL_LIMIT, BaseRegisters.EXCLUSION_LIMIT.put(-1), settings);
        registers.define(BaseRegisters.EXCL_LIMIT.offset(), (int) PAGE_OFFSET, (int) BaseRegisters.EXCLUSION_LIMIT.put(-1), 0);
        if (ControlRegisters.GUEST_APIC_SUPPORTED.get(efr) != 0) {
            registers.define64(BaseRegisters.GALOG_TAIL_ADDR.offset(), 0, BaseRegisters.TAIL_ADDRESS.put(-1), 0);
        }
        registers.define(ControlRegisters.STATUS.offset(), 0, 0, (int) clearable());
    }

    private static long clearable() {
        long bits = 0;
        for (BitField bit : List.of(ControlRegisters.EVENT_OVERFLOW, ControlRegisters.EVENT_NOTED, ControlRegisters.WAIT_DONE,
                ControlRegisters.PPR_OVERFLOW, ControlRegisters.PPR_NOTED, ControlRegisters.GA_OVERFLOW, ControlRegisters.GA_NOTED)) {
            bits |= bit.put(1);
        }
        return bits;
    }

    private void table(Register register, long mask, Runnable changed) {
        registers.define64(register.offset(), 0, mask, 0).onWrite(register.offset(), (before, written) -> changed.run())
                .onWrite(register.offset() + Integer.BYTES, (before, written) -> changed.run());
    }

    /** What CONTROL switches runs only while the unit itself is on. */
    private void controlled(Runnable settings) {
        long control = registers.read64(CONTROL);
        boolean on = ControlRegisters.ENABLED.get(control) != 0;
        settings.run();
        events.enable(on && ControlRegisters.EVENT_LOG.get(control) != 0);
        pageRequests.enable(on && ControlRegisters.PPR_LOG.get(control) != 0);
        guestInterrupts.enable(on && ControlRegisters.GA_LOG.get(control) != 0);
        commands.enable(on && ControlRegisters.COMMANDS.get(control) != 0);
    }

    /** The GA log's tail is also kept in memory, for hypervisors that look there. */
    private void guestInterruptNoted(PhysicalMemory memory) {
        long address = BaseRegisters.TAIL_ADDRESS.address(registers.read64(BaseRegisters.GALOG_TAIL_ADDR.offset()));
        MemoryWindow window = memory.window(address);
        if (address != 0 && window != null && window.isWritable()) {
            window.setLong(address, guestInterrupts.tail());
        }
        interrupts.raise(ControlRegisters.GA_INTERRUPT, ControlRegisters.XT_GA);
    }

    /** The command buffer, which needs what is made of these registers first. */
    void connect(CommandBuffer buffer) {
        commands = buffer;
    }

    RegisterFile registers() {
        return registers;
    }

    OwnInterrupts interrupts() {
        return interrupts;
    }

    LogBuffer events() {
        return events;
    }

    LogBuffer pageRequests() {
        return pageRequests;
    }

    LogBuffer guestInterrupts() {
        return guestInterrupts;
    }
}
