// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.AddressRange;
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
    private final List<Plucked> plucked;
    private long limit;

    /**
     * @param reserved those of {@code plucked} too
     * @param limit bytes that may be mapped, or {@link PinAccount#UNLIMITED}
     */
    SavedSpace(int id, SpaceOptions options, RangeMap ranges, List<OwnedRange> reserved, List<Use> uses, List<Plucked> plucked, long limit) {
        this.id = id;
        this.options = options;
        this.ranges = ranges;
        this.reserved = new ArrayList<>(reserved);
        this.uses = new ArrayList<>(uses);
        this.plucked = new ArrayList<>(plucked);
        this.limit = limit;
    }

    static SavedSpace empty(int id, SpaceOptions options) {
        return new SavedSpace(id, options, new RangeMap(), List.of(), List.of(), List.of(), PinAccount.UNLIMITED);
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

    List<Plucked> plucked() {
        return plucked;
    }

    long limit() {
        return limit;
    }

    void limit(long bytes) {
        limit = bytes;
    }

    /** As {@link PluckedRanges#take}. */
    void pluck(AddressRange range, String guest) {
        Plucked taken = Plucked.of(ranges, range, guest);
        ranges.cut(range.start(), range.last());
        reserved.add(taken.owned());
        plucked.add(taken);
    }

    /** As {@link PluckedRanges#giveBack}; whether it fits what was said before. */
    boolean giveBack(AddressRange range) {
        Plucked back = plucked.stream().filter(p -> p.range().equals(range)).findFirst().orElse(null);
        if (back == null) {
            return false;
        }
        plucked.remove(back);
        reserved.removeIf(owned -> owned.range().equals(range));
        return back.pieces().stream().allMatch(p -> ranges.insert(p.iova(), p.size(), p.output(), Flags.of(p.permissions(), p.kind())));
    }
}
