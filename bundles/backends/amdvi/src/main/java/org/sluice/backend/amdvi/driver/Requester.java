// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.SortedMap;
import java.util.TreeMap;

import org.sluice.api.Permissions;
import org.sluice.api.space.UserTable;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * What one DeviceID is given, and the device table entry that says so. As long as it uses no PASID it has a host table; with PASIDs its
 * requests without one use the guest table of PASID 0 (GIoV), because a host table would make the guest tables' addresses its own.
 *
 * <p>An entry without guest tables (GV=0) would give requests with any PASID what those without one have. So one that is open has GV=1 and
 * finds no guest table: with a host table, because that does not reach the page where one should be, else because the page is empty.
 * Not thread-safe.
 */
final class Requester {
    /** What requests without PASID get. */
    enum Kind { BLOCKED, PASS_THROUGH, TABLE }

    private static final int PAGE_SHIFT = 12;
    private static final long PAGE = 1L << PAGE_SHIFT;
    private static final long OPEN = DeviceTable.BLOCKED | DeviceTableEntry.READ.put(1) | DeviceTableEntry.WRITE.put(1);
    private static final long HAD_DIRTY = 3;
    /** The last page that an entry can name as its GCR3 table: beyond host tables of 4 levels, and of wider ones nobody's memory. */
    private static final long NOWHERE = (1L << 52) - PAGE;

    final int deviceId;
    /** A page of no guest tables, or 0 if the unit has no PASIDs. */
    private final long noRoots;
    final SortedMap<Integer, AmdViDomain> pasids = new TreeMap<>();
    Kind kind = Kind.BLOCKED;
    AmdViDomain table;
    /** Guest tables of a user, over the table, or null. */
    private UserGuest user;
    private RadixEditor roots;
    private int levels;
    /** DomainID while PASIDs or a user's tables are in use: such translations are tagged with it and the PASID, so it is this requester's alone. */
    private int ownDomain;

    Requester(int deviceId, long noRoots) {
        this.deviceId = deviceId;
        this.noRoots = noRoots;
    }

    boolean usesGuestTables() {
        return roots != null;
    }

    boolean isNested() {
        return user != null;
    }

    boolean isNested(UserTable by) {
        return user != null && user.table() == by;
    }

    /** Lays a user's guest tables over the table. */
    void nest(UserGuest by, int domain) {
        user = by;
        ownDomain = domain;
    }

    void leaveNest() {
        user = null;
    }

    int domain(int passThroughDomain) {
        return usesGuestTables() || user != null ? ownDomain : kind == Kind.TABLE ? table.domain() : passThroughDomain;
    }

    /** Word 0 of the entry. */
    long first() {
        return first(kind == Kind.TABLE && table.tracks());
    }

    /** @param tracks whether writes are recorded, where the table is a host table */
    long first(boolean tracks) {
        if (usesGuestTables()) {
            return OPEN | DeviceTableEntry.GUEST_VALID.put(1) | DeviceTableEntry.GUEST_LEVELS.put(levels - 1)
                    | DeviceTableEntry.GUEST_WITHOUT_PASID.put(kind == Kind.PASS_THROUGH ? 0 : 1) | DeviceTableEntry.putGcr3Low(roots.root());
        }
        if (user != null && user.kind() == UserGuest.Kind.BLOCKED) {
            return DeviceTable.BLOCKED;
        }
        return switch (kind) {
            case BLOCKED -> DeviceTable.BLOCKED;
            case PASS_THROUGH -> OPEN | closedFirst(noRoots);
            case TABLE -> OPEN | (nests() ? user.first() : closedFirst(NOWHERE)) | DeviceTableEntry.MODE.put(table.mode()) | table.root()
                    | DeviceTableEntry.ACCESSED_DIRTY.put(tracks ? HAD_DIRTY : 0);
        };
    }

    /** Word 1 of the entry. */
    long second(int passThroughDomain) {
        long domain = DeviceTableEntry.DOMAIN.put(domain(passThroughDomain));
        if (usesGuestTables()) {
            return domain | DeviceTableEntry.putGcr3High(roots.root());
        }
        if (nests()) {
            return domain | user.second();
        }
        long nowhere = kind == Kind.TABLE ? NOWHERE : noRoots;
        return kind == Kind.BLOCKED ? 0 : noRoots == 0 ? domain : domain | DeviceTableEntry.putGcr3High(nowhere);
    }

    private boolean nests() {
        return user != null && user.kind() == UserGuest.Kind.NESTED;
    }

    /** Depth of guest tables in the third word, if it is a user's to say; else -1. */
    long paging() {
        return nests() ? user.paging() : -1;
    }

    private long closedFirst(long root) {
        return noRoots == 0 ? 0 : DeviceTableEntry.GUEST_VALID.put(1) | DeviceTableEntry.putGcr3Low(root);
    }

    /** Makes the table that finds guest tables by PASID. */
    void makeRoots(PhysicalMemory memory, PageAllocator pages, UnitPort port, int gcr3Levels, int domain) {
        roots = RadixEditor.create(memory, pages, AmdViFormats.gcr3Tables(gcr3Levels), PAGE);
        if (roots == null) {
            throw port.failure(Reason.LIMIT, "needs a page for a table of PASIDs, and none is left");
        }
        levels = gcr3Levels;
        ownDomain = domain;
    }

    /** Takes that table out of use; it is the caller's to release when hardware has forgotten it. */
    RadixEditor takeRoots() {
        RadixEditor table = roots;
        roots = null;
        return table;
    }

    /** Points a PASID to a guest table, or with 0 to none. */
    void setRoot(UnitPort port, int pasid, long root) {
        long input = (long) pasid << AmdViFormats.PASID_SHIFT;
        roots.unmap(input, PAGE);
        if (root != 0 && roots.map(input, root, PAGE, Permissions.READ_WRITE, 0) != RadixEditor.OK) {
            throw port.failure(Reason.LIMIT, "needs a page for a table of PASIDs, and none is left");
        }
    }
}
