// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Makes a case that shows something smaller, as long as it still shows it. Stateless. */
final class Shrinker {
    private static final int PAGE_SHIFT = 12;

    private Shrinker() {
    }

    /** @param shows runs a case; whether it still shows what it is kept for */
    static Case shrink(Case which, Predicate<Case> shows) {
        Case smallest = which;
        boolean smaller = true;
        while (smaller) {
            Case next = withoutWords(withoutSteps(smallest, shows), shows);
            smaller = next.steps().size() + next.words().size() < smallest.steps().size() + smallest.words().size();
            smallest = next;
        }
        return smallest;
    }

    private static Case withoutSteps(Case which, Predicate<Case> shows) {
        Case best = which;
        for (int i = which.steps().size() - 1; i >= 0; i--) {
            List<Step> steps = new ArrayList<>(best.steps());
            steps.remove(i);
            Case tried = new Case(best.name(), best.registers(), best.words(), steps);
            best = shows.test(tried) ? tried : best;
        }
        return best;
    }

    private static Case withoutWords(Case which, Predicate<Case> shows) {
        Case best = which;
        for (Long address : which.words().keySet()) {
            // Not the top structures: with some of their bits gone an emulator ends instead of answering.
            if (which.registers().values().stream().anyMatch(table -> (table ^ address) >>> PAGE_SHIFT == 0)) {
                continue;
            }
            Map<Long, Long> words = new TreeMap<>(best.words());
            words.remove(address);
            Case tried = new Case(best.name(), best.registers(), words, best.steps());
            best = shows.test(tried) ? tried : best;
        }
        return best;
    }
}
