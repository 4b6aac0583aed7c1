// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.util.concurrent.atomic.LongAdder;

import org.sluice.api.InterruptMessage;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.InterruptService.Route;
import org.sluice.core.registry.ForeignCode;
import org.sluice.machine.DeviceId;

/** One vector of a device and who waits for it. Changed under the machine's lock; delivered from anywhere. */
final class Vector {
    final DeviceId device;
    final int requester;
    final int index;
    final int number;
    final int destination;
    private final Listener listener;
    /** Made once: interrupts come under DMA. */
    private final Runnable interrupt;
    private final LongAdder count = new LongAdder();
    private volatile Programming programming;

    Vector(DeviceId device, int requester, int index, int number, int destination, Listener listener) {
        this.device = device;
        this.requester = requester;
        this.index = index;
        this.number = number;
        this.destination = destination;
        this.listener = listener;
        this.interrupt = () -> listener.interrupt(index);
    }

    /**
     * How a vector is raised under one unit.
     *
     * @param path how the message gets there, one line
     * @param grants what else the device may write that way, or empty
     */
    record Programming(InterruptMessage message, String path, String grants) {
    }

    void program(Programming now) {
        programming = now;
    }

    void reprogram() {
        ForeignCode.run(this, () -> listener.reprogram(index, programming.message()));
    }

    void deliver() {
        count.increment();
        ForeignCode.run(this, interrupt);
    }

    @Override
    public String toString() {
        return "the listener of vector " + index + " of " + device;
    }

    InterruptMessage message() {
        return programming.message();
    }

    Route route() {
        return new Route(device, index, programming.message(), number, destination, programming.path(), programming.grants(), count.sum());
    }
}
