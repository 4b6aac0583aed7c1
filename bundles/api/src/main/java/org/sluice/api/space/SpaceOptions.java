// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import org.sluice.machine.AddressRange;

/**
 * How an address space is to be.
 *
 * @param name unique within the machine
 * @param durable survives the end of the platform, however it comes
 * @param messageWindow where doorbells are put if the unit translates messages, or null for the unit's own default
 * @param inputBits least width of input addresses that tables must cover, or 0 for what the unit likes
 * @param parent tables of others can be laid over it (VT-d: as the second stage, SMMUv3: as stage 2, AMD-Vi: as the host table)
 */
public record SpaceOptions(String name, boolean durable, AddressRange messageWindow, int inputBits, boolean parent) {
    public SpaceOptions(String name, boolean durable, AddressRange messageWindow, int inputBits) {
        this(name, durable, messageWindow, inputBits, false);
    }

    /** A space that can be a parent. */
    public static SpaceOptions parent(String name) {
        return new SpaceOptions(name, false, null, 0, true);
    }

    public static SpaceOptions named(String name) {
        return new SpaceOptions(name, false, null, 0);
    }
}
