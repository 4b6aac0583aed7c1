// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import org.sluice.machine.AddressRange;

/**
 * Where a range may be placed.
 *
 * @param window addresses it must lie in (a device's DMA window: 32 bits, 24 bits, ...)
 * @param alignment power of two in bytes, or 0 for the largest power of two that divides the size
 */
public record Placement(AddressRange window, long alignment) {
    public static final Placement ANYWHERE = new Placement(new AddressRange(0, -1L), 0);

    /** Below 4 GiB, as a device with 32 address bits needs it. */
    public static final Placement BELOW_4G = new Placement(new AddressRange(0, 0xffff_ffffL), 0);
}
