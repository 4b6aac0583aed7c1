// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.Locale;

import org.sluice.machine.AddressRange;

/**
 * A range and its owner.
 *
 * @param owner who, in a few words: a device, {@code dmar0}, {@code user}; never empty
 */
public record OwnedRange(AddressRange range, RangeKind kind, Origin origin, String owner) {
    /** {@code 0x8000000-0x80fffff doorbell (architecture: smmuv3-0)}. */
    @Override
    public String toString() {
        return range + " " + kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + " (" + origin.name().toLowerCase(Locale.ROOT)
                + ": " + owner + ")";
    }
}
