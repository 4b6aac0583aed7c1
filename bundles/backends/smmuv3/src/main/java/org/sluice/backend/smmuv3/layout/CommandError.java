// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.HashMap;
import java.util.Map;

import org.sluice.api.Fault;

/** Why the command queue stopped (SMMU_CMDQ_CONS.ERR, section 7.1). */
public enum CommandError {
    CERROR_ILL(1, "the command is unknown, of a feature that the unit has not, or has a reserved value"),
    CERROR_ABT(2, "the command cannot be read"),
    CERROR_ATC_INV_SYNC(3, "a device has not answered an invalidation before this SYNC");

    private final Fault fault;

    CommandError(int code, String meaning) {
        fault = new Fault(name(), code, meaning, Smmu.SPECIFICATION + "section 7.1");
    }

    public int code() {
        return fault.code();
    }

    public Fault fault() {
        return fault;
    }

    /** Names by number, for layouts. */
    static Map<Long, String> names() {
        Map<Long, String> names = new HashMap<>(Map.of(0L, "none"));
        for (CommandError error : values()) {
            names.put((long) error.code(), error.name());
        }
        return names;
    }
}
