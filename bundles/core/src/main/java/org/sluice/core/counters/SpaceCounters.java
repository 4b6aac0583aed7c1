// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import org.sluice.api.space.SpaceInfo;

/** Counters of one address space, and how fast they went between the last two readings that were a second or more apart (SHM-20). */
public final class SpaceCounters {
    private final SpaceInfo info;
    private final Churn churn;

    SpaceCounters(SpaceInfo info, Churn churn) {
        this.info = info;
        this.churn = churn;
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
