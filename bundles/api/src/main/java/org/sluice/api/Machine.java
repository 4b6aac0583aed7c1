// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** An open machine: captured, synthetic or live. Thread-safe. */
public interface Machine {
    /** Name under which it is open. */
    String name();

    /** What was opened: a path, {@code qemu:...}, {@code synthetic:...}. */
    String origin();

    /** Whether it has not been closed. */
    default boolean isOpen() {
        return true;
    }

    /**
     * Runs {@code action} when the machine is closed, before its memory goes; not at all for a machine that nobody closes.
     *
     * @return takes that back
     */
    default Runnable onClose(Runnable action) {
        return () -> { };
    }

    MachineDescription description();

    /** The description with its units as they are at this moment: what serves them, and state of theirs that neither memory nor registers hold. */
    default MachineDescription snapshot() {
        return description();
    }

    PhysicalMemory memory();

    /** Its units in index order, with the backend that reads each at this moment. */
    List<UnitInfo> units();

    /** The raw registers of one of its units; a port that knows nothing if they are not known. */
    RegisterPort registers(UnitDescription unit);
}
