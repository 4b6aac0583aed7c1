// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.InterruptMessage;
import org.sluice.machine.DeviceId;

/**
 * Sets up interrupts of devices where the unit has a part in it: writes remapping entries, flags or tables, and knows what message
 * leads through them. Callers serialise, together with the {@link UnitDriver} it belongs to.
 */
@ConsumerType
public interface InterruptDriver {
    /**
     * Makes a device's vector raise an interrupt; doing so again moves it. The unit has forgotten older entries before this returns.
     *
     * @param index which of the device's vectors, from 0
     * @param vector interrupt vector (x86) or event number at the destination
     * @param destination processor id
     * @return what the device must be programmed with
     * @throws org.sluice.machine.IommuException {@code LIMIT} if the device can have no such vector; nothing has changed then
     */
    InterruptMessage enable(DeviceId device, int index, int vector, int destination);

    /** Takes that vector away: its message raises nothing any more. No effect if it was not enabled. */
    void disable(DeviceId device, int index);

    /**
     * What an operating system does when the unit's interruption does not itself say whose vector it is (zPCI leaves bits in memory):
     * takes what is pending and tells it. Safe from many threads, beside everything else.
     *
     * @return whether it is so; {@code false} if messages name vector and destination
     */
    default boolean dispatch(PendingSink out) {
        return false;
    }

    /** Takes pending vectors. */
    @FunctionalInterface
    interface PendingSink {
        void pending(DeviceId device, int index);
    }
}
