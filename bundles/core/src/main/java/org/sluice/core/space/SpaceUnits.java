// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.sluice.api.Status;
import org.sluice.api.event.Topics;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.Notices;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.spi.DomainTable.Outcome;

/**
 * Who uses a space, and the units that hold a projection of it. A unit that nobody serves has none: its devices are blocked and get the
 * space back when somebody does. The machine's lock is held for all changes.
 */
public final class SpaceUnits {
    private static final int ALL_AT_ONCE = Integer.MAX_VALUE;
    private static final long HOLD_NANOS = 1_000_000_000;

    /**
     * A device behind a unit.
     *
     * @param nested the user's table over the space that it uses, or null for the space's own
     */
    record Link(DeviceId device, int pasid, UnitSlot slot, Nested nested) {
        boolean is(DeviceId otherDevice, int otherPasid) {
            return device.equals(otherDevice) && pasid == otherPasid;
        }
    }

    private final Space space;
    private final MachineDescription machine;
    private final Notices notices;
    private final AddressRange messageWindow;
    private volatile List<Link> links = List.of();
    /** Those that serve, and one that is being filled beside them while a unit is swapped. */
    private Projection[] projections = {};
    /** The one there is; null if there are none or several. */
    private Projection only;

    SpaceUnits(Space space, OpenMachine machine, AddressRange messageWindow) {
        this.space = space;
        this.machine = machine.description();
        this.notices = machine.notices();
        this.messageWindow = messageWindow;
    }

    List<Link> links() {
        return links;
    }

    Projection[] projections() {
        return projections;
    }

    /** The one projection there is, as nearly always; null if there are none or several. */
    Projection only() {
        return only;
    }

    private void set(Projection[] all) {
        projections = all;
        only = all.length == 1 ? all[0] : null;
    }

    boolean has(DeviceId device, int pasid) {
        return links.stream().anyMatch(l -> l.is(device, pasid));
    }

    /** The projection that serves a slot, or null. */
    Projection serving(UnitSlot slot) {
        for (Projection projection : projections) {
            if (projection.slot() == slot && projection.unit() == slot.live()) {
                return projection;
            }
        }
        return null;
    }

    List<LiveUnit> units() {
        List<LiveUnit> units = new ArrayList<>();
        for (Projection projection : projections) {
            if (projection.unit() == projection.slot().live()) {
                units.add(projection.unit());
            }
        }
        return units;
    }

    /** Memory of the machine that tables of the space take; -1 if a unit does not tell. */
    long tableBytes() {
        long bytes = 0;
        for (Projection projection : projections) {
            long one = projection.table().tableBytes();
            if (one < 0) {
                return -1;
            }
            bytes += one;
        }
        return bytes;
    }

    List<Attachment> attachments(Predicate<Link> which) {
        return links.stream().filter(which).map(l -> new Attachment(l.device(), l.pasid(), l.slot().name(), status(l.slot()))).toList();
    }

    private static Status status(UnitSlot slot) {
        return slot.live() != null ? new Status(SwapState.ACTIVE.name(), "", "") : slot.info().status();
    }

    /** Ranges that the users of the space and their units take away. */
    List<OwnedRange> reserved() {
        List<OwnedRange> all = new ArrayList<>();
        for (Link link : links) {
            all.addAll(ReservedRanges.of(machine, link.device(), link.slot(), link.slot().live(), messageWindow));
        }
        return all;
    }

    /** All reasons why a device cannot use the space as it is. */
    List<Refusal> againstAttach(DeviceId device, int pasid, UnitSlot slot, LiveUnit unit) {
        List<Refusal> found = new ArrayList<>();
        addMeetings(device, slot, unit, found);
        if (unit != null && serving(slot) == null) {
            Expressible.addRefusals(unit, space, found);
        }
        if (unit != null) {
            addPasid(pasid, unit, found);
            addDirty(unit, found);
        }
        return found;
    }

    /** All reasons why {@code next} could not serve the space's devices behind {@code slot}. */
    public List<Refusal> againstSwap(UnitSlot slot, LiveUnit next) {
        List<Refusal> found = new ArrayList<>();
        for (Link link : links) {
            if (link.slot() == slot) {
                addMeetings(link.device(), slot, next, found);
                addPasid(link.pasid(), next, found);
            }
        }
        Expressible.addRefusals(next, space, found);
        addDirty(next, found);
        found.addAll(space.nested().against(slot, next));
        return found;
    }

    private void addMeetings(DeviceId device, UnitSlot slot, LiveUnit unit, List<Refusal> out) {
        for (OwnedRange owned : ReservedRanges.of(machine, device, slot, unit, messageWindow)) {
            space.visit(owned.range(), (iova, last, output, permissions, kind) -> {
                if (kind == RangeKind.DOORBELL || Reservations.hosts(owned, kind)) {
                    return true;
                }
                out.add(meets(device, space.ownerOf(new AddressRange(iova, last), kind), owned));
                return false;
            });
        }
    }

    private void addDirty(LiveUnit unit, List<Refusal> out) {
        Refusal refusal = space.dirtyPages().against(unit);
        if (refusal != null) {
            out.add(refusal);
        }
    }

    private void addPasid(int pasid, LiveUnit unit, List<Refusal> out) {
        int bits = unit.capabilities(space.options().parent()).pasidBits();
        if (pasid >= 0 && pasid >>> bits != 0) {
            out.add(Refusal.of(Rule.PASID, null, unit.title() + " has PASIDs of " + bits + " bits, and " + pasid + " is none of them", "use a backend with PASIDs"));
        }
    }

    /** A reserved range of a device meets a mapping (MSI-10): both owners, the overlap, three ways out. */
    private static Refusal meets(DeviceId device, OwnedRange mapped, OwnedRange owned) {
        AddressRange overlap = mapped.range().intersection(owned.range());
        return new Refusal(owned.kind() == RangeKind.DOORBELL ? Rule.MESSAGE_WINDOW : Rule.OVERLAP, overlap, owned, mapped,
                device + " needs " + owned + ", which meets " + mapped + " in " + overlap,
                List.of("use another device", "unmap or pluck " + overlap, "lay memory out around it at the next start"));
    }

    /**
     * Attaches; nothing has changed after an exception.
     *
     * @param moves whether the device uses another space until now
     */
    void attach(Link link, LiveUnit unit, boolean moves) {
        UnitSlot slot = link.slot();
        if (unit != null) {
            Projection projection = serving(slot);
            boolean fresh = projection == null;
            if (fresh) {
                projection = filled(slot, unit);
            }
            try {
                if (moves) {
                    move(link, projection);
                } else {
                    projection.attach(link);
                }
            } catch (RuntimeException | Error e) {
                RuntimeException told = space.siblings().thrown(projection.slot(), projection.unit(), e);
                if (fresh && unit == slot.live()) {
                    projection.release();
                }
                throw told;
            }
            if (fresh) {
                add(projection);
            }
        }
        List<Link> more = new ArrayList<>(links);
        more.add(link);
        links = List.copyOf(more);
        tell(Topics.DEVICE_ATTACHED, link);
    }

    /** A device of the space uses another of the tables over it from now on, or the space's own; nothing has changed after an exception. */
    void change(DeviceId device, int pasid, Nested nested) {
        Link old = links.stream().filter(l -> l.is(device, pasid)).findFirst().orElseThrow();
        if (old.nested() == nested) {
            return;
        }
        Link link = new Link(device, pasid, old.slot(), nested);
        Projection projection = serving(old.slot());
        if (projection != null) {
            try {
                move(link, projection);
            } catch (RuntimeException | Error e) {
                throw space.siblings().thrown(projection.slot(), projection.unit(), e);
            }
        }
        links = links.stream().map(l -> l == old ? link : l).toList();
        tell(Topics.DEVICE_ATTACHED, link);
    }

    /** Units change their entries in several steps; DMA waits for that moment instead of meeting an entry that is half of each. */
    private static void move(Link link, Projection projection) {
        UnitSlot slot = link.slot();
        if (!slot.gate().runClosed(HOLD_NANOS, () -> projection.attach(link))) {
            throw new RefusedException(Refusal.of(Rule.DEADLINE, null, "DMA under way behind unit " + slot.name() + " did not end within a second; "
                    + link.device() + " stays where it is", "try again", "stop the device whose DMA it is"));
        }
    }

    /**
     * A projection into another unit, beside the one that serves, for {@link #fill}. Its devices are attached at once: some units are told
     * of mappings only then, and all of them in one go would take as long as there are mappings.
     */
    public Projection project(UnitSlot slot, LiveUnit next) {
        Projection projection = new Projection(space, slot, next);
        space.dirtyPages().join(projection);
        projection.attachAll(links);
        add(projection);
        return projection;
    }

    /** Puts up to {@code most} more mappings into a projection. */
    public void fill(Projection projection, int most) {
        Outcome outcome = projection.fill(space.truth(), most);
        if (outcome != Outcome.OK) {
            throw new RefusedException(notHeld(projection.unit(), outcome, null));
        }
    }

    /** Refuses a unit whose tables do not say what the space does; reads all of them. */
    public void verify(UnitSlot slot, LiveUnit unit) {
        Sweep.check(space, slot, unit);
    }

    /** Forgets the projection into a unit that serves nobody and is given up with all its memory. */
    public void drop(LiveUnit unit) {
        for (Projection projection : projections) {
            if (projection.unit() == unit) {
                remove(projection, false);
            }
        }
    }

    /** Blocks those at the projection's unit, which does not serve yet, that have left the space while it was filled. */
    public void detachGone(Projection projection) {
        projection.detachGone(links);
    }

    /** Attaches those that have come to the space while the projection was filled. */
    public void attachAll(Projection projection) {
        projection.attachAll(links);
    }

    private Projection filled(UnitSlot slot, LiveUnit unit) {
        Projection projection = null;
        try {
            projection = new Projection(space, slot, unit);
            space.dirtyPages().join(projection);
            Outcome outcome = projection.fill(space.truth(), ALL_AT_ONCE);
            if (outcome != Outcome.OK) {
                throw new RefusedException(notHeld(unit, outcome, null));
            }
            return projection;
        } catch (RuntimeException | Error e) {
            RuntimeException told = space.siblings().thrown(slot, unit, e);
            if (projection != null && unit == slot.live()) {
                projection.release();
            }
            throw told;
        }
    }

    static Refusal notHeld(LiveUnit unit, Outcome outcome, AddressRange range) {
        String name = unit.title();
        return outcome == Outcome.NO_MEMORY
                ? Refusal.of(Rule.LIMIT, range, name + " has no memory left for tables", "unmap something", "give the machine more memory for tables")
                : Refusal.of(outcome == Outcome.EXISTS ? Rule.EXISTS : Rule.INVALID, range, name + " cannot hold " + (range == null ? "the mappings" : range)
                        + ": " + outcome);
    }

    static RefusedException broken(LiveUnit unit, Throwable e) {
        return new RefusedException(Refusal.of(Rule.BACKEND, null, "backend " + unit.backendName() + " of unit "
                + unit.context().unit().name() + " broke: " + e, "give the unit another backend with unit-swap"));
    }

    void add(Projection projection) {
        Projection[] more = new Projection[projections.length + 1];
        System.arraycopy(projections, 0, more, 0, projections.length);
        more[projections.length] = projection;
        set(more);
    }

    /** Forgets a projection, whose table is attached to nothing; {@code free} unless its backend broke or left. */
    void remove(Projection projection, boolean free) {
        List<Projection> rest = new ArrayList<>(List.of(projections));
        rest.remove(projection);
        space.dirtyPages().leave(projection);
        set(rest.toArray(new Projection[0]));
        if (free) {
            try {
                projection.release();
            } catch (RuntimeException | Error e) {
                space.siblings().broke(projection, e);
            }
        }
    }

    private void tell(String topic, Link link) {
        notices.tell(topic, "space", space.name(), "device", link.device().toString(), "pasid", link.pasid() < 0 ? null : link.pasid(), "unit",
                link.slot().name());
    }

    /** A device that uses another space now, or none. Its entry points there already. */
    void unlink(DeviceId device, int pasid) {
        List<Link> rest = new ArrayList<>(links);
        Link gone = rest.stream().filter(l -> l.is(device, pasid)).findFirst().orElseThrow();
        rest.remove(gone);
        links = List.copyOf(rest);
        tell(Topics.DEVICE_DETACHED, gone);
        // Accesses that began before may still be in the old table.
        gone.slot().gate().drain();
        Projection projection = serving(gone.slot());
        if (projection != null && rest.stream().noneMatch(l -> l.slot() == gone.slot())) {
            remove(projection, true);
        }
    }
}
