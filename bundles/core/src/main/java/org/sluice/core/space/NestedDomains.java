// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.Attachment;
import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DomainTable;

/**
 * Which devices use a space, and the tables of users that lie over it. A unit gets a user's table with the device that uses it; nothing of it is
 * pinned, copied or read here (NST-01, NST-04). Methods take the machine's lock.
 */
final class NestedDomains {
    private static final UserEntries.Outcome NOTHING = new UserEntries.Outcome(0, null);

    private final Space space;
    private final OpenMachine machine;
    private final SpaceUnits units;
    private final List<Nested> all = new ArrayList<>();

    NestedDomains(Space space, OpenMachine machine, SpaceUnits units) {
        this.space = space;
        this.machine = machine;
        this.units = units;
    }

    Space parent() {
        return space;
    }

    NestedDomain nest(DeviceId device, UserTable table) {
        space.lock().lock();
        try {
            checkThere(null);
            if (!space.options().parent()) {
                throw space.refused(List.of(stages("space " + space.name() + " was not made as a parent of tables of others",
                        "make another one as a parent")));
            }
            UnitSlot slot = slot(device);
            UserTable own = new UserTable(table.type(), table.bytes());
            check(slot, needed(slot.demand(), device), own);
            Nested nested = new Nested(this, own);
            all.add(nested);
            return nested;
        } finally {
            space.lock().unlock();
        }
    }

    private void check(UnitSlot slot, LiveUnit unit, UserTable table) {
        try {
            unit.nesting().check(table);
        } catch (RefusedException refused) {
            throw space.refused(refused.refusals());
        } catch (RuntimeException | Error e) {
            throw space.siblings().thrown(slot, unit, e);
        }
    }

    private UnitSlot slot(DeviceId device) {
        return machine.slotOf(device).orElseThrow(() -> space.refused(List.of(Refusal.of(Rule.BACKEND, null,
                "no IOMMU serves " + device + ": its DMA is not translated"))));
    }

    private LiveUnit needed(LiveUnit unit, DeviceId device) {
        if (unit == null) {
            throw space.refused(List.of(Refusal.of(Rule.BACKEND, null, "nobody serves the unit of " + device + " at this moment", "see unit-list")));
        }
        if (unit.nesting() == null) {
            throw space.refused(List.of(cannot(unit)));
        }
        return unit;
    }

    private static Refusal cannot(LiveUnit unit) {
        return stages(unit.title() + " lays no tables of others over its own", "use a backend and a unit that can nest");
    }

    private static Refusal stages(String text, String wayOut) {
        return Refusal.of(Rule.STAGES, null, text, wayOut);
    }

    private void checkThere(Nested nested) {
        if (space.isDestroyed()) {
            throw space.refused(List.of(SpaceRefusals.gone(space)));
        }
        if (nested != null && !all.contains(nested)) {
            throw space.refused(List.of(Refusal.of(Rule.NOT_FOUND, null, "that nested table was destroyed")));
        }
    }

    /** @param to null for the space's own table */
    void attach(DeviceId device, int pasid, Nested to) {
        Space before;
        space.lock().lock();
        try {
            checkThere(to);
            before = space.siblings().of(device, pasid);
            if (before == space) {
                units.change(device, pasid, to);
                return;
            }
            UnitSlot slot = slot(device);
            LiveUnit unit = slot.demand();
            List<Refusal> against = units.againstAttach(device, pasid, slot, unit);
            against.addAll(against(slot, unit, to == null ? List.of() : List.of(to)));
            if (!against.isEmpty()) {
                throw space.refused(against);
            }
            units.attach(new SpaceUnits.Link(device, pasid, slot, to), unit, before != null);
            if (before != null) {
                before.left(device, pasid, space);
            }
            space.refresh();
            space.tellMoved(device, pasid);
        } finally {
            space.lock().unlock();
        }
        if (before != null) {
            before.settle();
        }
    }

    /** All reasons why a unit could not take the space with all tables over it. */
    List<Refusal> against(UnitSlot slot, LiveUnit unit) {
        return against(slot, unit, all);
    }

    private List<Refusal> against(UnitSlot slot, LiveUnit unit, List<Nested> tables) {
        List<Refusal> found = new ArrayList<>();
        if (unit == null || !space.options().parent()) {
            return found;
        }
        if (unit.nesting() == null) {
            found.add(cannot(unit));
            return found;
        }
        for (Nested nested : tables) {
            try {
                check(slot, unit, nested.table());
            } catch (RefusedException refused) {
                refused.refusals().forEach(r -> found.add(stages(unit.title() + " does not take the " + nested.table() + " over space " + space.name() + ": "
                        + r.text(), "destroy it first")));
            }
        }
        return found;
    }

    List<Attachment> attachments(Nested nested) {
        return units.attachments(link -> link.nested() == nested);
    }

    /** @param nested null for all */
    UserEntries.Outcome invalidate(Nested nested, UserEntries entries) {
        space.lock().lock();
        try {
            checkThere(nested);
            UserTable table = nested == null ? null : nested.table();
            Projection[] projections = units.projections();
            UserEntries.Outcome outcome = NOTHING;
            for (Projection projection : projections) {
                outcome = invalidate(projection.slot(), projection.unit(), projection.table(), table, entries);
                projection.slot().gate().drain();
            }
            return projections.length > 0 ? outcome : look(table, entries);
        } catch (RefusedException refused) {
            throw space.refused(refused.refusals());
        } finally {
            space.lock().unlock();
        }
    }

    /** No device uses the space, so that nothing is cached: whatever could serve it says whether entries are well-formed. */
    private UserEntries.Outcome look(UserTable table, UserEntries entries) {
        for (UnitSlot slot : machine.slots()) {
            LiveUnit unit = slot.live();
            if (unit != null && unit.nesting() != null) {
                return invalidate(slot, unit, null, table, entries);
            }
        }
        throw new RefusedException(Refusal.of(Rule.BACKEND, null, "no unit serves at this moment that could nest", "see unit-list"));
    }

    private UserEntries.Outcome invalidate(UnitSlot slot, LiveUnit unit, DomainTable parent, UserTable table, UserEntries entries) {
        try {
            return unit.nesting().invalidate(parent, table, entries);
        } catch (RuntimeException | Error e) {
            throw space.siblings().thrown(slot, unit, e);
        }
    }

    void destroy(Nested nested) {
        space.lock().lock();
        try {
            List<Attachment> users = attachments(nested);
            if (!users.isEmpty()) {
                throw space.refused(List.of(Refusal.of(Rule.BUSY, null, "the nested table is used by " + users.get(0).device()
                        + (users.size() == 1 ? "" : " and others"), "detach its devices first")));
            }
            all.remove(nested);
        } finally {
            space.lock().unlock();
        }
    }

    /** Tables over the space, which keep it from being destroyed. The lock is held. */
    List<Nested> children() {
        return all;
    }

    /** Formats of a unit; empty if it cannot nest. */
    static List<UserFormat> formats(LiveUnit unit) {
        return unit.nesting() == null ? List.of() : unit.nesting().tables();
    }
}
