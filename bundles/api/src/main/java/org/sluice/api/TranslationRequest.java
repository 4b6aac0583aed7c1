// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/**
 * One DMA access to be translated.
 *
 * @param pasid process address space id (20 bits), or {@link #NO_PASID}
 * @param iova I/O virtual address, any 64-bit value
 */
public record TranslationRequest(DeviceId device, int pasid, long iova, Access access) {
    public static final int NO_PASID = -1;
}
