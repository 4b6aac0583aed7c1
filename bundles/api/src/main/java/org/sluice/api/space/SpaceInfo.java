// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/**
 * Counts of one address space since it was made (SHM-20: whether a space is static in practice shows in its churn).
 *
 * @param mappings live mappings
 * @param mappedBytes bytes they cover
 * @param maps successful map calls
 * @param unmaps successful unmap calls
 * @param invalidations calls that made units forget something
 * @param refusals refused calls
 * @param heapBytes memory that the truth takes
 * @param tableBytes memory that the units' tables take, -1 if not known
 */
public record SpaceInfo(String name, String machine, boolean durable, int attachments, long mappings, long mappedBytes, long maps,
        long unmaps, long invalidations, long refusals, long heapBytes, long tableBytes) {
}
