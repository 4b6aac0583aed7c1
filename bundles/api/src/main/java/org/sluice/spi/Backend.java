// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.List;
import java.util.Optional;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.BackendInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.AddressRange;
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
}
