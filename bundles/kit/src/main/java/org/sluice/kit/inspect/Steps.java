// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.TranslationStep;
import org.sluice.kit.layout.Structure;

/** Structures that a look-up read, as steps of a report. */
public final class Steps {
    private Steps() {
    }

    /** A structure outside page tables each; the list may be added to. */
    public static List<TranslationStep> of(List<Structure> trail) {
        List<TranslationStep> steps = new ArrayList<>();
        for (Structure structure : trail) {
            steps.add(of(structure, 0));
        }
        return steps;
    }

    /** @param level vendor's number of the table's level, or 0 outside page tables */
    public static TranslationStep of(Structure structure, int level) {
        return new TranslationStep(structure.layout().name(), structure.address(), structure.words(), level, structure.text());
    }
}
