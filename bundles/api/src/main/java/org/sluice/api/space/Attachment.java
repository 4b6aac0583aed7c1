// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import org.sluice.api.Status;
import org.sluice.machine.DeviceId;

/**
 * A device that uses an address space.
 *
 * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
 * @param unit name of the unit in front of it
 * @param status {@code ACTIVE}, or why its DMA is blocked
 */
public record Attachment(DeviceId device, int pasid, String unit, Status status) {
}
