// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.OwnedRange;
import org.sluice.machine.AddressRange;

/** An aperture less what is owned in it. */
final class UsableRanges {
    private UsableRanges() {
    }

    /** @param owned by ascending start; they may overlap */
    static List<AddressRange> of(AddressRange aperture, List<OwnedRange> owned) {
        List<AddressRange> usable = new ArrayList<>();
        if (aperture == null) {
            return usable;
        }
        long from = aperture.start();
        for (OwnedRange o : owned) {
            AddressRange taken = o.range().intersection(aperture);
            if (taken == null || Long.compareUnsigned(taken.last(), from) < 0) {
                continue;
            }
            if (Long.compareUnsigned(from, taken.start()) < 0) {
                usable.add(new AddressRange(from, taken.start() - 1));
            }
            if (taken.last() == aperture.last()) {
                return usable;
            }
            from = taken.last() + 1;
        }
        usable.add(new AddressRange(from, aperture.last()));
        return usable;
    }
}
