// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.MeasurementBlock;
import org.sluice.backend.zpci.lookup.Storage;

/**
 * The measurement block of one function as far as it is counted here: refreshes. It is written at each count and not by a clock. Not
 * thread-safe: instructions are serialised.
 */
final class Measurement {
    private final Storage storage;
    private long block;
    private long samples;
    private long refreshes;

    Measurement(Storage storage) {
        this.storage = storage;
    }

    /** Begins at zero. */
    void start(long address) {
        block = address;
        samples = 0;
        refreshes = 0;
    }

    void stop() {
        block = 0;
    }

    /** Address of the block, or 0. */
    long block() {
        return block;
    }

    /** Counts one refresh; false, and nothing is measured any more, if the block cannot be written. */
    boolean refreshed() {
        if (block == 0) {
            return true;
        }
        if (!storage.canWrite(block, MeasurementBlock.FMB.bytes())) {
            block = 0;
            return false;
        }
        storage.put(block + MeasurementBlock.SAMPLES_OFFSET, ++samples);
        storage.put(block + MeasurementBlock.REFRESHES_OFFSET, ++refreshes);
        return true;
    }
}
