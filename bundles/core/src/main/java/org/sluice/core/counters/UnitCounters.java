// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import org.sluice.api.UnitInfo;

/** What a unit does. */
public final class UnitCounters {
    private final String machine;
    private final UnitInfo unit;
    private final long faults;

    UnitCounters(String machine, UnitInfo unit, long faults) {
        this.machine = machine;
        this.unit = unit;
        this.faults = faults;
    }

    public String getMachine() {
        return machine;
    }

    public String getUnit() {
        return unit.name();
    }

    /** Null while none serves. */
    public String getBackend() {
        return unit.backend();
    }

    public String getState() {
        return unit.status().state();
    }

    /** Taken out of it since it is driven, or since the history was cleared. */
    public long getFaults() {
        return faults;
    }
}
