// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import org.sluice.api.Fault;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.machine.Hex;

/** Findings in words. */
final class Texts {
    /** What a unit in abort-DMA mode does; it has no fault reason. */
    static final Fault ABORTED = new Fault("abort-dma", Fault.NO_CODE, "the unit blocks every request and records nothing",
            Vtd.SPECIFICATION + "register descriptions, RTADDR_REG, field TTM");

    private Texts() {
    }

    static Fault fault(Blocked blocked) {
        return blocked.reason() == null ? ABORTED : blocked.reason().fault();
    }

    static String of(Blocked blocked) {
        StringBuilder text = new StringBuilder(fault(blocked).meaning());
        if (blocked.address() != 0) {
            text.append(", at ").append(Hex.of(blocked.address()));
        }
        if (!blocked.detail().isEmpty()) {
            text.append(": ").append(blocked.detail());
        }
        return text.append(blocked.quiet() ? " (not recorded: FPD)" : "").toString();
    }

    static String of(Unknown unknown) {
        return unknown.missing() == null ? "register " + unknown.what() + " is not known"
                : "the " + unknown.what() + " at " + Hex.of(unknown.missing()) + " is not in the image";
    }
}
