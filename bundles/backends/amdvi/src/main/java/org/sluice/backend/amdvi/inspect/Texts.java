// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.machine.Hex;

/** Findings in words. */
final class Texts {
    private Texts() {
    }

    static String of(Blocked blocked) {
        StringBuilder text = new StringBuilder(blocked.event().meaning());
        if (blocked.address() != 0) {
            text.append(", at ").append(Hex.of(blocked.address()));
        }
        return blocked.detail().isEmpty() ? text.toString() : text.append(": ").append(blocked.detail()).toString();
    }

    static String of(Unknown unknown) {
        return missing(unknown.missing(), unknown.what());
    }

    static String missing(Long address, String what) {
        return address == null ? "register " + what + " is not known" : "the " + what + " at " + Hex.of(address) + " is not in the image";
    }
}
