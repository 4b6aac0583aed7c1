// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/**
 * How much memory somebody holds in its place for devices.
 *
 * @param kind {@code space}, or whose account else it is: {@code vfio}
 * @param owner name of the space, of the user, or of the process
 * @param pinnedBytes what is pinned
 * @param limitBytes what may be; {@link #UNLIMITED} for any amount
 * @param peakBytes most that was pinned at once, -1 if not known
 * @param tableBytes memory that the units' tables take in addition, -1 if not known
 */
public record Account(String kind, String owner, long pinnedBytes, long limitBytes, long peakBytes, long tableBytes) {
    public static final long UNLIMITED = Long.MAX_VALUE;

    public boolean isLimited() {
        return limitBytes != UNLIMITED;
    }
}
