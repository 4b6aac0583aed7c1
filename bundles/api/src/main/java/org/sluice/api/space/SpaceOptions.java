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
 */
public record SpaceOptions(String name, boolean durable, AddressRange messageWindow, int inputBits) {
    public static SpaceOptions named(String name) {
        return new SpaceOptions(name, false, null, 0);
    }
}
