// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/**
 * One of several changes that happen together.
 *
 * @param size bytes
 * @param output only for a map
 * @param permissions as in {@link AddressSpace#map}; only for a map
 */
public record Change(boolean isMap, long iova, long size, long output, int permissions) {
    public static Change map(long iova, long output, long size, int permissions) {
        return new Change(true, iova, size, output, permissions);
    }

    public static Change unmap(long iova, long size) {
        return new Change(false, iova, size, 0, 0);
    }
}
