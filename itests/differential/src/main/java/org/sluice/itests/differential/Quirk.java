// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.function.Predicate;

import org.sluice.api.EmulatorQuirk;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/** A known way in which QEMU differs from the architecture, and how to tell that a disagreement is due to it. */
record Quirk(EmulatorQuirk known, List<String> types, Predicate<Disagreement> explains) {
    /** What a backend says of QEMU's units of its kind. */
    record Known(Backend backend) {
        Quirk of(String id, Predicate<Disagreement> explains) {
            EmulatorQuirk known = backend.quirks().stream().filter(q -> q.id().equals(id)).findFirst().orElseThrow(() -> new IllegalArgumentException("no quirk " + id));
            return new Quirk(known, backend.info().unitTypes(), explains);
        }
    }

    /** Of all units that the lab runs. */
    static List<List<Quirk>> all() {
        return List.of(VtdQuirks.ALL, AmdViQuirks.ALL, Smmuv3Quirks.ALL);
    }

    String id() {
        return known.id();
    }

    boolean isOf(String unitType, Version version) {
        return types.contains(unitType) && known.isOf(version.toString());
    }

    /** The quirk that explains a disagreement, or null. */
    static Quirk explaining(Disagreement disagreement, String unitType, Version version) {
        for (List<Quirk> quirks : all()) {
            for (Quirk quirk : quirks) {
                if (quirk.isOf(unitType, version) && quirk.explains.test(disagreement)) {
                    return quirk;
                }
            }
        }
        return null;
    }
}
