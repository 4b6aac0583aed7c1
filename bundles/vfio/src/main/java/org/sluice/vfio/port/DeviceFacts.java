// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import java.util.List;
import java.util.Set;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.MessageRouting;
import org.sluice.api.space.OwnedRange;
import org.sluice.machine.AddressRange;

/**
 * What is known of a device before anything is attached to it.
 *
 * @param unit name of what translates for it; devices of one unit can use the same table
 * @param group devices with the same number cannot be told apart and use the same table; the number means nothing else
 * @param aperture input addresses that tables can cover
 * @param pageSizes log2 set of page sizes
 * @param reserved ranges that are not free for mapping (MSI-05)
 * @param pasidBits width of process address space ids, 0 if none
 * @param features {@code DIRTY_TRACKING}, {@code NESTING}, {@code PAGE_REQUESTS} are looked at
 * @param messages where its messages go and whether it can raise only its own (RIV-04)
 * @param hardware registers that describe the unit, as its vendor defines them, or null
 * @param nesting data with which nested tables can be made
 */
public record DeviceFacts(String unit, int group, AddressRange aperture, long pageSizes, List<OwnedRange> reserved, int pasidBits,
        Set<Feature> features, MessageRouting messages, TypedData hardware, List<DataFormat> nesting) {
    public DeviceFacts {
        reserved = List.copyOf(reserved);
        features = Set.copyOf(features);
        nesting = List.copyOf(nesting);
    }

    /** Bytes of the smallest page. */
    public long granule() {
        return Long.lowestOneBit(pageSizes) == 0 ? 1 : 1L << Long.numberOfTrailingZeros(pageSizes);
    }

    public boolean has(Feature feature) {
        return features.contains(feature);
    }
}
