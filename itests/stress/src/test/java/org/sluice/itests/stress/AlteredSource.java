// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.util.function.UnaryOperator;

import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource;

/** Synthetic machines whose description is changed on the way: {@code altered:KIND}. */
record AlteredSource(MachineSource synthetic, UnaryOperator<MachineDescription> change) implements MachineSource {
    private static final String SCHEME = "altered:";

    @Override
    public String description() {
        return SCHEME;
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith(SCHEME);
    }

    @Override
    public OpenedMachine open(String origin, Progress progress) {
        OpenedMachine real = synthetic.open("synthetic:" + origin.substring(SCHEME.length()), progress);
        return new Altered(real, change.apply(real.description()));
    }

    private record Altered(OpenedMachine real, MachineDescription description) implements OpenedMachine {
        @Override
        public PhysicalMemory memory() {
            return real.memory();
        }

        @Override
        public RegisterPort registers(UnitDescription unit) {
            return real.registers(unit);
        }

        @Override
        public AddressRange driverMemory() {
            return real.driverMemory();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
