// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

import org.sluice.backend.vtd.driver.Translation.Kind;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * Scalable root, context and PASID tables. Each requester has a PASID directory of its own; requests without PASID use the entry of
 * PASID 0, which no request may then name. A directory begins with a page and grows with the PASIDs that are used. Not thread-safe.
 */
final class ScalableContexts implements Contexts {
    /** PASID of requests without one: RID_PASID stays 0, which every unit has. */
    private static final int REQUESTER_PASID = 0;
    /** PDTS of a directory that fills a page. */
    private static final int FIRST_SIZE = 2;
    private static final int ROOT_HALVES = 2 * RootEntry.ENTRIES;
    private static final int HALF_SHIFT = 7;
    private static final int SECOND_WORD = Long.BYTES;
    private static final int THIRD_WORD = 2 * Long.BYTES;

    private final PhysicalMemory memory;
    private final TablePages pages;
    private final CommandQueue queue;
    private final UnitPort port;
    private final IntPredicate cachesTranslations;
    private final Map<Integer, Requester> requesters = new HashMap<>();
    private final long root;

    /** A requester's own tables. */
    private static final class Requester {
        long directory;
        int size = FIRST_SIZE;
        final Map<Integer, Long> tables = new HashMap<>();
        final Map<Integer, Translation> entries = new HashMap<>();
    }

    /** @param cachesTranslations whether a requester has a device-TLB */
    ScalableContexts(PhysicalMemory memory, TablePages pages, CommandQueue queue, UnitPort port, IntPredicate cachesTranslations) {
        this.memory = memory;
        this.pages = pages;
        this.queue = queue;
        this.port = port;
        this.cachesTranslations = cachesTranslations;
        root = pages.page();
    }

    @Override
    public long rootPointer() {
        return root | ControlRegisters.TABLE_MODE.put(ControlRegisters.SCALABLE);
    }

    @Override
    public void reserve(int sourceId, int pasid) {
        if (pasid != NONE && (pasid <= REQUESTER_PASID || pasid >>> pasidBits(port) != 0)) {
            throw new IommuException(Reason.LIMIT, "PASIDs of unit " + port.unit() + " are 1 to " + ((1 << pasidBits(port)) - 1));
        }
        int used = Math.max(pasid, REQUESTER_PASID);
        context(sourceId, true);
        Requester requester = requesters.get(sourceId);
        if (requester == null) {
            requester = new Requester();
            requester.directory = pages.page();
            requesters.put(sourceId, requester);
        }
        grow(sourceId, requester, used);
        int index = used >>> PasidEntry.TABLE_INDEX_BITS;
        if (!requester.tables.containsKey(index)) {
            long table = pages.page();
            requester.tables.put(index, table);
            memory.writeLong(requester.directory + (long) index * PasidEntry.DIRECTORY.bytes(), table | PasidEntry.DIRECTORY_PRESENT.put(1));
        }
    }

    /** Width of PASIDs; 0 if the unit takes no requests with one. */
    static int pasidBits(UnitPort port) {
        return port.ecap(CapabilityRegisters.PASID) ? (int) CapabilityRegisters.PSS.get(port.ecap) + 1 : 0;
    }

    /** A larger directory says the same; size and address stand in one word, so hardware finds either the old or the new one. */
    private void grow(int sourceId, Requester requester, int pasid) {
        int size = requester.size;
        while (pasid >>> size + PasidEntry.DIRECTORY_BASE_BITS + PasidEntry.TABLE_INDEX_BITS != 0) {
            size++;
        }
        if (size == requester.size) {
            return;
        }
        long larger = pages.pages(shift(size));
        for (long at = 0; at < 1L << shift(requester.size); at += Long.BYTES) {
            memory.writeLong(larger + at, memory.readLong(requester.directory + at));
        }
        long old = requester.directory;
        int oldShift = shift(requester.size);
        requester.directory = larger;
        requester.size = size;
        long context = context(sourceId, false);
        if (ScalableContextEntry.PRESENT.get(memory.readLong(context)) != 0) {
            memory.writeLong(context, contextWord(sourceId, requester));
            queue.context(0, sourceId);
            queue.pasids();
            queue.complete();
        }
        pages.free(old, oldShift);
    }

    /** log2 of the bytes of a directory. */
    private static int shift(int size) {
        return size + PasidEntry.DIRECTORY_BASE_BITS + Integer.numberOfTrailingZeros(PasidEntry.DIRECTORY.bytes());
    }

    private long contextWord(int sourceId, Requester requester) {
        return ScalableContextEntry.PRESENT.put(1) | ScalableContextEntry.PASID_ENABLE.put(pasidBits(port) > 0 ? 1 : 0)
                | ScalableContextEntry.DEVICE_TLB_ENABLE.put(cachesTranslations.test(sourceId) ? 1 : 0)
                | ScalableContextEntry.DIRECTORY_SIZE.put(requester.size) | requester.directory;
    }

    @Override
    public void set(int sourceId, int pasid, Translation t) {
        int used = Math.max(pasid, REQUESTER_PASID);
        Requester requester = requesters.get(sourceId);
        long entry = entry(requester, used);
        memory.writeLong(entry + SECOND_WORD, PasidEntry.DOMAIN.put(t.domain())
                | PasidEntry.WALK_SNOOP.put(port.ecap(CapabilityRegisters.SMPWCS) ? 1 : 0));
        memory.writeLong(entry + THIRD_WORD, t.kind() == Kind.FIRST_STAGE ? t.root() | PasidEntry.FIRST_STAGE_MODE.put(t.levels() - 4) : t.user());
        memory.writeLong(entry, firstWord(t));
        requester.entries.put(used, t);
        long context = context(sourceId, false);
        if (ScalableContextEntry.PRESENT.get(memory.readLong(context)) == 0) {
            memory.writeLong(context, contextWord(sourceId, requester));
        }
        if (port.cap(CapabilityRegisters.CM) != 0) {
            // Units in caching mode may keep entries that were not present, under domain 0.
            queue.context(0, sourceId);
            queue.pasids();
            queue.domain(0);
            queue.complete();
        }
    }

    private static long firstWord(Translation t) {
        return PasidEntry.PRESENT.put(1) | switch (t.kind()) {
            case FIRST_STAGE -> PasidEntry.TRANSLATION_TYPE.put(PasidEntry.FIRST_STAGE);
            case SECOND_STAGE, NESTED -> PasidEntry.TRANSLATION_TYPE.put(t.kind() == Kind.NESTED ? PasidEntry.NESTED : PasidEntry.SECOND_STAGE)
                    | PasidEntry.WIDTH.put(t.width()) | t.root() | PasidEntry.SECOND_STAGE_DIRTY.put(t.dirty() ? 1 : 0);
            case PASS_THROUGH -> PasidEntry.TRANSLATION_TYPE.put(PasidEntry.PASS_THROUGH) | PasidEntry.WIDTH.put(t.width());
        };
    }

    @Override
    public void remove(int sourceId, int pasid) {
        int used = Math.max(pasid, REQUESTER_PASID);
        Requester requester = requesters.get(sourceId);
        Translation old = requester == null ? null : requester.entries.remove(used);
        if (old == null) {
            return;
        }
        long entry = entry(requester, used);
        memory.writeLong(entry, 0);
        forget(sourceId, pasid, old);
        memory.writeLong(entry + SECOND_WORD, 0);
        memory.writeLong(entry + THIRD_WORD, 0);
    }

    /** The order of section 6.5.3.3 for a PASID table entry: PASID cache, translations by what the entry named, the device's own. */
    private void forget(int sourceId, int pasid, Translation old) {
        int used = Math.max(pasid, REQUESTER_PASID);
        queue.pasid(old.domain(), used);
        if (old.kind() == Kind.FIRST_STAGE) {
            queue.pages(old.domain(), used, 0, -1L);
        } else {
            queue.domain(old.domain());
        }
        if (cachesTranslations.test(sourceId)) {
            queue.device(sourceId, pasid, 0, -1L);
        }
        queue.complete();
    }

    @Override
    public void setDirty(int sourceId, int pasid, boolean on) {
        int used = Math.max(pasid, REQUESTER_PASID);
        Requester requester = requesters.get(sourceId);
        Translation old = requester.entries.get(used);
        Translation changed = old.dirty(on);
        requester.entries.put(used, changed);
        memory.writeLong(entry(requester, used), firstWord(changed));
        forget(sourceId, pasid, old);
    }

    /** Tables are freed only when the unit has forgotten them. */
    @Override
    public void clear() {
        List<Long> tables = new ArrayList<>();
        for (int half = 0; half < ROOT_HALVES; half++) {
            long at = root + (long) half * RootEntry.SCALABLE.bytes();
            long word = memory.readLong(at);
            if (RootEntry.PRESENT.get(word) != 0) {
                memory.writeLong(at, 0);
                tables.add(RootEntry.CONTEXT_TABLE.address(word));
            }
        }
        queue.everything();
        tables.forEach(pages::free);
        for (Requester requester : requesters.values()) {
            requester.tables.values().forEach(pages::free);
            pages.free(requester.directory, shift(requester.size));
        }
        requesters.clear();
    }

    private static long entry(Requester requester, int pasid) {
        return requester.tables.get(pasid >>> PasidEntry.TABLE_INDEX_BITS)
                + (long) (pasid & PasidEntry.TABLE_ENTRIES - 1) * PasidEntry.LAYOUT.bytes();
    }

    /** Address of a requester's context entry, or 0. */
    private long context(int sourceId, boolean create) {
        long at = root + (long) (sourceId >>> HALF_SHIFT) * RootEntry.SCALABLE.bytes();
        long word = memory.readLong(at);
        if (RootEntry.PRESENT.get(word) == 0) {
            if (!create) {
                return 0;
            }
            word = pages.page() | RootEntry.PRESENT.put(1);
            memory.writeLong(at, word);
        }
        return RootEntry.CONTEXT_TABLE.address(word) + (long) (sourceId & (1 << HALF_SHIFT) - 1) * ScalableContextEntry.LAYOUT.bytes();
    }
}
