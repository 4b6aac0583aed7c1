// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

/** Interrupts of one device. */
public final class InterruptCounters {
    private final String machine;
    private final String device;
    private int vectors;
    private long delivered;
    private long forged;

    InterruptCounters(String machine, String device) {
        this.machine = machine;
        this.device = device;
    }

    void addVector(long count) {
        vectors++;
        delivered += count;
    }

    void addForged(long count) {
        forged += count;
    }

    public String getMachine() {
        return machine;
    }

    public String getDevice() {
        return device;
    }

    public int getVectors() {
        return vectors;
    }

    /** By the vectors that it has now. */
    public long getDelivered() {
        return delivered;
    }

    /** Raised by its data, not meaning to. */
    public long getForged() {
        return forged;
    }
}
