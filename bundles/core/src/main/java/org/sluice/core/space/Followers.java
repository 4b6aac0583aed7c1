// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.api.space.Refusal;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.spi.DomainTable.Outcome;

/**
 * The units' tables, which follow every change of the truth within the same call or not at all. A backend that breaks in the middle serves no
 * longer: its unit is blocked, and the change counts. The machine's lock is held.
 */
final class Followers {
    private final MachineSpaces spaces;
    private final SpaceUnits units;
    /** What units have still to forget; only within a set of changes. */
    private final GatheredRanges gathered = new GatheredRanges();
    private boolean gathering;
    private long invalidations;

    Followers(MachineSpaces spaces, SpaceUnits units) {
        this.spaces = spaces;
        this.units = units;
    }

    /** How often a unit was made to forget something. */
    long invalidations() {
        return invalidations;
    }

    /** Maps in every table; why one of those that serve cannot follow, and then none has it, or null. */
    Refusal map(long iova, long output, long size, int permissions) {
        if (gathering) {
            settle(); // before tables that are free now, or the addresses themselves, serve something else
            gathering = true;
        }
        Projection only = units.only();
        if (only == null) {
            return mapInAll(iova, output, size, permissions);
        }
        Outcome outcome = mapIn(only, iova, output, size, permissions);
        return outcome == Outcome.OK ? null : without(only, outcome, iova, size);
    }

    private Refusal mapInAll(long iova, long output, long size, int permissions) {
        Projection[] all = units.projections();
        for (int i = 0; i < all.length; i++) {
            Outcome outcome = mapIn(all[i], iova, output, size, permissions);
            Refusal refusal = outcome == Outcome.OK ? null : without(all[i], outcome, iova, size);
            for (int j = 0; j < i && refusal != null; j++) {
                unmapIn(all[j], iova, size);
            }
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    /** {@link #unmap} is about to be called. */
    void approach(long iova) {
        for (Projection projection : units.projections()) {
            try {
                projection.approach(iova);
            } catch (RuntimeException | Error e) {
                spaces.broke(projection, e);
            }
        }
    }

    /** Unmaps in every table; no access uses what was mapped when this returns, or between {@link #gather} and {@link #settle} when that does. */
    void unmap(long iova, long size) {
        if (gathering) {
            unmapLater(iova, size);
            return;
        }
        Projection only = units.only();
        if (only != null) {
            unmapIn(only, iova, size);
            return;
        }
        for (Projection projection : units.projections()) {
            unmapIn(projection, iova, size);
        }
    }

    /** As {@link #unmap} where the range may reach beyond what a unit covers, and end within a page. */
    void unmapWithin(long iova, long last) {
        boolean more = gathering;
        settle();
        for (Projection projection : units.projections()) {
            AddressRange part = projection.pagesWithin(iova, last);
            if (part != null && part.size() != 0) {
                unmapIn(projection, part.start(), part.size());
            } else if (part != null) {
                unmapIn(projection, 0, Long.MIN_VALUE);
                unmapIn(projection, Long.MIN_VALUE, Long.MIN_VALUE); // no size says 2^64
            }
        }
        gathering = more;
    }

    /** From here on units are made to forget several ranges with one wait, before anything else is mapped. */
    void gather() {
        gathering = true;
    }

    private void unmapLater(long iova, long size) {
        if (gathered.isFull()) {
            settle();
            gathering = true;
        }
        for (Projection projection : units.projections()) {
            try {
                projection.unmapTables(iova, size);
            } catch (RuntimeException | Error e) {
                spaces.broke(projection, e);
            }
        }
        gathered.add(iova, iova + (size - 1));
    }

    /** No access uses what was unmapped since {@link #gather} when this returns. */
    void settle() {
        gathering = false;
        if (gathered.isEmpty()) {
            return;
        }
        try {
            for (Projection projection : units.projections()) {
                try {
                    projection.invalidate(gathered);
                    invalidations++;
                    drain(projection);
                } catch (RuntimeException | Error e) {
                    spaces.broke(projection, e);
                }
            }
        } finally {
            gathered.clear();
        }
    }

    /** Accesses that began before may still use what was mapped, and tables that are free now. */
    private static void drain(Projection projection) {
        if (serves(projection)) {
            projection.slot().gate().drain();
        }
    }

    /**
     * Maps in the table of one unit, whether or not it is filled that far; why that cannot be, or null.
     *
     * @throws RuntimeException its backend broke; what becomes of the unit is up to who asks for its doorbell
     */
    Refusal mapAt(LiveUnit unit, long iova, long output, long size, int permissions) {
        for (Projection projection : units.projections()) {
            Outcome outcome = projection.unit() == unit ? projection.put(iova, output, size, permissions) : Outcome.OK;
            if (outcome != Outcome.OK) {
                return SpaceUnits.notHeld(unit, outcome, AddressRange.ofSize(iova, size));
            }
        }
        return null;
    }

    /** Unmaps in the table of one unit, if that has one. */
    void unmapAt(LiveUnit unit, long iova, long size) {
        for (Projection projection : units.projections()) {
            if (projection.unit() == unit) {
                unmapIn(projection, iova, size);
            }
        }
    }

    /** Why a mapping cannot be that a table does not hold, or null: what is being filled beside the one that serves may fail without harm. */
    private static Refusal without(Projection projection, Outcome outcome, long iova, long size) {
        Refusal refusal = SpaceUnits.notHeld(projection.unit(), outcome, AddressRange.ofSize(iova, size));
        if (serves(projection)) {
            return refusal;
        }
        projection.fail(refusal);
        return null;
    }

    private static boolean serves(Projection projection) {
        return projection.unit() == projection.slot().live();
    }

    /** Fails closed: a backend that breaks serves no longer, and the truth has the mapping for the next one. */
    private Outcome mapIn(Projection projection, long iova, long output, long size, int permissions) {
        try {
            return projection.map(iova, output, size, permissions);
        } catch (RuntimeException | Error e) {
            spaces.broke(projection, e);
            return Outcome.OK;
        }
    }

    private void unmapIn(Projection projection, long iova, long size) {
        try {
            projection.unmap(iova, size);
            invalidations++;
            drain(projection);
        } catch (RuntimeException | Error e) {
            spaces.broke(projection, e);
        }
    }
}
