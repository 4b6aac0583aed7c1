// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.PhysicalMemory;

/**
 * Steps 7 to 10 of a translation: walks the tables that the look-up found and names the event. No allocation, no exceptions. One
 * walker serves one thread; details of the last walk stay until the next.
 */
public final class DmaWalker {
    /** Answer of {@link #walk}: an event, told by {@link #event}. */
    public static final long FAULT = -1;
    /** Answer of {@link #walk}: the image does not hold a table; {@link #entryAddress} tells where. */
    public static final long UNKNOWN = -2;

    private final RadixWalker single;
    private final NestedWalker nested;
    private RadixFormat inner;
    private RadixFormat outer;
    private boolean twoTables;
    private boolean walked;
    private int granted;
    private Event event;

    /** A walker that keeps the entries read, of a nested walk those of the guest table. */
    public DmaWalker(PhysicalMemory memory) {
        this(memory, false);
    }

    /** @param keepPath whether those of the host table are kept too, for reports */
    public DmaWalker(PhysicalMemory memory, boolean keepPath) {
        single = new RadixWalker(memory, true);
        nested = new NestedWalker(memory, keepPath);
    }

    /**
     * Translates.
     *
     * @param permission one bit of {@link Permissions}
     * @return the output address, {@link #FAULT} or {@link #UNKNOWN}
     */
    public long walk(Translated context, long iova, int permission) {
        twoTables = context.nested();
        granted = context.granted();
        event = null;
        walked = true;
        boolean allowed = (granted & permission) != 0;
        if (context.guest() == null) {
            // Host tables know no execution of their own: fetching code is reading.
            return walkHost(context.host().format(), context.host().root(), iova, permission == Permissions.EXECUTE ? Permissions.READ
                    : permission, allowed);
        }
        inner = context.guest().format();
        if (!allowed) {
            return notGranted();
        }
        return twoTables ? walkBoth(context, iova, permission) : walkGuest(context.guest().root(), iova, permission);
    }

    /** Step 7: the width of the table comes before the permissions of the device table entry, those before the first fetch. */
    private long walkHost(RadixFormat format, long root, long iova, int need, boolean allowed) {
        inner = format;
        if (!allowed && format.accepts(iova)) {
            return notGranted();
        }
        long output = single.walk(format, root, iova, need);
        return output >= 0 ? output : answer(RadixWalker.outcome(output), hostEvent(RadixWalker.outcome(output), single.entry(), need));
    }

    private long walkGuest(long root, long iova, int need) {
        long output = single.walk(inner, root, iova, need);
        return output >= 0 ? output : answer(RadixWalker.outcome(output), guestEvent(RadixWalker.outcome(output)));
    }

    private long walkBoth(Translated context, long iova, int need) {
        outer = context.host().format();
        long output = nested.walk(inner, context.guest().root(), outer, context.host().root(), iova, need);
        if (output >= 0) {
            return output;
        }
        int outcome = RadixWalker.outcome(output);
        return answer(outcome, switch (nested.part()) {
            case NestedWalker.INNER -> guestEvent(outcome);
            case NestedWalker.TABLE_READ -> hostEvent(outcome, nested.outer().entry(), Permissions.READ);
            default -> hostEvent(outcome, nested.outer().entry(), need);
        });
    }

    private long answer(int outcome, Event found) {
        event = found;
        boolean byHost = twoTables && nested.part() != NestedWalker.INNER;
        walked = byHost || outcome != RadixWalker.BEYOND_WIDTH;
        return outcome == RadixWalker.UNKNOWN_MEMORY ? UNKNOWN : FAULT;
    }

    /** The device table entry forbids the access: nothing is read. */
    private long notGranted() {
        event = Event.NOT_PERMITTED;
        walked = false;
        return FAULT;
    }

    /** The event of a walk that ended in a host table (section 2.5, IO_PAGE_FAULT: present, then permissions, then the rest). */
    public static Event hostEvent(int outcome, long entry, int need) {
        return switch (outcome) {
            case RadixWalker.NOT_PRESENT, RadixWalker.BEYOND_WIDTH -> Event.NOT_PRESENT;
            case RadixWalker.NOT_PERMITTED -> Event.NOT_PERMITTED;
            case RadixWalker.OUTSIDE_MEMORY, RadixWalker.UNKNOWN_MEMORY -> Event.PAGE_TAB_HARDWARE_ERROR;
            case RadixWalker.RESERVED -> hasReservedBits(entry) ? Event.RESERVED_BIT : Event.BAD_LEVEL;
            default -> Event.BAD_LEVEL;
        };
    }

    /** Whether reserved bits of a host entry are set; else it is its level or size that does not fit. */
    private static boolean hasReservedBits(long entry) {
        return (entry & PagingEntry.reservedMask(PagingEntry.hostLayout(entry))) != 0;
    }

    private static Event guestEvent(int outcome) {
        return switch (outcome) {
            case RadixWalker.NOT_PRESENT, RadixWalker.BEYOND_WIDTH -> Event.GUEST_NOT_PRESENT;
            case RadixWalker.NOT_PERMITTED -> Event.GUEST_NOT_PERMITTED;
            case RadixWalker.OUTSIDE_MEMORY, RadixWalker.UNKNOWN_MEMORY -> Event.PAGE_TAB_HARDWARE_ERROR;
            default -> Event.GUEST_RESERVED_BIT;
        };
    }

    /** Why the last walk failed; null if it did not. */
    public Event event() {
        return event;
    }

    /** Whether the last walk came to a table; if not, the device table entry or the width of the table refused it. */
    public boolean reachedTables() {
        return walked;
    }

    /** Vendor's number of the level where the last walk ended; 0 if it did not reach the tables. */
    public int level() {
        if (!walked) {
            return 0;
        }
        if (!twoTables) {
            return inner.vendorLevel(single.level());
        }
        return nested.part() == NestedWalker.INNER ? inner.vendorLevel(nested.level()) : outer.vendorLevel(nested.outer().level());
    }

    /** The entry at which the last walk ended; 0 if it could not be read. */
    public long entry() {
        return !twoTables ? single.entry() : nested.part() == NestedWalker.INNER ? nested.entry() : nested.outer().entry();
    }

    /** Physical address of the entry at which the last walk ended, or of the one that could not be read. */
    public long entryAddress() {
        return !twoTables ? single.entryAddress() : nested.part() == NestedWalker.INNER ? nested.entryAddress() : nested.outer().entryAddress();
    }

    /** log2 of the page found: with two tables the smaller of both. */
    public int pageShift() {
        return twoTables ? nested.pageShift() : single.pageShift();
    }

    /** What the device table entry and the tables grant in total. */
    public int permissions() {
        return granted & tablePermissions();
    }

    /** What the tables grant, whatever the device table entry does. */
    public int tablePermissions() {
        return twoTables ? nested.permissions() : single.permissions();
    }

    /** The address that an event of the last walk names: the one translated, or the guest's own if the host table stopped the walk. */
    public long faultAddress(long iova) {
        return event == Event.PAGE_TAB_HARDWARE_ERROR ? entryAddress()
                : walked && twoTables && nested.part() != NestedWalker.INNER ? nested.between() : iova;
    }

    /** Whether the last walk ended at the host table when it wanted to read a guest table. */
    public boolean stoppedAtGuestTable() {
        return walked && twoTables && nested.part() == NestedWalker.TABLE_READ;
    }

    /** Entries read; with two tables those of the guest. */
    public int depth() {
        return !walked ? 0 : twoTables ? nested.depth() : single.depth();
    }

    public long pathEntry(int i) {
        return twoTables ? nested.pathEntry(i) : single.pathEntry(i);
    }

    /** Physical address of the {@code i}-th entry read. */
    public long pathAddress(int i) {
        return twoTables ? nested.pathPhysical(i) : single.pathAddress(i);
    }

    /** The two-dimensional walk's own details, if the last walk was one; else null. */
    public NestedWalker nested() {
        return walked && twoTables ? nested : null;
    }
}
