// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

/**
 * How much a table changes: whether a configuration is static in practice shows here (SHM-20). Rates are differences of two readings.
 *
 * @param maps calls that mapped
 * @param unmaps calls that removed, each with one flush of the unit's caches
 * @param nanos when it was read, as {@link System#nanoTime}
 */
public record Churn(long maps, long mappedBytes, long unmaps, long unmappedBytes, long nanos) {
    private static final double NANOS = 1e9;

    /** Maps a second since an earlier reading. */
    public double mapsPerSecond(Churn earlier) {
        return rate(maps - earlier.maps, earlier);
    }

    public double unmapsPerSecond(Churn earlier) {
        return rate(unmaps - earlier.unmaps, earlier);
    }

    private double rate(long count, Churn earlier) {
        return nanos == earlier.nanos ? 0 : count * NANOS / (nanos - earlier.nanos);
    }

    /** Counts; guarded by the context's lock. */
    static final class Counter {
        private long maps;
        private long mappedBytes;
        private long unmaps;
        private long unmappedBytes;

        void mapped(long bytes) {
            maps++;
            mappedBytes += bytes;
        }

        void unmapped(long bytes) {
            unmaps++;
            unmappedBytes += bytes;
        }

        Churn read() {
            return new Churn(maps, mappedBytes, unmaps, unmappedBytes, System.nanoTime());
        }
    }
}
