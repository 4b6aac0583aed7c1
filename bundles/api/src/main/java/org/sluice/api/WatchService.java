// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.function.Consumer;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.MachineService.Lease;
import org.sluice.machine.DeviceId;

/**
 * Tells what moves in a machine, by looking at it again and again: what came and went between two looks is not seen. Ends as
 * the pace says, or quietly when the thread is interrupted. Thread-safe; failures are {@link org.sluice.machine.IommuException}s.
 */
@ProviderType
public interface WatchService {
    /**
     * Tells mappings that appear, vanish or change, and after each look how fast they did.
     *
     * @param device one device, or null for all
     */
    void mappings(Lease lease, DeviceId device, Pace pace, Consumer<MappingChange> changes, Consumer<MappingRate> rates);

    /** Tells faults that were recorded since the watch began; {@code afterLook} runs after each look. */
    void faults(Lease lease, Pace pace, Consumer<FaultRecord> out, Runnable afterLook);

    /**
     * How often, and how long.
     *
     * @param intervalMillis from the beginning of one look to that of the next
     * @param looks after so many looks it ends; 0 for no such limit
     * @param millis after so long it ends; 0 for no such limit
     */
    record Pace(long intervalMillis, long looks, long millis) {
        public Pace {
            if (intervalMillis <= 0 || looks < 0 || millis < 0) {
                throw new IllegalArgumentException("a watch needs an interval above 0, and limits that are not negative");
            }
        }
    }
}
