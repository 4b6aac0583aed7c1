// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.machine.DeviceId;

/**
 * Faults of a machine. Of units that the platform drives it keeps a history, since they forget what was taken out of them; units that
 * are only read are asked for what they have recorded. Thread-safe.
 */
@ProviderType
public interface FaultService {
    /** What is known at this moment; what the units have recorded until now is in it. */
    History history(Machine machine);

    /**
     * Forgets the history and its counts; recorded faults of units that are only read stay.
     *
     * @return how many faults the history held
     */
    long clear(Machine machine);

    /**
     * Faults, oldest first.
     *
     * @param records those kept; the index of one of a driven unit counts the machine's faults from 0, and goes on after a clear
     * @param dropped older ones that had to make room since the last clear
     * @param counts of faults of driven units since the last clear, dropped ones too, by unit and device
     */
    record History(List<FaultRecord> records, long dropped, List<Count> counts) {
        public History {
            records = List.copyOf(records);
            counts = List.copyOf(counts);
        }
    }

    /**
     * How many faults.
     *
     * @param device whose, or null for those that name no device and for devices beyond the number that is told apart
     */
    record Count(String unit, DeviceId device, long faults) {
    }
}
