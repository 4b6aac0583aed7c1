// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.List;

import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.StreamRules;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.layout.Structure;

/**
 * Stage 1 as its user says it in words 0 and 1 of a stream table entry (section 5.2): which context descriptors, and what becomes of transactions
 * without SubstreamID. The user may also let transactions past stage 1, or abort them. Immutable.
 */
record UserStage(long first, long second) {
    /** Bits that are the user's: V, Config, S1Fmt, S1ContextPtr, S1CDMax; S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. */
    static final UserFormat FORMAT = new UserFormat(UserTable.SMMUV3, "SMMUv3 stream table entry, words 0 and 1", 16,
            List.of(StreamEntry.VALID.put(-1) | StreamEntry.CONFIG.put(-1) | StreamEntry.S1_FORMAT.put(-1) | StreamEntry.CONTEXT_POINTER.address(-1L)
                    | StreamEntry.CD_MAX.put(-1), StreamEntry.DSS.put(-1) | StreamEntry.S1_INNER.put(-1) | StreamEntry.S1_OUTER.put(-1)
                    | StreamEntry.S1_SHARE.put(-1) | StreamEntry.STALL_DISABLE.put(-1) | StreamEntry.EATS.put(-1)));
    private static final int ABORT = 0;
    private static final int STALLS_BY_CHOICE = 0;

    /** The user's words, checked against the unit as it would check the entry. */
    static UserStage of(UserTable table, UnitState unit) {
        long[] words = FORMAT.words(table.type(), table.bytes());
        long config = StreamEntry.CONFIG.get(words[0]);
        boolean valid = StreamEntry.VALID.get(words[0]) != 0;
        if (valid && config != ABORT && config != StreamEntry.BYPASS && config != StreamEntry.STAGE_1) {
            throw refused("Config=" + config + ": a user's entry aborts (0), passes stage 1 by (4) or has a stage 1 (5)");
        }
        if (StreamEntry.EATS.get(words[1]) != 0) {
            throw refused("EATS=" + StreamEntry.EATS.get(words[1]) + ": devices must not cache translations here, since nobody would make them forget");
        }
        if (!valid || config == ABORT) {
            return new UserStage(StreamTables.aborting()[0], 0);
        }
        if (config == StreamEntry.BYPASS) {
            return new UserStage(StreamEntry.VALID.put(1) | StreamEntry.CONFIG.put(StreamEntry.STAGE_2), 0);
        }
        // Nobody resumes what would stall: with S1STALLD a context descriptor that asks for it is refused by the unit.
        long stalls = StreamEntry.STALL_DISABLE.put(unit.stallModel() == STALLS_BY_CHOICE ? 1 : 0);
        UserStage stage = new UserStage(words[0] | StreamEntry.CONFIG.put(StreamEntry.NESTED), words[1] & ~StreamEntry.STALL_DISABLE.put(-1) | stalls);
        String broken = new StreamRules(unit).broken(stage.probe(unit));
        if (broken != null) {
            throw refused(broken);
        }
        return stage;
    }

    /** The entry over a parent that has the widest tables, wherever they are. */
    private Structure probe(UnitState unit) {
        long[] parent = TableShape.parent(unit, TableShape.parentBits(unit)).second(0, 0);
        return Structure.of(StreamEntry.LAYOUT, 0, first, second, parent[0], parent[1], 0, 0, 0, 0);
    }

    private static RefusedException refused(String text) {
        return new RefusedException(Refusal.of(Rule.INVALID, null, FORMAT.name() + ": " + text));
    }

    /** Fills in the words of an entry that has the host's fields of word 1; those of a parent come with it where it is used. */
    void put(long[] words, Smmuv3Domain parent) {
        words[0] = first;
        words[1] = words[1] & StreamEntry.SHARE.put(-1) | second;
        if (first != StreamTables.aborting()[0]) {
            System.arraycopy(parent.secondWords(), 0, words, 2, 2);
        }
    }
}
