// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import org.sluice.api.space.SpaceInfo;

/** How fast a space changed, as of a moment. Immutable. */
record Churn(long nanos, long maps, long unmaps, long invalidations, double mapsPerSecond, double unmapsPerSecond, double invalidationsPerSecond) {
    private static final double SECOND = 1e9;

    static Churn first(SpaceInfo info, long nanos) {
        return new Churn(nanos, info.maps(), info.unmaps(), info.invalidations(), 0, 0, 0);
    }

    /** The rates since this reading; this one if it is not a second old, because a shorter time tells nothing. */
    Churn next(SpaceInfo info, long now) {
        double seconds = (now - nanos) / SECOND;
        return seconds < 1 ? this : new Churn(now, info.maps(), info.unmaps(), info.invalidations(), (info.maps() - maps) / seconds,
                (info.unmaps() - unmaps) / seconds, (info.invalidations() - invalidations) / seconds);
    }
}
