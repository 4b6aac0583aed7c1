// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;

/**
 * Sets up message interrupts of devices, alike for every backend: the caller knows neither windows nor remapping tables (RIV-05, RIV-09).
 * Thread-safe.
 */
@ProviderType
public interface InterruptService {
    /**
     * Makes a device's first {@code count} vectors raise interrupts at {@code listener}, replacing what it had.
     *
     * @param allowUnisolated also where the device could raise interrupts of others (RIV-04)
     * @return what each vector must be programmed with, by index
     * @throws RefusedException {@link Refusal.Rule#ISOLATION}, {@code LIMIT}, {@code OVERLAP} (the doorbell's page has other registers, or the
     *         window is taken), ...
     */
    List<InterruptMessage> enable(Machine machine, DeviceId device, int count, boolean allowUnisolated, Listener listener);

    /** Ends all vectors of a device; no effect if it has none. The last user of a doorbell takes its mapping away (RIV-11). */
    void disable(Machine machine, DeviceId device);

    /**
     * An operator's decision: this device may raise interrupts of others, or no longer. {@link #enable} then asks for no other permission. Kept over the
     * end of the platform with the machine's durable spaces. Vectors that are enabled stay so.
     */
    default void allowUnisolated(Machine machine, DeviceId device, boolean allowed) {
        throw new RefusedException(Refusal.of(Refusal.Rule.ISOLATION, null, "this service takes no such decisions"));
    }

    /** Devices that an operator lets raise interrupts of others. */
    default List<DeviceId> unisolated(Machine machine) {
        return List.of();
    }

    /** By device and index. */
    List<Route> routes(Machine machine);

    /** Interrupts that devices have raised with data, not meaning to, by device (MSI-02). */
    default List<Forgery> forgeries(Machine machine) {
        return List.of();
    }

    /** Told of interrupts and of new messages; called by whoever did the DMA or the swap, so it must be quick. What it throws is logged. */
    interface Listener {
        void interrupt(int index);

        /** The backend was swapped: from now on this vector is programmed so. Called while the device's DMA is held. */
        void reprogram(int index, InterruptMessage message);
    }

    /**
     * One vector.
     *
     * @param path how the message gets there, one line: {@code window, remapped by dmar0}, {@code mapped to its at 0x8090040}, ...
     * @param grants what else the device may write by way of it, or empty (RIV-06)
     */
    record Route(DeviceId device, int index, InterruptMessage message, int vector, int destination, String path, String grants, long count) {
    }

    /**
     * DMA of one device that was taken for messages.
     *
     * @param count interrupts forged so
     * @param address where the last one was written
     * @param data what was written there
     */
    record Forgery(DeviceId device, long count, long address, int data) {
    }
}
