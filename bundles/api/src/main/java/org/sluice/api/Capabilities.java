// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.Set;

import org.sluice.machine.AddressRange;

/**
 * What a unit can express, for comparison with what is mapped.
 *
 * @param pageSizes log2 set of page sizes
 * @param aperture input addresses that tables can cover
 * @param outputBits width of output addresses
 * @param permissions sets of {@link Permissions} that an entry can express; write-only is not everyone's
 * @param pasidBits width of PASIDs, 0 if none
 * @param messages where messages of its devices go
 * @param features further abilities
 */
public record Capabilities(long pageSizes, AddressRange aperture, int outputBits, Set<Integer> permissions, int pasidBits,
        MessageRouting messages, Set<Feature> features) {
    /** Abilities that are there or not. */
    public enum Feature {
        PASS_THROUGH, NESTING, DIRTY_TRACKING, INTERRUPT_REMAPPING, PAGE_REQUESTS, SNOOP_CONTROL,
        /** The unit may remember that nothing is mapped: a new mapping counts only after its range was invalidated. */
        MAP_NEEDS_INVALIDATION,
        /** Device memory cannot be mapped: whoever translates would have to be told of it, and has no word for it. */
        NO_DEVICE_MEMORY
    }

    public Capabilities {
        permissions = Set.copyOf(permissions);
        features = Set.copyOf(features);
    }
}
