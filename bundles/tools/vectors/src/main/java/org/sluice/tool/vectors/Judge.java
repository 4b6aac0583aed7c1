// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.TranslationReport.Result;

/**
 * Holds answers to what vectors expect. Vectors were seen on emulated units, so a few differ from the architecture in known ways
 * ({@code docs/backends/qemu-differences.md}); those that concern only the form of a record still agree. Stateless.
 */
final class Judge {
    private static final int F_CD_FETCH = 0x09;
    private static final int F_WALK_EABT = 0x0b;
    private static final int F_TRANSLATION = 0x10;
    private static final int F_ADDR_SIZE = 0x11;
    private static final int EVENT_WORDS = 4;
    private static final long PAGE_OFFSET = 0xfff;
    private static final long STAGE_2 = 1L << 39;
    private static final long CLASS_TT = 1L << 40;
    private static final long CLASS = 3L << 40;
    private static final long READ = 1L << 35;
    private static final long PASID_PRESENT = 1L << 31;
    private static final long PASID = 0xf_ffffL << 40;

    /** @param quirk null if there is none to be named */
    record Verdict(boolean agrees, String quirk) {
    }

    private Judge() {
    }

    static Verdict judge(String unit, Answer expected, Answer told) {
        boolean smmu = "arm-smmu-v3".equals(unit);
        if (!expected.sameAs(told)) {
            return new Verdict(false, smmu ? smmuAnswer(expected, told) : null);
        }
        if (expected.event().isEmpty() || told.event().isEmpty() || expected.event().equals(told.event())) {
            return new Verdict(true, null);
        }
        String quirk = smmu ? smmuRecord(expected, told) : "intel-vtd".equals(unit) ? vtdRecord(expected, told) : null;
        return new Verdict(quirk != null, quirk);
    }

    private static String smmuAnswer(Answer expected, Answer told) {
        if (expected.code() == F_TRANSLATION && told.code() == F_WALK_EABT) {
            return "smmuv3-device-memory";
        }
        boolean silent = expected.result() == Result.FAULT && Answer.NONE_RECORDED.equals(expected.fault());
        return silent && told.code() == F_ADDR_SIZE ? "smmuv3-stage2-input-size" : null;
    }

    /** The record as the architecture has it, step by step from the emulated one. */
    private static String smmuRecord(Answer expected, Answer told) {
        if (expected.event().size() != EVENT_WORDS || told.event().size() != EVENT_WORDS) {
            return null;
        }
        List<Long> record = new ArrayList<>(expected.event());
        if (expected.code() == F_CD_FETCH && record.get(3) == 0) {
            record.set(3, record.get(2));
            record.set(2, 0L);
            return record.equals(told.event()) ? "smmuv3-cd-fetch-record" : null;
        }
        record.set(3, record.get(3) & ~PAGE_OFFSET);
        if (record.equals(told.event())) {
            return "smmuv3-ipa-offset";
        }
        long word = record.get(1);
        if ((word & (STAGE_2 | CLASS)) == (STAGE_2 | CLASS_TT)) {
            record.set(1, word & ~READ | told.event().get(1) & READ);
            return record.equals(told.event()) ? "smmuv3-table-base-early" : null;
        }
        return null;
    }

    private static String vtdRecord(Answer expected, Answer told) {
        boolean same = expected.event().size() == 2 && told.event().size() == 2 && expected.event().get(0).equals(told.event().get(0))
                && ((expected.event().get(1) | told.event().get(1)) & PASID_PRESENT) == 0
                && (expected.event().get(1) & ~PASID) == (told.event().get(1) & ~PASID);
        return same ? "vtd-record-pasid" : null;
    }
}
