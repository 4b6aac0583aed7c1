// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.dma;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;

/** Verified DMA by the devices of made-up machines: every payload is checked where it should land and nowhere else. Thread-safe. */
@ProviderType
public interface TrafficService {
    /**
     * Starts a device: it gets an address space if it has none, rings and buffers, and vectors.
     *
     * @param rate operations a second, 0 for as fast as it goes
     * @throws org.sluice.api.space.RefusedException {@code BUSY} if it runs already
     */
    void start(Machine machine, DeviceId device, long rate);

    /** Stops it and says what it did. */
    Traffic stop(Machine machine, DeviceId device);

    /** Running and stopped ones, by machine and device. */
    List<Traffic> list();

    /**
     * What a device did.
     *
     * @param wrong payloads that were not where they should be, or somewhere else
     * @param blocked operations that nothing let through, repeated later
     * @param faults operations that the unit refused
     * @param failure why it ended by itself, or empty
     */
    record Traffic(String machine, DeviceId device, boolean running, long operations, long bytes, long wrong, long blocked, long faults,
            long interrupts, String failure) {
    }
}
