// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.AddressSpace.DirtyVisitor;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;

/**
 * What devices wrote: what the units' tables say, and what tables said that are gone. A table that leaves, because its unit is swapped or its
 * last device goes, is read before; one that cannot be read leaves everything that is mapped behind as written. The machine's lock is held.
 */
final class DirtyPages {
    private final Space space;
    /** Ranges that were written, start to last; they neither overlap nor touch. */
    private final TreeMap<Long, Long> kept = new TreeMap<>(Long::compareUnsigned);
    private boolean tracking;

    DirtyPages(Space space) {
        this.space = space;
    }

    /** Switches recording in all tables, or in none. */
    void track(boolean on, Projection[] projections) {
        for (int i = 0; i < projections.length; i++) {
            if (!switchIn(projections[i], on)) {
                for (int j = 0; j < i; j++) {
                    projections[j].trackDirty(tracking);
                }
                throw new RefusedException(cannot(projections[i].unit()));
            }
        }
        tracking = on;
    }

    /** A backend that breaks serves no longer, and what it did not record is told as written when its table goes. */
    private boolean switchIn(Projection projection, boolean on) {
        try {
            return projection.trackDirty(on);
        } catch (RuntimeException | Error e) {
            throw space.siblings().thrown(projection.slot(), projection.unit(), e);
        }
    }

    /** Why a unit cannot have the space, or null. */
    Refusal against(LiveUnit unit) {
        return tracking && !unit.capabilities().features().contains(Feature.DIRTY_TRACKING) ? cannot(unit) : null;
    }

    private Refusal cannot(LiveUnit unit) {
        return Refusal.of(Rule.DIRTY_TRACKING, null, unit.title() + " cannot record writes, and space " + space.name() + " needs it", "use a backend that can", "stop recording first");
    }

    /** A new table records too, before anything is in it. */
    void join(Projection projection) {
        if (tracking && !projection.trackDirty(true)) {
            throw new RefusedException(cannot(projection.unit()));
        }
    }

    /** Nothing writes through a table any more, and it is about to go. */
    void leave(Projection projection) {
        if (!tracking) {
            return;
        }
        try {
            projection.dirty(0, -1L, false, (iova, size) -> add(iova, iova + (size - 1)));
        } catch (RuntimeException | Error broken) {
            // Told as written although it may not have been: the other way round data would be lost.
            space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> {
                add(iova, last);
                return true;
            });
        }
    }

    /** What is no longer mapped is not written either. */
    void forget(long start, long last) {
        if (tracking) {
            cut(start, last);
        }
    }

    /** What was mapped, and is so again, may have been written before: no table tells any more. Told as written as in {@link #leave}. */
    void doubt(long start, long last) {
        if (tracking) {
            add(start, last);
        }
    }

    void visit(AddressRange range, boolean clear, Projection[] projections, DirtyVisitor visitor) {
        if (!tracking) {
            throw new RefusedException(Refusal.of(Rule.DIRTY_TRACKING, range, "writes of space " + space.name() + " are not recorded",
                    "start recording first"));
        }
        for (Projection projection : projections) {
            try {
                projection.dirty(range.start(), range.last(), clear, (iova, size) -> add(iova, iova + (size - 1)));
            } catch (RuntimeException | Error e) {
                throw space.siblings().thrown(projection.slot(), projection.unit(), e);
            }
        }
        for (Map.Entry<Long, Long> entry = first(range.start()); entry != null && Long.compareUnsigned(entry.getKey(), range.last()) <= 0;
                entry = kept.higherEntry(entry.getKey())) {
            AddressRange part = range.intersection(new AddressRange(entry.getKey(), entry.getValue()));
            visitor.dirty(part.start(), part.size());
        }
        if (clear) {
            cut(range.start(), range.last());
        }
    }

    private Map.Entry<Long, Long> first(long start) {
        Map.Entry<Long, Long> before = kept.floorEntry(start);
        return before != null && Long.compareUnsigned(before.getValue(), start) >= 0 ? before : kept.ceilingEntry(start);
    }

    private void add(long start, long last) {
        long from = start;
        long to = last;
        Map.Entry<Long, Long> near = kept.floorEntry(from);
        if (near != null && (from == 0 || Long.compareUnsigned(near.getValue(), from - 1) >= 0)) {
            from = near.getKey();
            to = max(to, near.getValue());
        }
        for (near = kept.ceilingEntry(from); near != null && (to == -1L || Long.compareUnsigned(near.getKey(), to + 1) <= 0);
                near = kept.ceilingEntry(from)) {
            to = max(to, near.getValue());
            kept.remove(near.getKey());
        }
        kept.put(from, to);
    }

    private void cut(long start, long last) {
        for (Map.Entry<Long, Long> entry = first(start); entry != null && Long.compareUnsigned(entry.getKey(), last) <= 0; entry = first(start)) {
            kept.remove(entry.getKey());
            if (Long.compareUnsigned(entry.getKey(), start) < 0) {
                kept.put(entry.getKey(), start - 1);
            }
            if (Long.compareUnsigned(entry.getValue(), last) > 0) {
                kept.put(last + 1, entry.getValue());
                return;
            }
        }
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }
}
