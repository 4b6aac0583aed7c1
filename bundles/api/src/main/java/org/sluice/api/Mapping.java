// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.machine.DeviceId;

/**
 * A run of mappings, merged where contiguous on both sides and equal in permissions and memory type.
 *
 * @param pasid process address space id, or {@link TranslationRequest#NO_PASID}
 * @param last last IOVA of the run, inclusive
 * @param output output address of {@code iova}
 * @param permissions bits of {@link Permissions}
 * @param pageSizes sizes in bytes of the leaves in the run, ascending, without repetition
 * @param memoryType vendor's name of the memory type, or empty
 */
public record Mapping(DeviceId device, int pasid, long iova, long last, long output, int permissions, List<Long> pageSizes,
        String memoryType) {
}
