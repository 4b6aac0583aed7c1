// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import org.sluice.api.space.Account;
import org.sluice.api.space.SpaceInfo;

/** Counters of one address space, and how fast they went between the last two readings that were a second or more apart (SHM-20). */
public final class SpaceCounters {
    private final SpaceInfo info;
    private final Churn churn;
    private final Account account;

    SpaceCounters(SpaceInfo info, Churn churn, Account account) {
        this.info = info;
        this.churn = churn;
        this.account = account;
    }

    public String getMachine() {
        return info.machine();
    }

    public String getSpace() {
        return info.name();
    }

    public int getAttachments() {
        return info.attachments();
    }

    public long getMappings() {
        return info.mappings();
    }

    public long getMappedBytes() {
        return info.mappedBytes();
    }

    public long getMaps() {
        return info.maps();
    }

    public long getUnmaps() {
        return info.unmaps();
    }

    public long getInvalidations() {
        return info.invalidations();
    }

    public long getRefusals() {
        return info.refusals();
    }

    public long getPinnedBytes() {
        return account.pinnedBytes();
    }

    /** -1 for none. */
    public long getPinnedLimit() {
        return account.isLimited() ? account.limitBytes() : -1;
    }

    /** Most that was pinned at once. */
    public long getPinnedPeak() {
        return account.peakBytes();
    }

    /** Memory of the machine that tables of the space take; -1 if a unit does not tell. */
    public long getTableBytes() {
        return account.tableBytes();
    }

    public double getMapsPerSecond() {
        return churn.mapsPerSecond();
    }

    public double getUnmapsPerSecond() {
        return churn.unmapsPerSecond();
    }

    public double getInvalidationsPerSecond() {
        return churn.invalidationsPerSecond();
    }
}
