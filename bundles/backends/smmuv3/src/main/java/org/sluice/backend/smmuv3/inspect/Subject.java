// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitContext;

/**
 * The unit that an inspector looks at: its registers as they were when the inspector was made, and the look-ups over them. Immutable.
 */
record Subject(UnitContext context, UnitState state, Streams streams, ConfigurationLookup lookup) {
    static Subject of(UnitContext context) {
        UnitState state = UnitState.read(context.registers());
        return new Subject(context, state, Streams.of(context), new ConfigurationLookup(context.memory(), state));
    }

    PhysicalMemory memory() {
        return context.memory();
    }

    String unit() {
        return context.unit().name();
    }
}
