// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/**
 * How fast the mappings of a requester changed since the look before, in runs that appeared, vanished and changed.
 *
 * @param millis time since the watch began
 * @param sinceMillis time since the look before
 * @param mappings leaves now
 * @param mappedBytes bytes they cover now
 */
public record MappingRate(long millis, long sinceMillis, DeviceId device, int pasid, long appeared, long vanished, long changed,
        long mappings, long mappedBytes) {
    /** Changes of all kinds in a second. */
    public double perSecond() {
        return sinceMillis == 0 ? 0 : (appeared + vanished + changed) * 1000.0 / sinceMillis;
    }
}
