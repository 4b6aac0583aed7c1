// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.List;

import org.sluice.backend.amdvi.layout.Event;
import org.sluice.kit.layout.Structure;

/** What becomes of an interrupt message. Immutable. */
public sealed interface InterruptFinding {
    /** Structures read, in order. */
    List<Structure> trail();

    /** The message goes on unchanged. */
    record Passed(String why, List<Structure> trail) implements InterruptFinding {
    }

    /**
     * A message to the processors.
     *
     * @param delivery 0 fixed, 1 arbitrated
     * @param level an end of interrupt is requested
     */
    record Remapped(int index, Structure entry, int vector, int destination, boolean logical, int delivery, boolean level, List<Structure> trail)
            implements InterruptFinding {
    }

    /**
     * An interrupt of a virtual processor.
     *
     * @param vapic its virtual APIC page
     * @param running whether it runs on {@code destination}
     * @param logged whether a record goes to the GA log where it does not run
     */
    record Posted(int index, Structure entry, int vector, int destination, long vapic, long tag, boolean running, boolean logged,
            List<Structure> trail) implements InterruptFinding {
    }

    /**
     * A target abort.
     *
     * @param index of the entry, or -1
     * @param entry the entry, or null
     * @param quiet why no event is recorded, or empty
     */
    record Blocked(int index, Structure entry, Event event, String detail, String quiet, List<Structure> trail) implements InterruptFinding {
    }

    /**
     * The image does not hold what decides.
     *
     * @param missing physical address, or null if it is a register
     */
    record Unknown(int index, Long missing, String what, List<Structure> trail) implements InterruptFinding {
    }
}
