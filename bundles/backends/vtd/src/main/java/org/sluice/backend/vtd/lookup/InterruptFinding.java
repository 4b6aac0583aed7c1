// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.kit.layout.Structure;

/**
 * What becomes of one interrupt message. Immutable.
 *
 * @param reason only if {@link Kind#BLOCKED}; null if the message is no interrupt request at all
 * @param quiet whether the fault is not recorded (FPD)
 * @param index of the remapping entry, or -1
 * @param entry remapping entry, or null if none was read
 * @param descriptor posted descriptor, or null
 * @param address where the resulting message goes: remapped, passed, or (posted) the notification; 0 if there is none
 * @param data of the resulting message
 * @param missing address that the image does not hold, or null
 * @param text what exactly happened, for people
 */
public record InterruptFinding(Kind kind, FaultReason reason, boolean quiet, int index, Structure entry, Structure descriptor,
        long address, int data, Long missing, String text) {
    /** {@code POSTED} is noted in a descriptor in memory. */
    public enum Kind { REMAPPED, POSTED, PASSED, BLOCKED, UNKNOWN }

    static InterruptFinding passed(long address, long data, String text) {
        return new InterruptFinding(Kind.PASSED, null, false, -1, null, null, address, (int) data, null, text);
    }

    static InterruptFinding blocked(FaultReason reason, int index, Structure entry, boolean quiet, String text) {
        return new InterruptFinding(Kind.BLOCKED, reason, quiet && reason != null && reason.qualified(), index, entry, null, 0, 0, null, text);
    }

    static InterruptFinding unknown(int index, Structure entry, Long missing, String text) {
        return new InterruptFinding(Kind.UNKNOWN, null, false, index, entry, null, 0, 0, missing, text);
    }
}
