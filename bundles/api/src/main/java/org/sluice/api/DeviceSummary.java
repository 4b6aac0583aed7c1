// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/**
 * One requester as its unit sees it.
 *
 * @param pasid process address space id, or {@link TranslationRequest#NO_PASID}
 * @param unit unit's name, or null if none serves it
 * @param backend backend's name, or null if none is there
 * @param domain domain id in the tables, or -1
 * @param tableKind vendor's name of the tables, {@code second-stage}; {@code pass-through}; empty if there is none
 * @param levels levels of the table; 0 if there is none
 * @param mappings leaves; -1 if not known
 * @param mappedBytes bytes they cover; -1 if not known
 */
public record DeviceSummary(DeviceId device, int pasid, String unit, String backend, int domain, String tableKind, int levels,
        long mappings, long mappedBytes, Status status) {
}
