// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.Arrays;
import java.util.List;

/**
 * What became of an access.
 *
 * @param output where the word was read or written, if {@code MAPPED}
 * @param code vendor's fault code, if {@code FAULT}; -1 where there is none
 * @param name our name for the fault, with what goes with it; empty where nobody told
 * @param record the fault record, or empty if none was written
 */
record Outcome(Kind kind, long output, int code, String name, List<Long> record) {
    enum Kind {
        MAPPED,
        FAULT,
        /** Neither a record nor a word in RAM: silently refused, or gone to where there is no RAM. */
        UNSEEN,
        /** The machine does not answer any more. */
        HUNG
    }

    static final Outcome UNSEEN = new Outcome(Kind.UNSEEN, 0, -1, "", List.of());

    static final Outcome HUNG = new Outcome(Kind.HUNG, 0, -1, "", List.of());

    static Outcome mapped(long output) {
        return new Outcome(Kind.MAPPED, output, -1, "", List.of());
    }

    static Outcome fault(int code, String name) {
        return new Outcome(Kind.FAULT, 0, code, name, List.of());
    }

    static Outcome fault(int code, long[] record) {
        return new Outcome(Kind.FAULT, 0, code, "", Arrays.stream(record).boxed().toList());
    }

    boolean sameAnswer(Outcome other) {
        return kind == other.kind && output == other.output && code == other.code;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(kind.toString().toLowerCase());
        if (kind == Kind.MAPPED) {
            text.append(" 0x").append(Long.toHexString(output));
        }
        if (kind == Kind.FAULT) {
            text.append(code < 0 ? "" : " 0x" + Integer.toHexString(code)).append(name.isEmpty() ? "" : " " + name);
            record.forEach(word -> text.append(String.format(" %016x", word)));
        }
        return text.toString();
    }
}
