// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.function.Predicate;

import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/**
 * A known way in which QEMU differs from the architecture, as data; {@code docs/backends/qemu-differences.md} lists them all.
 *
 * @param since first release that has it among those that were looked at
 * @param before first release that has it no longer, or null
 * @param clause what the architecture says, and where
 */
record Quirk(String id, String type, Version since, Version before, String clause, Predicate<Disagreement> explains) {
    boolean isOf(String unitType, Version version) {
        return type.equals(unitType) && since.compareTo(version) <= 0 && (before == null || before.compareTo(version) > 0);
    }

    /** The quirk that explains a disagreement, or null. */
    static Quirk explaining(Disagreement disagreement, String unitType, Version version) {
        for (List<Quirk> quirks : List.of(VtdQuirks.ALL, AmdViQuirks.ALL, Smmuv3Quirks.ALL)) {
            for (Quirk quirk : quirks) {
                if (quirk.isOf(unitType, version) && quirk.explains.test(disagreement)) {
                    return quirk;
                }
            }
        }
        return null;
    }
}
