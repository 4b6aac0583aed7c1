// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.SpaceUnits.Link;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;

/**
 * One space in one unit's structures. While it is being filled, changes below the cursor are made in it too, and what lies above comes
 * with the filling; so it needs no list of what happened meanwhile. The machine's lock is held for all of it.
 */
public final class Projection {
    private static final long ALL = -1L;

    private final Space space;
    private final UnitSlot slot;
    private final LiveUnit unit;
    private final DomainTable table;
    private final AddressRange aperture;
    private final boolean invalidateOnMap;
    /** Mappings that start at or below this are in the table; everything once {@link #filled}. */
    private long cursor;
    private boolean filled;
    private boolean empty = true;
    private Refusal failure;
    /** Who was attached while it was being filled. */
    private final List<Link> attached = new ArrayList<>();
    /** Read by whoever asks how far it is. */
    private volatile long count;
    /** What filling takes at a time; null before and after. */
    private RangeRun run;

    Projection(Space space, UnitSlot slot, LiveUnit unit) {
        this.space = space;
        this.slot = slot;
        this.unit = unit;
        boolean parent = space.options().parent();
        this.aperture = unit.capabilities(parent).aperture();
        this.table = unit.createTable(parent);
        this.invalidateOnMap = unit.capabilities().features().contains(Feature.MAP_NEEDS_INVALIDATION);
    }

    public Space space() {
        return space;
    }

    UnitSlot slot() {
        return slot;
    }

    public LiveUnit unit() {
        return unit;
    }

    public DomainTable table() {
        return table;
    }

    /** Whether everything of the space is in the table. */
    public boolean isFilled() {
        return filled;
    }

    /** Mappings that filling has put in. */
    public long count() {
        return count;
    }

    /** Why a projection that does not serve yet never will, or null. */
    public Refusal failure() {
        return failure;
    }

    void fail(Refusal why) {
        failure = failure == null ? why : failure;
    }

    Outcome map(long iova, long output, long size, int permissions) {
        if (failure != null || !filled && (empty || Long.compareUnsigned(iova, cursor) > 0)) {
            return Outcome.OK;
        }
        return put(iova, output, size, permissions);
    }

    /** Maps whether or not the filling has come there. */
    Outcome put(long iova, long output, long size, int permissions) {
        Outcome outcome = table.map(iova, output, size, permissions);
        if (invalidateOnMap && outcome == Outcome.OK) {
            unit.driver().invalidate(table, iova, iova + (size - 1));
        }
        return outcome;
    }

    /** Whole pages of a range that the unit covers, or null. */
    AddressRange pagesWithin(long iova, long last) {
        long mask = Math.max(Long.lowestOneBit(unit.capabilities(space.options().parent()).pageSizes()), 1) - 1;
        AddressRange met = aperture.intersection(new AddressRange(iova, last));
        if (met == null) {
            return null;
        }
        long from = met.start() + mask & ~mask;
        boolean some = Long.compareUnsigned(from, met.start()) >= 0 && Long.compareUnsigned(from, met.last()) <= 0
                && Long.compareUnsigned(met.last() - from, mask) >= 0;
        return some ? AddressRange.ofSize(from, met.last() - from + 1 & ~mask) : null;
    }

    /** {@link #unmap} is about to be called. */
    void approach(long iova) {
        if (has(iova)) {
            table.approach(iova);
        }
    }

    void unmap(long iova, long size) {
        if (has(iova)) {
            table.unmap(iova, size);
            unit.driver().invalidate(table, iova, iova + (size - 1));
        }
    }

    /** Unmaps; making the unit forget is still to be done, with {@link #invalidate}. */
    void unmapTables(long iova, long size) {
        if (has(iova)) {
            table.unmap(iova, size);
        }
    }

    /** Makes the unit forget what was unmapped. */
    void invalidate(GatheredRanges ranges) {
        if (failure == null) {
            ranges.invalidate(unit.driver(), table);
        }
    }

    private boolean has(long iova) {
        return failure == null && (filled || !empty && Long.compareUnsigned(iova, cursor) <= 0);
    }

    /**
     * Puts up to {@code most} more mappings in.
     *
     * @return outcome of the last; {@link #isFilled} tells whether there are more
     */
    Outcome fill(RangeMap truth, int most) {
        long from = 0;
        int done = 0;
        run = run == null ? new RangeRun() : run;
        while (!filled && done < most) {
            if (!empty && cursor == ALL || !truth.run(empty ? 0 : cursor + 1, most - done, run)) {
                filled = true;
                run = null;
                break;
            }
            from = done == 0 ? run.starts[0] : from;
            Outcome outcome = put(run);
            if (outcome != Outcome.OK) {
                return outcome;
            }
            done += run.count();
        }
        if (invalidateOnMap && done != 0) {
            // What it has to learn it learns slice by slice too.
            unit.driver().invalidate(table, from, cursor);
        }
        return Outcome.OK;
    }

    private Outcome put(RangeRun run) {
        for (int at = 0; at < run.count();) {
            int end = run.alike(at);
            // Each unit has its own way to a doorbell, made for it when it takes over.
            Outcome outcome = Flags.kind(run.flags(at)) == RangeKind.DOORBELL ? Outcome.OK : putAlike(run, at, end);
            if (outcome != Outcome.OK) {
                return outcome;
            }
            cursor = run.last(end - 1);
            empty = false;
            count += end - at;
            at = end;
        }
        return Outcome.OK;
    }

    /** Maps ranges of a run that have the same permissions. */
    private Outcome putAlike(RangeRun run, int from, int to) {
        RangeRun alike = from == 0 ? run : new RangeRun(run, from, to);
        int permissions = Flags.permissions(run.flags(from));
        int many = to - from;
        for (int i = table.mapEach(alike.starts, alike.outputs, alike.sizes, many, permissions); i < many; i++) {
            Outcome outcome = table.map(alike.starts[i], alike.outputs[i], alike.sizes[i], permissions);
            if (outcome != Outcome.OK) {
                return outcome;
            }
        }
        return Outcome.OK;
    }

    /** Blocks devices that have left the space since they were attached to this table, before others take their place. */
    void detachGone(List<Link> links) {
        for (Link link : attached) {
            if (!links.contains(link)) {
                unit.driver().detach(link.device(), link.pasid());
            }
        }
        attached.retainAll(links);
    }

    /** Attaches the devices behind this projection's slot that are not attached yet. */
    void attachAll(List<Link> links) {
        for (Link link : links) {
            if (link.slot() == slot && !attached.contains(link)) {
                attach(link);
                attached.add(link);
            }
        }
    }

    /** Lets a device use the table, or what a user has laid over it. */
    void attach(Link link) {
        if (link.nested() == null) {
            unit.driver().attach(link.device(), link.pasid(), table);
        } else {
            unit.nesting().attach(link.device(), link.pasid(), table, link.nested().table());
        }
    }

    /** Switches the recording of writes; whether the unit can. */
    boolean trackDirty(boolean on) {
        boolean can = table.trackDirty(on);
        if (can) {
            unit.driver().invalidate(table, aperture.start(), aperture.last());
        }
        return can;
    }

    /** What devices wrote through the table; what is cleared is recorded anew from when this returns. */
    void dirty(long iova, long last, boolean clear, DomainTable.DirtySink sink) {
        AddressRange met = aperture.intersection(new AddressRange(iova, last));
        if (met == null) {
            return;
        }
        table.dirty(met.start(), met.last(), clear, sink);
        if (clear) {
            unit.driver().invalidate(table, met.start(), met.last());
            slot.gate().drain();
        }
    }

    /** Frees the table, which is attached to nothing. */
    void release() {
        unit.release(table);
    }
}
