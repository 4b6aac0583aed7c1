// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.layout;

import org.sluice.api.Fault;

/** Every fault that the unit knows: number, name, meaning. */
public enum NoneFault {
    BLOCKED(1, "requester-blocked", "the unit is off, or the permit table does not let the requester through"),
    TABLE_ACCESS(2, "permit-table-access", "there is no memory where the permit table should be"),
    REQUESTER_BEYOND_TABLE(3, "requester-beyond-table", "the requester id has no bit in the permit table");

    private final int code;
    private final Fault fault;

    NoneFault(int code, String label, String meaning) {
        this.code = code;
        this.fault = new Fault(label, code, meaning, None.SPECIFICATION + "fault " + code);
    }

    public int code() {
        return code;
    }

    public Fault fault() {
        return fault;
    }

    /** The fault with that number, or null. */
    public static NoneFault of(int code) {
        for (NoneFault fault : values()) {
            if (fault.code == code) {
                return fault;
            }
        }
        return null;
    }
}
