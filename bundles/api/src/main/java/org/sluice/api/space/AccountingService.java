// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;

/**
 * Who holds how much memory in its place for devices, what each may, and what more would cost (NST-05). Memory counts from the map call on; a map beyond a
 * limit is refused as a whole, with limit, used and asked. Thread-safe.
 */
@ProviderType
public interface AccountingService {
    /** Accounts of a machine: its address spaces by name, then those of front-ends. */
    List<Account> accounts(Machine machine);

    /**
     * Limits what may be mapped in a space; what is mapped above it stays. Kept over the end of the platform if the space is.
     *
     * @param bytes or {@link Account#UNLIMITED}
     */
    void limit(AddressSpace space, long bytes);

    /**
     * What mappings would cost. Tables are built beside those in use, read and freed, so it takes as long as mapping does.
     *
     * @param device one that is to use the space, too, or null
     * @param mappings all of them maps
     */
    Estimate estimate(AddressSpace space, DeviceId device, List<Change> mappings);

    /**
     * An answer.
     *
     * @param askedBytes what would be pinned in addition
     * @param usedBytes what is pinned now
     * @param limitBytes what may be, or {@link Account#UNLIMITED}
     * @param tableBytes memory for tables of all units, if they held these mappings alone: what they share with other mappings costs nothing; -1 if a
     *        unit does not tell
     * @param refusals why the mappings would be refused as things are; empty if they would not be
     */
    record Estimate(String space, long askedBytes, long usedBytes, long limitBytes, long tableBytes, List<Refusal> refusals) {
        public Estimate {
            refusals = List.copyOf(refusals);
        }
    }
}
