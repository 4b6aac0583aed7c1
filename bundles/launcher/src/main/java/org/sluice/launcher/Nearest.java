// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Which known names a mistyped one may have meant. */
final class Nearest {
    private static final int SHOWN = 3;

    private Nearest() {
    }

    static List<String> to(String wanted, Collection<String> known) {
        int tolerated = Math.max(2, wanted.length() / 3);
        return known.stream().distinct()
                .filter(name -> name.startsWith(wanted) || distance(wanted, name) <= tolerated)
                .sorted(Comparator.<String>comparingInt(name -> name.startsWith(wanted) ? 0 : distance(wanted, name))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(SHOWN).toList();
    }

    /** Edits (insert, delete, replace) between two words. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
