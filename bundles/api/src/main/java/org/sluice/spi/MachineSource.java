// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** Opens machines of one kind: image files, made-up machines, running ones. Registered as a service. Thread-safe. */
@ConsumerType
public interface MachineSource {
    /** Short name, {@code capture}, and one line on the origins it takes, for messages and completion. */
    String description();

    /** Whether {@code origin} is for this source to open; looks at its form (and at most at the first bytes of a file). */
    boolean accepts(String origin);

    /** Opens it; an {@link org.sluice.machine.IommuException} says in one line why that is not possible. */
    OpenedMachine open(String origin, Progress progress);

    /** What a source hands out; closing releases files and connections. */
    interface OpenedMachine extends AutoCloseable {
        MachineDescription description();

        PhysicalMemory memory();

        /** Registers of one unit; a port that knows nothing if there are none. */
        RegisterPort registers(UnitDescription unit);

        /**
         * Writable memory, beside what devices use, in which the platform may build structures of its own drivers; null if the machine
         * is not the platform's to drive: its units are then only read.
         */
        default AddressRange driverMemory() {
            return null;
        }

        /** Whether it runs while it is open: then every work takes a {@link #look} and reads nothing else. */
        default boolean isLive() {
            return false;
        }

        /**
         * The machine as it is now: description and registers are read anew, memory when it is asked for. Each piece is true at
         * the time it was read, the whole is of one moment only if the machine is stopped.
         *
         * @param stopped stop the machine until the look is closed; it goes on afterwards, whatever becomes of this process
         * @throws org.sluice.machine.IommuException if the machine has ended, or cannot be reached
         */
        default OpenedMachine look(boolean stopped) {
            throw new UnsupportedOperationException("nothing changes in a machine that does not run");
        }

        @Override
        void close();
    }
}
