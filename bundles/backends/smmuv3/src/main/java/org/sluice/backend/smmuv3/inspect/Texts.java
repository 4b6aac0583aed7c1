// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.machine.Hex;

/** Findings in words. */
final class Texts {
    private Texts() {
    }

    static String of(Blocked blocked) {
        StringBuilder text = new StringBuilder(blocked.event().fault().meaning());
        if (blocked.address() != 0) {
            text.append(", at ").append(Hex.of(blocked.address()));
        }
        if (blocked.fault().stage2()) {
            text.append(", intermediate address ").append(Hex.of(blocked.fault().address()));
        }
        if (!blocked.detail().isEmpty()) {
            text.append(": ").append(blocked.detail());
        }
        return text.append(notRecorded(blocked)).toString();
    }

    private static String notRecorded(Blocked blocked) {
        if (blocked.recorded() || blocked.event() == SmmuEvent.ABORT) {
            return "";
        }
        return blocked.event() == SmmuEvent.C_BAD_STREAMID ? " (not recorded: CR2.RECINVSID=0)" : " (not recorded: S2R=0)";
    }

    static String of(Unknown unknown) {
        if (unknown.missing() != null) {
            return "the " + unknown.what() + " at " + Hex.of(unknown.missing()) + " is not in the image";
        }
        return unknown.what().startsWith("AArch32") ? "the stream has " + unknown.what() : "register " + unknown.what() + " is not known";
    }

    static String of(PassThrough pass) {
        return pass.why();
    }
}
