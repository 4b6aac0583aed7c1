// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.DeviceId;

/**
 * What a durable space is made from again: read from a store, or looked at to write one anew. Doorbells are not in it; they belong to vectors and come
 * with these.
 */
final class SavedSpace {
    /** A device that uses the space. */
    record Use(DeviceId device, int pasid) {
    }

    private final int id;
    private final SpaceOptions options;
    private final RangeMap ranges;
    private final List<OwnedRange> reserved;
    private final List<Use> uses;

    SavedSpace(int id, SpaceOptions options, RangeMap ranges, List<OwnedRange> reserved, List<Use> uses) {
        this.id = id;
        this.options = options;
        this.ranges = ranges;
        this.reserved = new ArrayList<>(reserved);
        this.uses = new ArrayList<>(uses);
    }

    static SavedSpace empty(int id, SpaceOptions options) {
        return new SavedSpace(id, options, new RangeMap(), List.of(), List.of());
    }

    /** What records call it. */
    int id() {
        return id;
    }

    SpaceOptions options() {
        return options;
    }

    RangeMap ranges() {
        return ranges;
    }

    List<OwnedRange> reserved() {
        return reserved;
    }

    List<Use> uses() {
        return uses;
    }
}
