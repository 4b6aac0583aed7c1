// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.BackendInfo;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * A vendor bundle, registered as a service. It may offer only some halves; an absent half is legal. Thread-safe; what it
 * hands out belongs to the caller and needs no closing.
 */
@ConsumerType
public interface Backend {
    BackendInfo info();

    /** Whether this backend reads units of that type. */
    boolean supports(UnitDescription unit);

    List<StructureLayout> layouts();

    List<TableFormat> formats();

    /** Where QEMU's units of this kind are known to differ from the architecture: for whoever compares. */
    default List<EmulatorQuirk> quirks() {
        return List.of();
    }

    /** Reads structures and registers without changing them. */
    default Optional<Inspector> inspector(UnitContext unit) {
        return Optional.empty();
    }

    /** The hardware: translates for devices, keeps caches, records faults. */
    default Optional<UnitModel> model(UnitContext unit) {
        return Optional.empty();
    }

    /**
     * What an operating system does to the unit, through {@code unit.registers()} and memory.
     *
     * @param tables writable memory that the driver may use for its structures, tables and queues
     */
    default Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.empty();
    }

    /**
     * A unit of this backend's kind as it is after power-on, in front of the devices of {@code machine}: for machines that are made up,
     * and for putting this backend in another one's place. Empty if units of this kind cannot be made up.
     *
     * @param machine its memory, architecture and devices count; its units do not
     */
    default Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.empty();
    }

    /**
     * A unit nobody has touched.
     *
     * @param registers 32-bit registers after reset by offset; together with {@code unit} all that {@link #model} needs
     */
    record PowerOn(UnitDescription unit, Map<Integer, Integer> registers) {
        public PowerOn {
            registers = Map.copyOf(registers);
        }
    }
}
