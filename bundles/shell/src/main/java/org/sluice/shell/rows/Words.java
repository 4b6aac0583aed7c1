// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.sluice.api.Permissions;
import org.sluice.machine.Hex;

/** Small texts that several records share. */
public final class Words {
    private static final int LONG_DIGITS = 16;

    private Words() {
    }

    /** Raw words of an entry with all digits, lowest first. */
    static String padded(List<Long> words) {
        return words.stream().map(Hex::padded).collect(Collectors.joining(" "));
    }

    /** All words as one number, {@code 0x...}; of several words with all digits, so that their number shows. */
    static String oneNumber(List<Long> words) {
        if (words.size() <= 1) {
            return words.isEmpty() ? "" : Hex.of(words.get(0));
        }
        StringBuilder digits = new StringBuilder("0x");
        for (int i = words.size() - 1; i >= 0; i--) {
            String word = Long.toHexString(words.get(i));
            digits.append("0".repeat(LONG_DIGITS - word.length())).append(word);
        }
        return digits.toString();
    }

    static boolean allows(int permissions, int permission) {
        return (permissions & permission) != 0;
    }

    /** {@code rw}; {@code -} for none. */
    static String permissions(int permissions) {
        return Permissions.text(permissions);
    }

    /** A fixed word as the JSON contract writes it. */
    public static String lower(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
