// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * A range that is not free for DMA.
 *
 * @param device requester concerned, or null for all
 * @param kind {@code direct}, {@code direct-relaxable}, {@code reserved}, {@code msi}, ...
 * @param origin who says so: {@code sysfs}, {@code DMAR}, {@code IVRS}, {@code IORT}, {@code architecture}
 */
public record Region(DeviceId device, AddressRange range, String kind, String origin) {
}
