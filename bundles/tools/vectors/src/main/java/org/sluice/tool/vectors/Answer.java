// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.List;
import java.util.stream.Collectors;

import org.sluice.api.Fault;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.Hex;

/**
 * What becomes of an access.
 *
 * @param fault name, or {@link #NONE_RECORDED}; null where it is not told
 * @param code fault code, or {@link Fault#NO_CODE} where there is none or it is not told
 * @param event fault record; empty where there is none or it is not told
 */
record Answer(Result result, long output, String fault, int code, List<Long> event) {
    static final String NONE_RECORDED = "none-recorded";

    static Answer mapped(long output) {
        return new Answer(Result.MAPPED, output, null, Fault.NO_CODE, List.of());
    }

    static Answer fault(String name, int code, List<Long> event) {
        return new Answer(Result.FAULT, 0, name, code, event);
    }

    static Answer unknown() {
        return new Answer(Result.UNKNOWN, 0, null, Fault.NO_CODE, List.of());
    }

    /** Something before the access did not end as it should: then it has no answer. */
    static Answer unanswered(String why) {
        return new Answer(Result.UNKNOWN, 0, why, Fault.NO_CODE, List.of());
    }

    /** Whether the answers are the same, as far as both tell; records are not looked at. */
    boolean sameAs(Answer other) {
        if (result != other.result) {
            return false;
        }
        return result != Result.MAPPED ? code == other.code : output == other.output;
    }

    @Override
    public String toString() {
        return switch (result) {
            case MAPPED -> Hex.of(output);
            case UNKNOWN -> fault == null ? "unknown" : fault;
            case FAULT -> fault + (code < 0 ? "" : " " + Hex.of(code))
                    + event.stream().map(word -> " " + Hex.padded(word)).collect(Collectors.joining());
        };
    }
}
