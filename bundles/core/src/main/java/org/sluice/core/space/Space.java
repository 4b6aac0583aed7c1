// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.event.Topics;
import org.sluice.api.space.Account;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.Change;
import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Placement;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceInfo;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/**
 * One address space. The ranges are the truth; units' tables follow within the same call, and a call that one of them cannot follow is
 * undone in all. A unit whose backend breaks or leaves in the middle is blocked, and the truth goes on without it.
 */
public class Space implements AddressSpace {
    private final OpenMachine machine;
    private final MachineSpaces spaces;
    private final SpaceOptions options;
    private final ReentrantLock lock;
    private final Truth truth;
    private final Reservations reservations;
    private final KnownRoom room;
    private final PluckedRanges plucked;
    private final PinAccount account;
    private final DirtyPages dirty = new DirtyPages(this);
    private final SpaceUnits units;
    private final NestedDomains nested;
    private final Followers followers;
    private final DoorbellMappings doorbells;
    private Limits limits = Limits.NONE;
    private boolean destroyed;
    private long maps;
    private long unmaps;
    private long refusals;

    /** A space as it was before, or an empty one. */
    Space(OpenMachine machine, MachineSpaces spaces, SavedSpace before) {
        this.machine = machine;
        this.spaces = spaces;
        this.options = before.options();
        this.lock = machine.lock();
        this.truth = new Truth(before.ranges());
        this.reservations = new Reservations(before.reserved());
        this.room = reservations.room();
        this.plucked = new PluckedRanges(this, reservations, before.plucked());
        this.account = new PinAccount(before.limit());
        account.reached(truth.mappedBytes());
        this.units = new SpaceUnits(this, machine, options.messageWindow());
        this.nested = new NestedDomains(this, machine, units);
        this.followers = new Followers(spaces, units);
        this.doorbells = new DoorbellMappings(this, truth, followers);
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public boolean isDurable() {
        return false;
    }

    /** Returns when all that was changed outlives the platform, if it is to; without the lock. */
    void settle() {
        // Nothing of it does.
    }

    ReentrantLock lock() {
        return lock;
    }

    SpaceOptions options() {
        return options;
    }

    /** Where doorbells go if the unit translates messages; null for the unit's own window. */
    public AddressRange messageWindow() {
        return options.messageWindow();
    }

    /** Where devices raise interrupts with a write that a unit translates. */
    public DoorbellMappings doorbells() {
        return doorbells;
    }

    RangeMap truth() {
        return truth.ranges();
    }

    /** Whether units of other limits could hold all that is mapped, whatever it is: every mapping is within the limits of today. */
    boolean isWithin(Limits others) {
        AddressRange mapped = truth.ranges().extent();
        return mapped == null || limits.isWithin(others, truth.permissions(), mapped, truth.highestOutput());
    }

    DirtyPages dirtyPages() {
        return dirty;
    }

    /** Who uses the space, and the units that hold it. */
    public SpaceUnits units() {
        return units;
    }

    @Override
    public void map(long iova, long output, long size, int permissions) {
        map(iova, output, size, permissions, RangeKind.USER);
    }

    @Override
    public void map(long iova, long output, long size, int permissions, RangeKind kind) {
        lock.lock();
        try {
            mapLocked(iova, output, size, permissions, kind);
        } finally {
            lock.unlock();
        }
    }

    void mapLocked(long iova, long output, long size, int permissions, RangeKind kind) {
        if (!account.allows(truth.mappedBytes(), size)) {
            throw refused(SpaceRefusals.ofMap(this, iova, output, size, permissions, kind));
        }
        restore(iova, output, size, permissions, kind);
    }

    /** Maps whatever the limit is: for what was there when the call began, too. */
    void restore(long iova, long output, long size, int permissions, RangeKind kind) {
        if (!room.admits(iova, output, size, permissions) && !admits(iova, output, size, permissions, kind)
                || !truth.insert(iova, size, output, Flags.of(permissions, kind))) {
            throw refused(SpaceRefusals.ofMap(this, iova, output, size, permissions, kind));
        }
        Refusal refusal = followers.map(iova, output, size, permissions);
        if (refusal != null) {
            truth.remove(iova, iova + (size - 1));
            throw refused(List.of(refusal));
        }
        maps++;
        account.reached(truth.mappedBytes());
    }

    /** Whether such a mapping may be there, if nothing else is; for the first of many alike. */
    private boolean admits(long iova, long output, long size, int permissions, RangeKind kind) {
        if (size == 0 || destroyed || !limits.allow(iova, output, size, permissions) || !reservations.isFree(iova, iova + (size - 1), kind)) {
            return false;
        }
        truth.expect(permissions, output + (size - 1));
        room.learn(reservations.around(iova, limits.aperture()), limits, truth);
        return true;
    }

    @Override
    public long place(long output, long size, int permissions, Placement placement) {
        lock.lock();
        try {
            if (size == 0 || (placement.alignment() & placement.alignment() - 1) != 0) {
                throw refused(List.of(Refusal.of(Rule.INVALID, null, size == 0 ? "a mapping of 0 bytes" : Hex.of(placement.alignment())
                        + " is no power of two, so nothing can be aligned to it")));
            }
            long iova = truth.find(size, placement, usable(), alignment());
            if (iova == Truth.NONE) {
                throw refused(List.of(Refusal.of(Rule.NO_SPACE, placement.window(), "no free range of " + Hex.of(size) + " bytes in "
                        + placement.window(), "use a wider window", "unmap something")));
            }
            mapLocked(iova, output, size, permissions, RangeKind.USER);
            return iova;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long unmap(long iova, long size) {
        lock.lock();
        try {
            return unmapLocked(iova, size);
        } finally {
            lock.unlock();
        }
    }

    private long unmapLocked(long iova, long size) {
        long bytes = size;
        if (size != 0 && truth.removeFirst(iova, size)) {
            followers.unmap(iova, size);
            dirty.forget(iova, iova + (size - 1));
        } else {
            bytes = unmapAnywhere(iova, size == 0 ? -1L : lastOf(iova, size));
        }
        unmaps++;
        return bytes;
    }

    private long unmapAnywhere(long iova, long to) {
        long before = iova == 0 && to == -1L ? count() : 0;
        if (!truth.isNear(iova)) {
            followers.approach(iova);
        }
        long bytes = truth.remove(iova, to);
        if (bytes == RangeMap.CUT || bytes == 0 && before == 0) {
            throw refused(List.of(SpaceRefusals.ofUnmap(this, new AddressRange(iova, to), bytes == 0)));
        }
        forget(iova, to, bytes);
        dirty.forget(iova, to);
        return bytes;
    }

    private long lastOf(long iova, long size) {
        long last = iova + (size - 1);
        if (Long.compareUnsigned(last, iova) < 0) {
            throw refused(List.of(Refusal.of(Rule.INVALID, null, Hex.of(size) + " bytes from " + Hex.of(iova) + " reach beyond 2^64")));
        }
        return last;
    }

    /** Some of a range was unmapped, as so many bytes; all of it has an end at a page for every unit, some need not. */
    private void forget(long iova, long last, long bytes) {
        if (bytes != 0 && bytes == last - iova + 1) {
            followers.unmap(iova, bytes);
        } else {
            followers.unmapWithin(iova, last);
        }
    }

    @Override
    public long cut(long iova, long size) {
        return locked(() -> {
            long grain = Math.max(alignment(), RangeMap.GRAIN);
            if (((iova | size) & grain - 1) != 0 || size == 0) {
                throw refused(List.of(Refusal.of(Rule.PAGE_SIZE, null, "mappings can be split at multiples of " + Hex.of(grain))));
            }
            lastOf(iova, size);
            return cutLocked(iova, size);
        });
    }

    long cutLocked(long iova, long size) {
        long bytes = truth.cut(iova, iova + (size - 1));
        if (bytes != 0) {
            forget(iova, iova + (size - 1), bytes);
            dirty.forget(iova, iova + (size - 1));
            unmaps++;
        }
        return bytes;
    }

    /** Takes pages away that a guest has given up, and keeps others from mapping there, until {@link #giveBack}; after an exception everything is as before. */
    public Plucked pluck(AddressRange range, String guest) {
        return locked(() -> {
            Plucked planned = plucked.plan(range, guest);
            beforePluck(planned);
            return plucked.take(planned);
        });
    }

    /** Called under the lock; what it throws keeps the pages from being taken. */
    void beforePluck(Plucked planned) {
        // Nobody keeps it.
    }

    /** Maps plucked pages again as they were. */
    public void giveBack(AddressRange range) {
        run(() -> plucked.giveBack(range));
    }

    public List<Plucked> plucked() {
        return locked(() -> plucked.all());
    }

    /** Limits how much may be mapped; what is mapped above it stays. */
    public void limit(long bytes) {
        run(() -> account.limit(bytes));
    }

    /** What is mapped, and may be. */
    public Account accounted() {
        return locked(() -> new Account("space", name(), truth.mappedBytes(), account.limit(), account.peak(), units.tableBytes()));
    }

    /** For what is called seldom. */
    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private void run(Runnable work) {
        locked(() -> {
            work.run();
            return null;
        });
    }

    PinAccount account() {
        return account;
    }

    @Override
    public void change(List<Change> changes) {
        run(() -> new ChangeSet(this, followers).apply(changes));
    }

    /** One step of a set, under the lock. */
    void apply(Change change) {
        if (change.isMap()) {
            mapLocked(change.iova(), change.output(), change.size(), change.permissions(), RangeKind.USER);
        } else {
            unmapLocked(change.iova(), change.size());
        }
    }

    @Override
    public void attach(DeviceId device, int pasid) {
        nested.attach(device, pasid, null);
    }

    @Override
    public NestedDomain nest(DeviceId device, UserTable table) {
        return nested.nest(device, table);
    }

    @Override
    public UserEntries.Outcome invalidateNested(UserEntries entries) {
        return nested.invalidate(null, entries);
    }

    /** Tables of others that lie over the space. */
    NestedDomains nested() {
        return nested;
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        run(() -> {
            if (!units.has(device, pasid)) {
                throw refused(List.of(Refusal.of(Rule.NOT_FOUND, null, device + " does not use space " + name(), "see space-info " + name())));
            }
            spaces.block(device, pasid);
            left(device, pasid, null);
            tellMoved(device, pasid);
        });
    }

    /** All spaces of the machine. */
    MachineSpaces siblings() {
        return spaces;
    }

    /** Messages carry no PASID: who sets up interrupts cares for the device's own space alone. */
    void tellMoved(DeviceId device, int pasid) {
        if (pasid == TranslationRequest.NO_PASID) {
            spaces.moved(device);
        }
    }

    /** The device's entry no longer points here, but to another space or to none. */
    void left(DeviceId device, int pasid, Space to) {
        units.unlink(device, pasid);
        refresh();
    }

    public long count() {
        return truth().count();
    }

    /** After a change of who uses the space or of what serves them. */
    public void refresh() {
        limits = new Limits(units.units(), options.parent());
        reservations.set(units.reserved());
    }

    @Override
    public List<Attachment> attachments() {
        return units.attachments(link -> true);
    }

    @Override
    public void reserve(OwnedRange range) {
        run(() -> {
            RangeMap.Entry entry = new RangeMap.Entry();
            if (truth().first(range.range().start(), entry) && Long.compareUnsigned(entry.start(), range.range().last()) <= 0) {
                OwnedRange present = ownerOf(new AddressRange(entry.start(), entry.last()), Flags.kind(entry.flags()));
                throw refused(List.of(SpaceRefusals.overlap(range, present)));
            }
            reservations.keep(range);
        });
    }

    @Override
    public void release(AddressRange range) {
        run(() -> {
            if (!reservations.release(range)) {
                throw refused(List.of(Refusal.of(Rule.NOT_FOUND, range, "nobody has reserved " + range + " in space " + name())));
            }
        });
    }

    @Override
    public List<OwnedRange> owned() {
        return locked(() -> reservations.all());
    }

    @Override
    public List<AddressRange> usable() {
        return locked(() -> UsableRanges.of(limits.aperture(), reservations.all()));
    }

    @Override
    public long alignment() {
        return limits.alignment();
    }

    Limits limits() {
        return limits;
    }

    Reservations reservations() {
        return reservations;
    }

    OwnedRange ownerOf(AddressRange range, RangeKind kind) {
        return new OwnedRange(range, kind, Origin.USER, "space " + name());
    }

    @Override
    public void visit(AddressRange range, Visitor visitor) {
        truth.visit(range, visitor);
    }

    @Override
    public void trackDirty(boolean on) {
        run(() -> dirty.track(on, units.projections()));
    }

    @Override
    public void dirty(AddressRange range, boolean clear, DirtyVisitor visitor) {
        run(() -> dirty.visit(range, clear, units.projections(), visitor));
    }

    @Override
    public SpaceInfo info() {
        return locked(() -> new SpaceInfo(name(), machine.name(), isDurable(), units.links().size(), truth().count(), truth().mappedBytes(), maps, unmaps,
                    followers.invalidations(), refusals, truth().heapBytes(), units.tableBytes()));
    }

    @Override
    public Optional<PlacementStatistics> placements() {
        return locked(truth::placements);
    }

    /** Ends the space; nobody uses it. */
    void destroy() {
        destroyed = true;
        room.forget();
        truth.cut(0, -1L);
    }

    boolean isDestroyed() {
        return destroyed;
    }

    RefusedException refused(List<Refusal> reasons) {
        refusals++;
        machine.notices().tellMany(Topics.REFUSED, name(), "space", name(), "rule", reasons.get(0).rule().name(), "text", reasons.get(0).line());
        return new RefusedException(reasons);
    }
}
