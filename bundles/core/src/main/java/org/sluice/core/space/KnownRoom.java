// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.machine.AddressRange;

/**
 * Where mappings are known to be possible without asking limits and reservations again: around the last one that they were asked about, to outputs
 * and with permissions as some had before. Nearly all are, and cost a few compares here, of signed numbers; so addresses and outputs of 64 bits are never
 * known. {@link Reservations} forget it when they change. Not thread-safe.
 */
final class KnownRoom {
    /** Addresses that all units cover and nobody has reserved: the first, and how many; 0 if nothing is known. */
    private long start;
    private long bytes;
    /** Bits that addresses and sizes have not. */
    private long grainMask;
    /** Bits that outputs may have. */
    private long outputMask;
    /** Bit p: permissions p, with or without {@code MMIO}. */
    private int permissions;

    void forget() {
        bytes = 0;
    }

    /**
     * A mapping within {@code around} was found possible, and is noted in the truth.
     *
     * @param around all addresses there that are free for mappings of any kind and covered by all units, or null
     */
    void learn(AddressRange around, Limits limits, Truth truth) {
        if (around == null) {
            return; // it was possible there for one of its kind
        }
        start = around.start();
        bytes = around.size() <= 0 ? Long.MAX_VALUE : around.size();
        grainMask = limits.alignmentMask();
        outputMask = limits.outputMask() & truth.highestOutput() & Long.MAX_VALUE;
        permissions = limits.permissions() & truth.permissions();
    }

    /** Whether a mapping is known to be possible, if nothing else is there. */
    boolean admits(long iova, long output, long size, int wanted) {
        long distance = iova - start;
        return size > 0 && distance >= 0 && distance <= bytes - size
                && ((output | output + (size - 1)) & ~outputMask | (iova | output | size) & grainMask) == 0
                && (permissions >>> (wanted & Limits.WITH_MMIO) & 1) != 0;
    }
}
