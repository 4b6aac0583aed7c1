// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterWords;
import org.sluice.machine.RegisterPort;

/**
 * The registers that decide how transactions are treated, read once. Immutable.
 *
 * <p>Control registers must be known before an answer rests on them: {@link #knows}. Identification registers are different: they
 * say what software may use, and a structure in use is evidence that the unit has what it uses. One that is not known therefore
 * refuses nothing. It matters only for structures that no unit of that kind would accept, and those stay refused by the fields
 * that are reserved for every unit.
 */
public final class UnitState {
    /** Address sizes by number (IDR5.OAS, CD.IPS, STE.S2PS); 7 is 56 bits with 128-bit descriptors only. */
    private static final int[] SIZES = {32, 36, 40, 42, 44, 48, 52, 52};
    private static final int MAX_STREAM_BITS = 32;
    private static final int MAX_SUBSTREAM_BITS = 20;
    /** Table formats, bits of IDR0.TTF. */
    private static final int AARCH32 = 1;
    private static final int AARCH64 = 2;

    private static final List<Register> READ = List.of(IdRegisters.IDR0, IdRegisters.IDR1, IdRegisters.IDR3, IdRegisters.IDR5,
            IdRegisters.AIDR, ControlRegisters.CR0, ControlRegisters.CR0ACK, ControlRegisters.CR2, ControlRegisters.GBPA,
            ControlRegisters.STRTAB_BASE, ControlRegisters.STRTAB_BASE_CFG);

    private final Map<Register, Long> values;

    /** @param values known registers among those that matter here */
    public UnitState(Map<Register, Long> values) {
        this.values = Map.copyOf(values);
    }

    public static UnitState read(RegisterPort port) {
        Map<Register, Long> values = new HashMap<>();
        for (Register register : READ) {
            if (port.isKnown(register.offset(), register.bytes())) {
                values.put(register, RegisterWords.read(port, register.offset(), register.bytes()));
            }
        }
        return new UnitState(values);
    }

    public boolean knows(Register register) {
        return values.containsKey(register);
    }

    /** A field of a register; 0 if the register is not known. */
    public long get(Register register, BitField field) {
        return field.get(values.getOrDefault(register, 0L));
    }

    /** The address in a register; 0 if the register is not known. */
    public long address(Register register, BitField field) {
        return field.address(values.getOrDefault(register, 0L));
    }

    /** CR0, or its acknowledgement if only that is known; null if neither is. */
    public Register enables() {
        return knows(ControlRegisters.CR0) ? ControlRegisters.CR0 : knows(ControlRegisters.CR0ACK) ? ControlRegisters.CR0ACK : null;
    }

    /** A flag of an identification register, taken as set if the register is not known. */
    private boolean has(Register register, BitField flag) {
        return !knows(register) || get(register, flag) != 0;
    }

    private int number(Register register, BitField field, int unknown) {
        return knows(register) ? (int) get(register, field) : unknown;
    }

    public boolean stage1() {
        return has(IdRegisters.IDR0, IdRegisters.S1P);
    }

    public boolean stage2() {
        return has(IdRegisters.IDR0, IdRegisters.S2P);
    }

    public boolean aarch32Tables() {
        return (number(IdRegisters.IDR0, IdRegisters.TTF, AARCH32 | AARCH64) & AARCH32) != 0;
    }

    public boolean aarch64Tables() {
        return (number(IdRegisters.IDR0, IdRegisters.TTF, AARCH32 | AARCH64) & AARCH64) != 0;
    }

    /** Hardware updates: 0 none, 1 access flag, 2 dirty state too. */
    public int hardwareUpdates() {
        return number(IdRegisters.IDR0, IdRegisters.HTTU, 2);
    }

    public boolean el2Worlds() {
        return has(IdRegisters.IDR0, IdRegisters.HYP);
    }

    public boolean ats() {
        // Unknown: EATS then decides nothing about ordinary transactions, so it is not looked at.
        return knows(IdRegisters.IDR0) && get(IdRegisters.IDR0, IdRegisters.ATS) != 0;
    }

    public boolean splitStageAts() {
        return !knows(IdRegisters.IDR0) || get(IdRegisters.IDR0, IdRegisters.NS1ATS) == 0;
    }

    public boolean wideAsids() {
        return has(IdRegisters.IDR0, IdRegisters.ASID16);
    }

    public boolean wideVmids() {
        return has(IdRegisters.IDR0, IdRegisters.VMID16);
    }

    public boolean twoLevelContexts() {
        return has(IdRegisters.IDR0, IdRegisters.CD2L);
    }

    public boolean twoLevelStreams() {
        return has(IdRegisters.IDR0, IdRegisters.ST_LEVEL);
    }

    /** Whether tables of that byte order are supported (IDR0.TTENDIAN: 0 both, 2 little, 3 big). */
    public boolean byteOrder(boolean bigEndian) {
        int order = number(IdRegisters.IDR0, IdRegisters.TTENDIAN, 0);
        return order != (bigEndian ? 2 : 3);
    }

    /** Stalling: 0 optional, 1 never, 2 forced. */
    public int stallModel() {
        return number(IdRegisters.IDR0, IdRegisters.STALL_MODEL, 0);
    }

    public boolean alwaysAborts() {
        return get(IdRegisters.IDR0, IdRegisters.TERM_MODEL) != 0;
    }

    public int streamBits() {
        return Math.min(MAX_STREAM_BITS, number(IdRegisters.IDR1, IdRegisters.SIDSIZE, MAX_STREAM_BITS));
    }

    public int substreamBits() {
        return Math.min(MAX_SUBSTREAM_BITS, number(IdRegisters.IDR1, IdRegisters.SSIDSIZE, MAX_SUBSTREAM_BITS));
    }

    public boolean overridesPermissions() {
        return has(IdRegisters.IDR1, IdRegisters.ATTR_PERMS_OVR);
    }

    public boolean ignoresTableAttributes() {
        return has(IdRegisters.IDR3, IdRegisters.HAD);
    }

    public boolean executeByPrivilege() {
        // Without the register the one-bit form is taken, which Linux writes.
        return get(IdRegisters.IDR3, IdRegisters.XNX) != 0;
    }

    public boolean forcesWriteBack() {
        return has(IdRegisters.IDR3, IdRegisters.FWB);
    }

    public boolean smallTables() {
        return get(IdRegisters.IDR3, IdRegisters.STT) != 0;
    }

    /** Whether bit 16 of a block is nT, which marks one that is being changed (IDR3.BBML). */
    public boolean marksBlocks() {
        return has(IdRegisters.IDR3, IdRegisters.BBML);
    }

    /** Width of physical addresses, and of intermediate ones (IAS = OAS for VMSAv8-64). */
    public int outputBits() {
        return SIZES[number(IdRegisters.IDR5, IdRegisters.OAS, SIZES.length - 1)];
    }

    /** The width that a size number of a CD or STE stands for, within what the unit has. */
    public int size(long number) {
        return Math.min(SIZES[(int) number], outputBits());
    }

    public boolean granule(int log2) {
        BitField flag = switch (log2) {
            case Smmu.GRANULE_4K -> IdRegisters.GRAN4K;
            case Smmu.GRANULE_16K -> IdRegisters.GRAN16K;
            case Smmu.GRANULE_64K -> IdRegisters.GRAN64K;
            default -> null;
        };
        return flag != null && has(IdRegisters.IDR5, flag);
    }

    /** Whether 4K and 16K tables may hold 52-bit addresses (IDR5.DS). */
    public boolean wideSmallGranules() {
        return has(IdRegisters.IDR5, IdRegisters.DS);
    }

    /** Whether 64K tables may take 52-bit input addresses (IDR5.VAX). */
    public boolean wideInput() {
        return number(IdRegisters.IDR5, IdRegisters.VAX, 1) == 1;
    }

    /** Whether this is version 3.1 of the architecture or later. */
    public boolean atLeast31() {
        return number(IdRegisters.AIDR, IdRegisters.VERSION_MINOR, 1) >= 1;
    }
}
