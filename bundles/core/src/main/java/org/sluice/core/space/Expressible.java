// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.core.unit.LiveUnit;

/** Asks whether a unit can express what is mapped: every reason, each with the first mapping it concerns and how many there are. */
public final class Expressible {
    private static final class Count {
        private Refusal first;
        private long mappings;
    }

    private Expressible() {
    }

    /** Adds a refusal for each rule that a mapping of the space breaks under {@code unit}. The machine's lock is held. */
    static void addRefusals(LiveUnit unit, Space space, List<Refusal> out) {
        Limits limits = new Limits(List.of(unit), space.options().parent());
        if (space.isWithin(limits)) {
            return; // most swaps are between units that can do much the same, and a million mappings need no look
        }
        Map<Refusal.Rule, Count> counts = new EnumMap<>(Refusal.Rule.class);
        RangeMap truth = space.truth();
        RangeRun run = new RangeRun();
        boolean more = truth.run(0, RangeLeaf.CAPACITY, run);
        while (more) {
            // Nearly always a look at what they have together is enough.
            if (!limits.allowAll(run)) {
                addRefusals(limits, run, counts);
            }
            long last = run.last(run.count() - 1);
            more = last != -1 && truth.run(last + 1, RangeLeaf.CAPACITY, run);
        }
        counts.values().forEach(c -> out.add(c.mappings == 1 ? c.first : new Refusal(c.first.rule(), c.first.range(), null, null,
                c.first.text() + " (and " + (c.mappings - 1) + " more mappings)", c.first.waysOut())));
    }

    private static void addRefusals(Limits limits, RangeRun run, Map<Refusal.Rule, Count> counts) {
        for (int i = 0; i < run.count(); i++) {
            int permissions = Flags.permissions(run.flags(i));
            if (Flags.kind(run.flags(i)) == RangeKind.DOORBELL || limits.allow(run.starts[i], run.outputs[i], run.sizes[i], permissions)) {
                continue;
            }
            for (Refusal refusal : limits.refusals(run.starts[i], run.outputs[i], run.sizes[i], permissions)) {
                Count count = counts.computeIfAbsent(refusal.rule(), r -> new Count());
                count.first = count.first == null ? refusal : count.first;
                count.mappings++;
            }
        }
    }
}
