// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.RegisterPort;

/**
 * The register file of a unit and what its control registers do (section 6.3): enables with their acknowledgement, attributes of
 * bypass, the place of the stream table. Each update is done when its write returns. Queues and errors define their own registers.
 */
final class ControlUnit {
    /** Where a queue lies; its size below has no reset value, and QEMU's is the largest (section 6.3.26). */
    private static final long QUEUE_ADDRESS = 0x000f_ffff_ffff_ffe0L;
    /** Pages 0 and 1, up to the last register of page 1. */
    private static final int BYTES = 0x1_00d0;
    private static final int COMPONENT_IDS = 0xfd0;
    private static final int CR0 = ControlRegisters.CR0.offset();
    private static final int CR1 = ControlRegisters.CR1.offset();
    private static final int GBPA = ControlRegisters.GBPA.offset();
    private static final int IRQ_CTRL = ControlRegisters.IRQ_CTRL.offset();
    private static final int WIDEST_MODELLED = 6;
    /** Fields of GBPA that keep what is written. */
    private static final int BYPASS_FIELDS = 0x1f_3f1f & ~0xc000;

    private static final List<Register> TOLD = List.of(IdRegisters.IDR2, IdRegisters.IDR4, IdRegisters.IIDR, IdRegisters.AIDR);

    private final RegisterFile registers = new RegisterFile(BYTES);
    private final UnitState identity;
    private final Runnable enabled;
    private final Runnable changed;

    /**
     * @param told identification, and GBPA after reset
     * @param enabled called when CR0 was written
     * @param changed called when it has changed what happens to transactions
     */
    ControlUnit(RegisterPort told, Runnable enabled, Runnable changed) {
        this.enabled = enabled;
        this.changed = changed;
        identity = new UnitState(identify(told));
        for (int at = COMPONENT_IDS; at < COMPONENT_IDS + 0x30; at += Integer.BYTES) {
            registers.define(at, told.isKnown(at, Integer.BYTES) ? told.read32(at) : 0, 0, 0);
        }
        define(told.read32(GBPA) & BYPASS_FIELDS);
    }

    /** Whether all registers that matter are known and as after reset: of a unit of which less is known, nothing is made up. */
    static boolean isReset(RegisterPort told) {
        Register[] registers = {IdRegisters.IDR0, IdRegisters.IDR1, IdRegisters.IDR3, IdRegisters.IDR5, IdRegisters.AIDR, ControlRegisters.CR0,
            ControlRegisters.GBPA, ControlRegisters.STRTAB_BASE, QueueRegisters.CMDQ_BASE};
        return Arrays.stream(registers).allMatch(r -> told.isKnown(r.offset(), r.bytes())) && told.read32(CR0) == 0
                && told.read64(ControlRegisters.STRTAB_BASE.offset()) == 0 && (told.read64(QueueRegisters.CMDQ_BASE.offset()) & QUEUE_ADDRESS) == 0;
    }

    /** What the machine says of the unit, less what is not modelled. */
    private Map<Register, Long> identify(RegisterPort told) {
        Map<Register, Long> values = new HashMap<>();
        for (Register register : TOLD) {
            values.put(register, told.isKnown(register.offset(), Integer.BYTES) ? told.read32(register.offset()) & 0xffff_ffffL : 0);
        }
        long idr0 = told.read32(IdRegisters.IDR0.offset()) & ~IdRegisters.IDR0_NOT_MODELLED & ~IdRegisters.TTF.put(1);
        boolean ats = IdRegisters.ATS.get(idr0) != 0;
        values.put(IdRegisters.IDR0, (idr0 | IdRegisters.NS1ATS.put(ats ? 1 : 0)) & 0xffff_ffffL);
        values.put(IdRegisters.IDR1, told.read32(IdRegisters.IDR1.offset()) & ~IdRegisters.IDR1_NOT_MODELLED & 0xffff_ffffL);
        values.put(IdRegisters.IDR3, told.read32(IdRegisters.IDR3.offset()) & ~IdRegisters.IDR3_NOT_MODELLED & 0xffff_ffffL);
        long idr5 = told.read32(IdRegisters.IDR5.offset()) & ~IdRegisters.D128.put(1) & 0xffff_ffffL;
        long size = Math.min(WIDEST_MODELLED, IdRegisters.OAS.get(idr5));
        values.put(IdRegisters.IDR5, idr5 & ~IdRegisters.OAS.put(-1) | IdRegisters.OAS.put(size));
        values.forEach((register, value) -> registers.define(register.offset(), value.intValue(), 0, 0));
        return values;
    }

    private void define(int bypass) {
        boolean ats = has(IdRegisters.ATS);
        boolean requests = has(IdRegisters.PRI);
        long enables = ControlRegisters.SMMU_ENABLE.put(1) | ControlRegisters.EVENTS_ENABLE.put(1) | ControlRegisters.COMMANDS_ENABLE.put(1)
                | ControlRegisters.PAGE_REQUESTS_ENABLE.put(requests ? 1 : 0) | ControlRegisters.ATS_CHECK.put(ats ? 1 : 0);
        long interrupts = ControlRegisters.ERROR_INTERRUPT.put(1) | ControlRegisters.EVENT_INTERRUPT.put(1)
                | ControlRegisters.PAGE_REQUEST_INTERRUPT.put(requests ? 1 : 0);
        registers.define(CR0, 0, (int) enables, 0).onWrite(CR0, (before, written) -> enable(before))
                .define(ControlRegisters.CR0ACK.offset(), 0, 0, 0)
                .define(CR1, 0, (int) (attributes(true) | attributes(false)), 0).onWrite(CR1, (before, written) -> attribute(before, written))
                .define(GBPA, bypass, BYPASS_FIELDS, 0).onWrite(GBPA, this::bypass)
                .define(IRQ_CTRL, 0, (int) interrupts, 0)
                .define(ControlRegisters.IRQ_CTRLACK.offset(), 0, 0, 0)
                .onWrite(IRQ_CTRL, (before, written) -> registers.set(ControlRegisters.IRQ_CTRLACK.offset(), registers.read32(IRQ_CTRL)));
        Guarded guarded = new Guarded(registers, () -> off(ControlRegisters.SMMU_ENABLE));
        guarded.define(ControlRegisters.CR2, ControlRegisters.RECORD_BAD_STREAM.put(1) | ControlRegisters.PRIVATE_MAINTENANCE.put(1)
                | ControlRegisters.EL2_HOST.put(has(IdRegisters.HYP) ? 1 : 0)
                | ControlRegisters.RECORD_ATS_CONFIGURATION.put(has(IdRegisters.ATSRECERR) ? 1 : 0));
        guarded.define(ControlRegisters.STRTAB_BASE, ControlRegisters.TABLE_ADDRESS.put(-1) | 1L << 62);
        guarded.define(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.LOG2SIZE.put(-1) | ControlRegisters.SPLIT.put(-1)
                | ControlRegisters.FORMAT.put(-1));
    }

    private boolean has(BitField flag) {
        return identity.get(IdRegisters.IDR0, flag) != 0;
    }

    RegisterFile registers() {
        return registers;
    }

    /** The unit's identification registers. */
    UnitState identity() {
        return identity;
    }

    /** The registers that decide about transactions, as they are. */
    UnitState state() {
        synchronized (registers) {
            return UnitState.read(registers);
        }
    }

    /** Whether something in CR0 is switched off. */
    boolean off(BitField enable) {
        return enable.get(registers.read32(CR0)) == 0;
    }

    private void enable(int before) {
        int now = registers.read32(CR0);
        registers.set(ControlRegisters.CR0ACK.offset(), now);
        if (now != before) {
            changed.run();
        }
        enabled.run();
    }

    private static long attributes(boolean queues) {
        return queues ? ControlRegisters.QUEUE_INNER.put(-1) | ControlRegisters.QUEUE_OUTER.put(-1) | ControlRegisters.QUEUE_SHARE.put(-1)
                : ControlRegisters.TABLE_INNER.put(-1) | ControlRegisters.TABLE_OUTER.put(-1) | ControlRegisters.TABLE_SHARE.put(-1);
    }

    /** Attributes of queues change while all queues are off, those of tables while translation is. */
    private void attribute(int before, int written) {
        boolean queues = off(ControlRegisters.COMMANDS_ENABLE) && off(ControlRegisters.EVENTS_ENABLE) && off(ControlRegisters.PAGE_REQUESTS_ENABLE);
        long open = (queues ? attributes(true) : 0) | (off(ControlRegisters.SMMU_ENABLE) ? attributes(false) : 0);
        registers.set(CR1, (int) (before & ~open | written & open));
    }

    /** A write without Update is ignored; one with it is done at once. */
    private void bypass(int before, int written) {
        if (ControlRegisters.BYPASS_UPDATE.get(written) == 0) {
            registers.set(GBPA, before);
        } else {
            changed.run();
        }
    }
}
