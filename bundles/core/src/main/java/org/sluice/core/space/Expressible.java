// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;

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
        Limits limits = new Limits(List.of(unit));
        Map<Refusal.Rule, Count> counts = new EnumMap<>(Refusal.Rule.class);
        List<Refusal> ofOne = new ArrayList<>();
        RangeMap truth = space.truth();
        RangeMap.Entry entry = new RangeMap.Entry();
        for (boolean more = truth.first(0, entry); more; more = truth.step(entry)) {
            int permissions = Flags.permissions(entry.flags());
            long size = entry.last() - entry.start() + 1;
            if (Flags.kind(entry.flags()) == RangeKind.DOORBELL || limits.allow(entry.start(), entry.output(), size, permissions)) {
                continue;
            }
            ofOne.clear();
            Limits.addRefusals(unit, new AddressRange(entry.start(), entry.last()), entry.output(), permissions, ofOne);
            for (Refusal refusal : ofOne) {
                Count count = counts.computeIfAbsent(refusal.rule(), r -> new Count());
                count.first = count.first == null ? refusal : count.first;
                count.mappings++;
            }
        }
        counts.values().forEach(c -> out.add(c.mappings == 1 ? c.first : new Refusal(c.first.rule(), c.first.range(), null, null,
                c.first.text() + " (and " + (c.mappings - 1) + " more mappings)", c.first.waysOut())));
    }
}
