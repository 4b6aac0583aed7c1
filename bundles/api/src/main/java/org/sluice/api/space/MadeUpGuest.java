// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;

/** The guest that made-up machines have: its balloon driver does what it is told here. Thread-safe. */
@ProviderType
public interface MadeUpGuest {
    /** How the guest answers from now on. */
    void behave(Machine machine, Behaviour behaviour);

    Behaviour behaviour(Machine machine);

    /** Pages that the guest has given up, merged, ascending. */
    List<AddressRange> balloon(Machine machine);

    /** What the guest does when it is asked for pages. */
    enum Behaviour {
        /** Gives them up. */
        ACCEPT,
        /** Says no. */
        REFUSE,
        /** Says nothing. */
        SILENT
    }
}
