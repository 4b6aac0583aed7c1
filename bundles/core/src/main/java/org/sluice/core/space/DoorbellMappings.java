// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.List;

import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.RefusedException;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;

/**
 * Doorbells that are mapped in one space, each for one unit: other units have their own ways to it. The space owns the range for all. The
 * machine's lock is held.
 */
public final class DoorbellMappings {
    private final Space space;
    private final Truth truth;
    private final Followers followers;

    DoorbellMappings(Space space, Truth truth, Followers followers) {
        this.space = space;
        this.truth = truth;
        this.followers = followers;
    }

    /**
     * Maps a doorbell for one unit, which need not serve yet.
     *
     * @throws RefusedException something is mapped there, or the unit cannot hold it; nothing has changed
     */
    public void map(LiveUnit unit, long iova, long output, long size, int permissions) {
        truth.expect(permissions, output + (size - 1));
        if (!truth.insert(iova, size, output, Flags.of(permissions, RangeKind.DOORBELL))) {
            throw space.refused(SpaceRefusals.ofMap(space, iova, output, size, permissions, RangeKind.DOORBELL));
        }
        try {
            Refusal refusal = followers.mapAt(unit, iova, output, size, permissions);
            if (refusal != null) {
                throw space.refused(List.of(refusal));
            }
        } catch (RuntimeException | Error e) {
            truth.remove(iova, iova + (size - 1));
            throw e;
        }
    }

    /** Undoes {@link #map}; a unit that has no projection of the space any more is not asked. */
    public void unmap(LiveUnit unit, long iova, long size) {
        truth.remove(iova, iova + (size - 1));
        followers.unmapAt(unit, iova, size);
    }

    /** The first mapping that overlaps the range, or null. */
    public AddressRange firstMapped(AddressRange range) {
        RangeMap.Entry entry = new RangeMap.Entry();
        return truth.ranges().first(range.start(), entry) && Long.compareUnsigned(entry.start(), range.last()) <= 0
                ? new AddressRange(entry.start(), entry.last()) : null;
    }
}
