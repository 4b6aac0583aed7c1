// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/** Legacy root and context tables: the lower word of a context entry has the present bit and is written last. Not thread-safe. */
final class LegacyContexts implements Contexts {
    private final PhysicalMemory memory;
    private final TablePages pages;
    private final CommandQueue queue;
    private final UnitPort port;
    private final IntPredicate cachesTranslations;
    private final long root;

    /** @param cachesTranslations whether a requester has a device-TLB */
    LegacyContexts(PhysicalMemory memory, TablePages pages, CommandQueue queue, UnitPort port, IntPredicate cachesTranslations) {
        this.memory = memory;
        this.pages = pages;
        this.queue = queue;
        this.port = port;
        this.cachesTranslations = cachesTranslations;
        root = pages.page();
    }

    @Override
    public long rootPointer() {
        return root;
    }

    @Override
    public void reserve(int sourceId, int pasid) {
        if (pasid != NONE) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " is driven with legacy tables: they have no PASIDs");
        }
        entry(sourceId, true);
    }

    @Override
    public void set(int sourceId, int pasid, Translation t) {
        long entry = entry(sourceId, true);
        long type = t.kind() == Translation.Kind.PASS_THROUGH ? ContextEntry.PASS_THROUGH
                : cachesTranslations.test(sourceId) ? ContextEntry.ALL_REQUESTS : ContextEntry.UNTRANSLATED;
        memory.writeLong(entry + Long.BYTES, ContextEntry.WIDTH.put(t.width()) | ContextEntry.DOMAIN.put(t.domain()));
        memory.writeLong(entry, ContextEntry.PRESENT.put(1) | ContextEntry.TRANSLATION_TYPE.put(type) | t.root());
        if (port.cap(CapabilityRegisters.CM) != 0) {
            // Units in caching mode may keep entries that were not present, under domain 0.
            forget(0, sourceId);
        }
    }

    @Override
    public void remove(int sourceId, int pasid) {
        long entry = entry(sourceId, false);
        if (entry == 0 || ContextEntry.PRESENT.get(memory.readLong(entry)) == 0) {
            return;
        }
        int domain = (int) ContextEntry.DOMAIN.get(memory.readLong(entry + Long.BYTES));
        memory.writeLong(entry, 0);
        forget(domain, sourceId);
        memory.writeLong(entry + Long.BYTES, 0);
    }

    /** The context cache first, then translations of the domain that the entry named (section 6.5.3.3). */
    private void forget(int domain, int sourceId) {
        queue.context(domain, sourceId);
        queue.domain(domain);
        if (cachesTranslations.test(sourceId)) {
            queue.device(sourceId, NONE, 0, -1L);
        }
        queue.complete();
    }

    @Override
    public void setDirty(int sourceId, int pasid, boolean on) {
        throw new IllegalStateException("legacy tables have no dirty bits");
    }

    /** Tables are freed only when the unit has forgotten them. */
    @Override
    public void clear() {
        List<Long> tables = new ArrayList<>();
        for (int bus = 0; bus < RootEntry.ENTRIES; bus++) {
            long at = root + (long) bus * RootEntry.BYTES;
            long low = memory.readLong(at);
            if (RootEntry.PRESENT.get(low) != 0) {
                memory.writeLong(at, 0);
                tables.add(RootEntry.CONTEXT_TABLE.address(low));
            }
        }
        queue.everything();
        tables.forEach(pages::free);
    }

    private long entry(int sourceId, boolean create) {
        long at = root + (long) (sourceId >>> 8) * RootEntry.BYTES;
        long low = memory.readLong(at);
        if (RootEntry.PRESENT.get(low) == 0) {
            if (!create) {
                return 0;
            }
            low = pages.page() | RootEntry.PRESENT.put(1);
            memory.writeLong(at, low);
        }
        return RootEntry.CONTEXT_TABLE.address(low) + (long) (sourceId & 0xff) * ContextEntry.LAYOUT.bytes();
    }
}
