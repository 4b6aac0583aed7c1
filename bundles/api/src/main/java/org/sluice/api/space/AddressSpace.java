// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;
import java.util.Optional;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * The truth about one I/O address space: which input addresses lead where, and who owns every range. Units hold projections of it and
 * may come and go; the space stays. Addresses and sizes are bytes, compared unsigned.
 *
 * <p>Every method is all or nothing: {@link RefusedException} says why nothing has changed. When a change returns, the units know it
 * and devices see it. Thread-safe: changes are serialised, reading does not wait for them.
 */
@ProviderType
public interface AddressSpace {
    String name();

    Machine machine();

    boolean isDurable();

    /** As {@link #map(long, long, long, int, RangeKind)} for {@link RangeKind#USER}. */
    void map(long iova, long output, long size, int permissions);

    /**
     * Maps {@code size} bytes.
     *
     * @param permissions bits of {@link org.sluice.api.Permissions}, with {@code MMIO} for device memory
     * @param kind {@code USER}, {@code RAM}, {@code DOORBELL}, {@code DIRECT} or {@code PEER_WINDOW}
     */
    void map(long iova, long output, long size, int permissions, RangeKind kind);

    /** Maps where there is room: the same requests in the same order get the same addresses (MSI-13). Returns the IOVA. */
    long place(long output, long size, int permissions, Placement placement);

    /**
     * Removes the mappings that lie in the range; one that an end of the range cuts is a refusal.
     *
     * @param size 0 for everything from {@code iova} to the last address
     * @return bytes removed; {@link Refusal.Rule#NOT_FOUND} if there are none
     */
    long unmap(long iova, long size);

    /** Removes what is mapped in the range, splitting mappings at its ends; bytes removed, 0 if nothing was mapped. */
    long cut(long iova, long size);

    /** Applies changes in order, all or none. */
    void change(List<Change> changes);

    /**
     * Lets a device use the space. Refused with all reasons before anything changes if a mapping meets a range that the device or its
     * unit reserves (MSI-10), or the unit cannot express a mapping. A device that uses another space is moved at once, without a moment
     * in which an address that is good in both faults.
     *
     * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
     */
    void attach(DeviceId device, int pasid);

    /** Blocks the device; when this returns, no DMA of it uses the space any more. */
    void detach(DeviceId device, int pasid);

    List<Attachment> attachments();

    /** Takes a range away from mapping, for an owner outside; {@link #release} gives it back. */
    void reserve(OwnedRange range);

    void release(AddressRange range);

    /** Ranges that are not free for mapping and are no mapping: reserved ranges of units and devices, windows, and what was reserved. */
    List<OwnedRange> owned();

    /** Ranges in which mappings are possible, whether mapped now or not: within what all units cover and outside what is owned. */
    List<AddressRange> usable();

    /** Smallest page of all units, in bytes; 1 if none is attached. */
    long alignment();

    /** Visits mappings that overlap the range, ascending, while changes may go on: each mapping is seen as it was at some moment. */
    void visit(AddressRange range, Visitor visitor);

    SpaceInfo info();

    /**
     * How full it is where addresses are chosen; empty as long as none was chosen. Takes time with the number of free stretches, for which changes wait.
     */
    Optional<PlacementStatistics> placements();

    /**
     * Switches the recording of writes by devices on or off, without touching what is recorded; what was recorded survives a swap.
     * {@link Refusal.Rule#DIRTY_TRACKING} if a unit in front of a device cannot.
     */
    default void trackDirty(boolean on) {
        throw new RefusedException(Refusal.of(Refusal.Rule.DIRTY_TRACKING, null, "writes of " + name() + " cannot be recorded"));
    }

    /**
     * Visits what devices have written since it was last cleared, ascending.
     *
     * @param clear forgets what was visited; a write after that is recorded anew
     */
    default void dirty(AddressRange range, boolean clear, DirtyVisitor visitor) {
        throw new RefusedException(Refusal.of(Refusal.Rule.DIRTY_TRACKING, range, "writes of " + name() + " are not recorded"));
    }

    /**
     * Lays a table of somebody else's over this space, which was made as a parent; its data is checked by what serves the device's unit.
     * {@link Refusal.Rule#STAGES} if this is no parent or the unit takes no such table, {@link Refusal.Rule#INVALID} if the data breaks its format.
     */
    default NestedDomain nest(DeviceId device, UserTable table) {
        throw new RefusedException(Refusal.of(Refusal.Rule.STAGES, null, "space " + name() + " cannot be a parent"));
    }

    /** As {@link NestedDomain#invalidate} for all nested tables of this space, where the format's entries need no table to be meant. */
    default UserEntries.Outcome invalidateNested(UserEntries entries) {
        throw new RefusedException(Refusal.of(Refusal.Rule.STAGES, null, "space " + name() + " cannot be a parent"));
    }

    /** Takes mappings, as primitives. */
    @FunctionalInterface
    interface Visitor {
        /** @return whether to go on */
        boolean mapping(long iova, long last, long output, int permissions, RangeKind kind);
    }

    /** Takes pages that were written. */
    @FunctionalInterface
    interface DirtyVisitor {
        void dirty(long iova, long size);
    }
}
