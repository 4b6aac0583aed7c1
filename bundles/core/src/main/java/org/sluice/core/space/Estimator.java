// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.space.AccountingService.Estimate;
import org.sluice.api.space.Change;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;

/**
 * What mappings would cost: each unit's driver builds a table for them that is attached to nothing, tells how much memory it takes, and frees it. So
 * page sizes and shared tables are the driver's own and no formula's.
 */
public final class Estimator {
    private final Space space;
    private final List<Change> mappings;
    private final List<Refusal> refusals = new ArrayList<>();

    private Estimator(Space space, List<Change> mappings) {
        this.space = space;
        this.mappings = mappings;
    }

    /** @param device one that is to use the space too, or null */
    public static Estimate estimate(MachineSpaces spaces, Space space, DeviceId device, List<Change> mappings) {
        space.lock().lock();
        try {
            return new Estimator(space, mappings).estimate(device == null ? null : spaces.unitOf(device));
        } finally {
            space.lock().unlock();
        }
    }

    private Estimate estimate(LiveUnit also) {
        RangeMap together = new RangeMap();
        long asked = 0;
        for (Change change : mappings) {
            List<Refusal> alone = SpaceRefusals.ofMap(space, change.iova(), change.output(), change.size(), change.permissions(), RangeKind.USER);
            refusals.addAll(alone);
            if (alone.isEmpty() && !together.insert(change.iova(), change.size(), change.output(), 0)) {
                refusals.add(Refusal.of(Rule.OVERLAP, AddressRange.ofSize(change.iova(), change.size()), "two of the mappings overlap at or above "
                        + AddressRange.ofSize(change.iova(), change.size())));
            }
            asked += change.size();
        }
        long used = space.truth().mappedBytes();
        boolean told = refusals.stream().anyMatch(r -> r.rule() == Rule.LIMIT);
        if (!told && !space.account().allows(used, asked)) {
            refusals.add(space.account().refusal(space.name(), null, used, asked));
        }
        return new Estimate(space.name(), asked, used, space.account().limit(), tableBytes(also), refusals);
    }

    private long tableBytes(LiveUnit also) {
        Set<LiveUnit> units = new LinkedHashSet<>(space.units().units());
        if (also != null && units.add(also)) {
            for (Change change : mappings) {
                if (change.size() != 0) {
                    Limits.addRefusals(also, space.options().parent(), AddressRange.ofSize(change.iova(), change.size()), change.output(), change.permissions(),
                            refusals);
                }
            }
        }
        long bytes = 0;
        for (LiveUnit unit : units) {
            long one = refusals.isEmpty() || refusals.stream().allMatch(r -> r.rule() == Rule.LIMIT) ? tableBytesIn(unit) : -1;
            bytes = one < 0 || bytes < 0 ? -1 : bytes + one;
        }
        return bytes;
    }

    private long tableBytesIn(LiveUnit unit) {
        try {
            return measured(unit);
        } catch (RuntimeException | Error e) {
            UnitSlot slot = OpenMachine.of(space.machine()).slots().stream().filter(s -> s.live() == unit).findFirst().orElseThrow();
            throw space.siblings().thrown(slot, unit, e);
        }
    }

    private long measured(LiveUnit unit) {
        DomainTable table = unit.createTable(space.options().parent());
        try {
            for (Change change : mappings) {
                Outcome outcome = table.map(change.iova(), change.output(), change.size(), change.permissions());
                if (outcome != Outcome.OK) {
                    refusals.add(SpaceUnits.notHeld(unit, outcome, AddressRange.ofSize(change.iova(), change.size())));
                    return -1;
                }
            }
            return table.tableBytes();
        } finally {
            unit.release(table);
        }
    }
}
