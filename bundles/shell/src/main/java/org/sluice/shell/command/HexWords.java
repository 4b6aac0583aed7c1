// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.StructureLayout;
import org.sluice.shell.session.CommandException;

/** Raw values as people type them: one long number, or words with the lowest first. */
final class HexWords {
    private static final int DIGITS = 16;

    private HexWords() {
    }

    /** Exactly the words that {@code layout} has; nothing is taken for zero because it was not typed. */
    static List<Long> parse(List<String> typed, StructureLayout layout) {
        List<Long> words = new ArrayList<>();
        for (String text : typed) {
            String digits = text.replaceFirst("^0[xX]", "").replace("_", "");
            if (!digits.matches("[0-9a-fA-F]+")) {
                throw new CommandException("'" + text + "' is not a hexadecimal number");
            }
            if (typed.size() > 1 && digits.length() > DIGITS) {
                throw new CommandException("'" + text + "' is longer than a 64-bit word: give one number, or words, lowest first");
            }
            for (int end = digits.length(); end > 0; end -= DIGITS) {
                words.add(Long.parseUnsignedLong(digits.substring(Math.max(0, end - DIGITS), end), DIGITS));
            }
        }
        int needed = (layout.bits() + Long.SIZE - 1) / Long.SIZE;
        if (words.size() != needed) {
            throw new CommandException(layout.name() + " has " + layout.bits() + " bits: give " + needed + " words, lowest first, or "
                    + layout.bits() / 4 + " digits; given were " + words.size() * Long.SIZE + " bits");
        }
        int spare = needed * Long.SIZE - layout.bits();
        if (spare > 0 && words.get(needed - 1) >>> Long.SIZE - spare != 0) {
            throw new CommandException(layout.name() + " has " + layout.bits() + " bits, the number has more");
        }
        return words;
    }
}
