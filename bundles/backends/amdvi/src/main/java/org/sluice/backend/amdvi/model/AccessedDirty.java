// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.DmaWalker;
import org.sluice.backend.amdvi.lookup.Finding.Table;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.EntryFlags;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * What a walk that succeeded writes back: accessed bits of each entry on its way, the dirty bit of the page when it is written. Host
 * tables by DTE.HAD and EFR.HASup and HDSup, guest tables always unless CONTROL.GAUpdateDis or GDUpdateDis. With both tables, a guest
 * entry can be marked only if the host table lets it be written (section 2.2.7). Not thread-safe.
 */
final class AccessedDirty {
    /** Outcomes of {@link #mark}. */
    static final int DONE = 0;
    /** A table changed since it was walked. */
    static final int AGAIN = 1;
    static final int FAULT = 2;

    private static final long HOST_ACCESSED = PagingEntry.ACCESSED.put(1);
    private static final long HOST_DIRTY = PagingEntry.DIRTY.put(1);
    private static final long GUEST_ACCESSED = PagingEntry.GUEST_ACCESSED.put(1);
    private static final long GUEST_DIRTY = PagingEntry.GUEST_DIRTY.put(1);
    private static final long HAD_DIRTY = 3;

    private final PhysicalMemory memory;
    /** From guest tables' own addresses to memory. */
    private final RadixWalker toTables;
    private Rules rules;
    private boolean settled;
    private Event event;
    private long address;

    /** What walks by a context's tables write back: bits of an entry, 0 for what the unit or the device's entry leaves out. */
    record Rules(long hostAccessed, long hostDirty, long guestAccessed, long guestDirty) {
        static Rules of(Translated context, UnitState unit) {
            long had = context.trail().get(0).get(DeviceTableEntry.ACCESSED_DIRTY);
            boolean guest = context.guest() != null;
            return new Rules(had != 0 && unit.feature(ControlRegisters.ACCESSED_SUPPORTED) != 0 ? HOST_ACCESSED : 0,
                    had == HAD_DIRTY && unit.feature(ControlRegisters.DIRTY_SUPPORTED) != 0 ? HOST_DIRTY : 0,
                    guest && unit.control(ControlRegisters.GUEST_ACCESSED_OFF) == 0 ? GUEST_ACCESSED : 0,
                    guest && unit.control(ControlRegisters.GUEST_DIRTY_OFF) == 0 ? GUEST_DIRTY : 0);
        }

        /** The marks without which a walk by one table has something to write. */
        Marks marks(boolean guest) {
            long accessed = guest ? guestAccessed : hostAccessed;
            return new Marks(accessed, accessed, guest ? guestDirty : hostDirty);
        }
    }

    AccessedDirty(PhysicalMemory memory) {
        this.memory = memory;
        toTables = new RadixWalker(memory, true);
    }

    /**
     * Marks what a {@link DmaWalker} has just walked with success for an access of one kind.
     *
     * @param output what the walk has found
     */
    int mark(DmaWalker walker, Translated context, Rules by, long output, int permission) {
        rules = by;
        settled = true;
        boolean write = permission == Permissions.WRITE;
        if (context.guest() == null) {
            return hostPath(walker, write);
        }
        int outcome = guestPath(walker, context.host(), write);
        return outcome == DONE && walker.nested() != null && (rules.hostAccessed | rules.hostDirty) != 0
                ? resultPath(context.host(), walker.nested().between(), output, permission) : outcome;
    }

    /** The host table's part in reaching the page itself. */
    private int resultPath(Table host, long guestAddress, long output, int permission) {
        return toTables.walk(host.format(), host.root(), guestAddress, permission) == output ? hostPath(toTables, permission == Permissions.WRITE) : AGAIN;
    }

    /** Whether a write may be answered from the cache from now on: the page is marked as written, or need not be. */
    boolean writesAreSettled() {
        return settled;
    }

    /** Why {@link #FAULT}. */
    Event event() {
        return event;
    }

    /** The address that the event names. */
    long faultAddress() {
        return address;
    }

    private int hostPath(DmaWalker walker, boolean write) {
        int last = walker.depth() - 1;
        for (int i = 0; i <= last; i++) {
            int outcome = host(walker.pathAddress(i), walker.pathEntry(i), i == last, write);
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    private int hostPath(RadixWalker walker, boolean write) {
        int last = walker.depth() - 1;
        for (int i = 0; i <= last; i++) {
            int outcome = host(walker.pathAddress(i), walker.pathEntry(i), i == last, write);
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    private int host(long at, long entry, boolean page, boolean write) {
        if (page && !write && (entry & rules.hostDirty) != rules.hostDirty) {
            settled = false;
        }
        return set(at, entry, rules.hostAccessed | (page && write ? rules.hostDirty : 0));
    }

    private int guestPath(DmaWalker walker, Table host, boolean write) {
        int last = walker.depth() - 1;
        for (int i = 0; i <= last; i++) {
            long entry = walker.pathEntry(i);
            if (i == last && !write && (entry & rules.guestDirty) != rules.guestDirty) {
                settled = false;
            }
            long bits = rules.guestAccessed | (i == last && write ? rules.guestDirty : 0);
            NestedWalker nested = walker.nested();
            boolean update = (entry & bits) != bits;
            int outcome = nested != null && (update || rules.hostAccessed != 0)
                    ? tableAccess(host, nested.pathAddress(i), nested.pathPhysical(i), update) : DONE;
            outcome = outcome == DONE ? set(walker.pathAddress(i), entry, bits) : outcome;
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    /** The host table's part in reading, or reading and writing, one guest entry. */
    private int tableAccess(Table host, long guestAddress, long physical, boolean write) {
        long at = toTables.walk(host.format(), host.root(), guestAddress, write ? Permissions.WRITE : Permissions.READ);
        if (at < 0) {
            event = DmaWalker.hostEvent(RadixWalker.outcome(at), toTables.entry(), Permissions.WRITE);
            address = event == Event.PAGE_TAB_HARDWARE_ERROR ? toTables.entryAddress() : guestAddress;
            return FAULT;
        }
        boolean before = settled;
        int outcome = at != physical ? AGAIN : hostPath(toTables, write);
        settled = before; // that the page of a table is not marked as written says nothing of the page found
        return outcome;
    }

    private int set(long at, long entry, long bits) {
        if (EntryFlags.set(memory, at, entry, bits)) {
            return DONE;
        }
        MemoryWindow window = memory.window(at);
        if (window != null && window.isWritable()) {
            return AGAIN;
        }
        event = Event.PAGE_TAB_HARDWARE_ERROR;
        address = at;
        return FAULT;
    }
}
