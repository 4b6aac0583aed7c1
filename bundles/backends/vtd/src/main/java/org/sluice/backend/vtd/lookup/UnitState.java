// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.kit.register.RegisterWords;
import org.sluice.machine.RegisterPort;

/**
 * The registers that decide how requests are treated, read once, and the host address width that firmware tells. Immutable. A
 * register that is not known reads as absent: {@link #knows} must be asked before an answer rests on it.
 */
public final class UnitState {
    /** Widest host address of the architecture: what is taken if firmware does not tell. */
    public static final int MAX_HOST_BITS = 52;
    private static final int MIN_HOST_BITS = 32;

    private static final List<Register> READ = List.of(CapabilityRegisters.CAP, CapabilityRegisters.ECAP, ControlRegisters.GSTS,
            ControlRegisters.RTADDR, ControlRegisters.IRTA);

    private final Map<Register, Long> values;
    private final int hostBits;

    /**
     * @param values known registers among those that matter here
     * @param hostBits host address width, or 0 if not known: then only what no host has counts as beyond it
     */
    public UnitState(Map<Register, Long> values, int hostBits) {
        this.values = Map.copyOf(values);
        this.hostBits = hostBits == 0 ? MAX_HOST_BITS : Math.max(MIN_HOST_BITS, Math.min(MAX_HOST_BITS, hostBits));
    }

    public static UnitState read(RegisterPort port, int hostBits) {
        Map<Register, Long> values = new HashMap<>();
        for (Register register : READ) {
            if (port.isKnown(register.offset(), register.bytes())) {
                values.put(register, RegisterWords.read(port, register.offset(), register.bytes()));
            }
        }
        return new UnitState(values, hostBits);
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

    public long cap(BitField field) {
        return get(CapabilityRegisters.CAP, field);
    }

    public boolean ecap(BitField flag) {
        return get(CapabilityRegisters.ECAP, flag) != 0;
    }

    public boolean status(BitField flag) {
        return get(ControlRegisters.GSTS, flag) != 0;
    }

    /** Whether tables are scalable; false if RTADDR is not known. */
    public boolean scalable() {
        return get(ControlRegisters.RTADDR, ControlRegisters.TABLE_MODE) == ControlRegisters.SCALABLE;
    }

    /** Host address width; address fields above it are reserved. */
    public int hostBits() {
        return hostBits;
    }

    /** Highest input address width of second-stage tables (MGAW). */
    public int inputBits() {
        return (int) cap(CapabilityRegisters.MGAW) + 1;
    }

    /** Whether second-stage tables of that AW exist in this unit; 30-bit and 64-bit tables are gone from the architecture. */
    public boolean supportsWidth(long aw) {
        return aw >= 1 && aw <= 3 && (cap(CapabilityRegisters.SAGAW) >>> aw & 1) != 0;
    }
}
