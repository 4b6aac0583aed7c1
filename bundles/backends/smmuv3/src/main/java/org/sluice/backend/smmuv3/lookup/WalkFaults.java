// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;

/** Which event a walk that failed stands for: section 3.4 with DDI 0487's order of faults at a descriptor. Stateless. */
final class WalkFaults {
    private WalkFaults() {
    }

    /**
     * The event, or null if the image does not hold a table.
     *
     * @param level where the walk stopped, counted from the leaves
     * @param entry the entry at which it stopped
     * @param accessFlag whether an access flag of 0 faults
     */
    static SmmuEvent event(int outcome, RadixFormat format, int level, long entry, boolean accessFlag) {
        return switch (outcome) {
            case RadixWalker.UNKNOWN_MEMORY -> null;
            case RadixWalker.OUTSIDE_MEMORY -> SmmuEvent.F_WALK_EABT;
            case RadixWalker.RESERVED -> forbiddenType(format, level, entry) ? SmmuEvent.F_TRANSLATION : SmmuEvent.F_ADDR_SIZE;
            case RadixWalker.NOT_PERMITTED -> accessFlag && TableDescriptor.ACCESS_FLAG.get(entry) == 0 ? SmmuEvent.F_ACCESS : SmmuEvent.F_PERMISSION;
            default -> SmmuEvent.F_TRANSLATION;
        };
    }

    /** A block where the granule has none, and the block type in the last level, are invalid descriptors. */
    private static boolean forbiddenType(RadixFormat format, int level, long entry) {
        return TableDescriptor.TYPE.get(entry) == TableDescriptor.BLOCK && (level == 0 || (format.pageSizes() >>> format.shift(level) & 1) == 0);
    }
}
