// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.space.UserTable;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;

/** All requesters of a unit: what each is given, and how its entry changes under hardware that is at work. Not thread-safe. */
final class Requesters {
    /** DomainIDs from here on are not for tables: the first is that of pass-through, each other that of a requester with PASIDs. */
    static final int TABLE_DOMAINS = 0x8000;
    private static final int PASS_THROUGH_DOMAIN = TABLE_DOMAINS;
    private static final int LAST_DOMAIN = 0xffff;

    private final Parts unit;
    private final int gcr3Levels;
    private final long noRoots;
    private final Map<Integer, Requester> all = new HashMap<>();
    private final BitSet ownDomains = new BitSet();
    /** Tables of PASIDs that hardware may still know. */
    private final List<RadixEditor> retired = new ArrayList<>();

    /** What the driver consists of. */
    record Parts(UnitPort port, PhysicalMemory memory, PageAllocator pages, DeviceTable devices, CommandQueue queue, DeviceIds ids) {
    }

    /**
     * @param gcr3Levels levels of the tables that find guest tables
     * @param noRoots an empty page, or 0 if the unit has no PASIDs
     */
    Requesters(Parts unit, int gcr3Levels, long noRoots) {
        this.unit = unit;
        this.gcr3Levels = gcr3Levels;
        this.noRoots = noRoots;
    }

    /** A device's requesters: its own id's, and its alias'. */
    private List<Requester> of(DeviceId device) {
        List<Requester> list = new ArrayList<>();
        for (int id : unit.ids.of(device)) {
            unit.devices.require(id);
            list.add(all.computeIfAbsent(id, key -> new Requester(key, noRoots)));
        }
        return list;
    }

    void attach(DeviceId device, AmdViDomain domain) {
        List<Requester> requesters = of(device);
        boolean guest = requesters.stream().anyMatch(Requester::usesGuestTables);
        long root = guest ? guestRoot(domain) : 0;
        for (Requester r : requesters) {
            if (r.usesGuestTables()) {
                r.setRoot(unit.port, 0, root);
            }
            replace(r, Requester.Kind.TABLE, domain);
        }
    }

    /** A user's guest tables over a domain's host table; a domain id for each requester, another than that of any table before. */
    void attach(DeviceId device, AmdViDomain parent, UserGuest user) {
        List<Requester> requesters = of(device);
        if (requesters.stream().anyMatch(Requester::usesGuestTables)) {
            throw unit.port.failure(Reason.UNSUPPORTED, "gives all PASIDs of a device to a user, or none, and this one has some");
        }
        BitSet taken = new BitSet();
        for (int i = 0; i < requesters.size(); i++) {
            taken.set(own(taken));
        }
        int own = 0;
        for (Requester r : requesters) {
            own = taken.nextSetBit(own + 1);
            boolean used = r.kind != Requester.Kind.BLOCKED;
            int before = r.domain(PASS_THROUGH_DOMAIN);
            boolean nested = r.isNested();
            r.kind = Requester.Kind.TABLE;
            r.table = parent;
            r.nest(user, own);
            ownDomains.set(own);
            rewrite(r, before, used);
            if (nested) {
                ownDomains.clear(before);
            }
        }
    }

    private int own(BitSet taken) {
        int own = ownDomains.nextClearBit(PASS_THROUGH_DOMAIN + 1);
        while (taken.get(own)) {
            own = ownDomains.nextClearBit(own + 1);
        }
        if (own > LAST_DOMAIN) {
            throw unit.port.failure(Reason.LIMIT, "has no domain id left for a requester with PASIDs or tables of a user");
        }
        return own;
    }

    void attach(DeviceId device, int pasid, AmdViDomain domain) {
        List<Requester> requesters = of(device);
        if (requesters.stream().anyMatch(Requester::isNested)) {
            throw unit.port.failure(Reason.UNSUPPORTED, "has given all PASIDs of the device to a user");
        }
        long root = guestRoot(domain);
        for (Requester r : requesters) {
            if (!r.usesGuestTables()) {
                enterGuestTables(r, pasid, domain, root);
                continue;
            }
            if (r.pasids.containsKey(pasid)) {
                remove(r, pasid);
            }
            r.setRoot(unit.port, pasid, root);
            r.pasids.put(pasid, domain);
            unit.queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid);
            unit.queue.complete();
        }
    }

    private long guestRoot(AmdViDomain domain) {
        if (domain.tracks()) {
            throw unit.port.failure(Reason.UNSUPPORTED, "cannot record writes through guest tables");
        }
        return domain.guestRoot();
    }

    /** The first PASID. Everything that may fail is done before hardware sees a change. */
    private void enterGuestTables(Requester r, int pasid, AmdViDomain domain, long root) {
        long plain = r.kind == Requester.Kind.TABLE ? guestRoot(r.table) : 0;
        int own = own(new BitSet());
        int before = r.domain(PASS_THROUGH_DOMAIN);
        r.makeRoots(unit.memory, unit.pages, unit.port, gcr3Levels, own);
        try {
            if (plain != 0) {
                r.setRoot(unit.port, 0, plain);
            }
            r.setRoot(unit.port, pasid, root);
        } catch (IommuException noPage) {
            r.takeRoots().release();
            throw noPage;
        }
        ownDomains.set(own);
        r.pasids.put(pasid, domain);
        rewrite(r, before, r.kind != Requester.Kind.BLOCKED);
    }

    void passThrough(DeviceId device) {
        for (Requester r : of(device)) {
            replace(r, Requester.Kind.PASS_THROUGH, null);
            if (r.usesGuestTables()) {
                r.setRoot(unit.port, 0, 0);
            }
        }
    }

    void detach(DeviceId device) {
        for (Requester r : of(device)) {
            if (r.usesGuestTables()) {
                r.setRoot(unit.port, 0, 0);
            }
            replace(r, Requester.Kind.BLOCKED, null);
        }
    }

    void detach(DeviceId device, int pasid) {
        for (Requester r : of(device)) {
            if (r.pasids.containsKey(pasid)) {
                remove(r, pasid);
                if (r.pasids.isEmpty()) {
                    leaveGuestTables(r);
                }
            }
        }
    }

    private void remove(Requester r, int pasid) {
        r.setRoot(unit.port, pasid, 0);
        r.pasids.remove(pasid);
        unit.queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid);
        unit.queue.complete();
    }

    /** The last PASID is gone: back to what a requester without PASIDs has. */
    private void leaveGuestTables(Requester r) {
        int own = r.domain(PASS_THROUGH_DOMAIN);
        RadixEditor roots = r.takeRoots();
        unit.queue.pasid(own, 0);
        rewrite(r, own, true);
        roots.release();
        ownDomains.clear(own);
    }

    private void replace(Requester r, Requester.Kind kind, AmdViDomain table) {
        boolean used = r.kind != Requester.Kind.BLOCKED || r.usesGuestTables();
        int before = r.domain(PASS_THROUGH_DOMAIN);
        boolean nested = r.isNested();
        r.kind = kind;
        r.table = table;
        r.leaveNest();
        rewrite(r, before, used);
        if (nested) {
            ownDomains.clear(before);
        }
    }

    /**
     * Replaces an entry (section 2.2.2.3): translation is taken away, hardware forgets entry and translations, then the new words become
     * valid, and hardware forgets once more what it may have read meanwhile.
     */
    private void rewrite(Requester r, int domainBefore, boolean used) {
        if (r.paging() < 0) {
            unit.devices.begin(r.deviceId, r.second(PASS_THROUGH_DOMAIN));
        } else {
            unit.devices.begin(r.deviceId, r.second(PASS_THROUGH_DOMAIN), r.paging());
        }
        unit.queue.device(r.deviceId);
        if (used) {
            unit.queue.domain(domainBefore);
        }
        if (r.usesGuestTables()) {
            unit.queue.pasid(r.domain(PASS_THROUGH_DOMAIN), 0);
            r.pasids.keySet().forEach(pasid -> unit.queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid));
        }
        unit.queue.complete();
        unit.devices.end(r.deviceId, r.first());
        unit.queue.device(r.deviceId);
        unit.queue.complete();
    }

    /** Drops translations of a table, wherever it is used. */
    void invalidate(DomainTable table, long iova, long last) {
        ask(table, iova, last);
        unit.queue.complete();
    }

    /** As {@link #invalidate}, for ranges whose first and last addresses come by turns. */
    void invalidateAll(DomainTable table, long[] ranges, int count) {
        for (int i = 0; i < count; i++) {
            ask(table, ranges[2 * i], ranges[2 * i + 1]);
        }
        unit.queue.complete();
    }

    private void ask(DomainTable table, long iova, long last) {
        unit.queue.range(table.domain(), iova, last);
        if (!ownDomains.isEmpty()) {
            askGuests(table, iova, last);
        }
    }

    private void askGuests(DomainTable table, long iova, long last) {
        for (Requester r : all.values()) {
            if (r.isNested() && r.table == table) {
                // What came through it is known by the user's addresses and PASIDs: all of it goes.
                unit.queue.domain(r.domain(PASS_THROUGH_DOMAIN));
            }
            if (r.usesGuestTables()) {
                if (r.table == table) {
                    unit.queue.range(r.domain(PASS_THROUGH_DOMAIN), 0, iova, last);
                }
                r.pasids.forEach((pasid, domain) -> {
                    if (domain == table) {
                        unit.queue.range(r.domain(PASS_THROUGH_DOMAIN), pasid, iova, last);
                    }
                });
            }
        }
    }

    /** Puts what a user says of its table, for whoever uses that over {@code parent}; done with {@link #complete}. */
    void invalidate(DomainTable parent, UserTable table, int pasid, long range) {
        for (Requester r : all.values()) {
            if (r.isNested(table) && r.table == parent) {
                unit.queue.user(r.domain(PASS_THROUGH_DOMAIN), pasid, range);
            }
        }
    }

    void complete() {
        unit.queue.complete();
    }

    /** Switches recording in the entries that use a table; its translations are the caller's to invalidate. */
    boolean track(AmdViDomain domain, boolean on) {
        for (Requester r : all.values()) {
            if (r.table == domain && !r.usesGuestTables()) {
                unit.devices.end(r.deviceId, r.first(on));
                unit.queue.device(r.deviceId);
            }
        }
        unit.queue.complete();
        return true;
    }

    /** Blocks everybody; hardware is to be told, and then {@link #forgotten}. */
    void forget() {
        unit.devices.blockAll();
        for (Requester r : all.values()) {
            if (r.usesGuestTables()) {
                retired.add(r.takeRoots());
            }
        }
        all.clear();
        ownDomains.clear();
    }

    /** Hardware has forgotten everything: what it could have read may be used again. */
    void forgotten() {
        retired.forEach(RadixEditor::release);
        retired.clear();
    }
}
