// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.PasidTables;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory.Presence;

/** The requesters that the tables know: each present context entry, and in scalable mode each present PASID entry. */
final class Requesters {
    /** Far above any real machine's; keeps an image made in bad faith from listing each PASID table under each function for hours. */
    private static final int MAX_PASID_CONTEXTS = 1 << 18;

    private static final int SOURCE_IDS = 1 << 16;

    private final Subject subject;
    private final PasidTables pasidTables;
    private final Map<Long, List<Integer>> pasidsOfDirectory = new HashMap<>();
    private int pasidContexts;

    Requesters(Subject subject) {
        this.subject = subject;
        this.pasidTables = new PasidTables(subject.memory());
    }

    /** Takes source ids in ascending order; {@code missing} if the image does not hold the table that would tell. */
    @FunctionalInterface
    interface Visitor {
        void source(int sourceId, boolean missing);
    }

    /**
     * Every function with a present context entry; where a table is missing or there are none, the functions that the machine's
     * description names.
     */
    void visitSources(Visitor visitor) {
        if (!subject.hasTables()) {
            known(0, SOURCE_IDS, visitor);
            return;
        }
        boolean scalable = subject.state().scalable();
        long root = subject.state().address(ControlRegisters.RTADDR, ControlRegisters.ROOT_TABLE);
        // In scalable mode each half of a root entry has its own table of 128 functions.
        int functions = scalable ? 128 : 256;
        int entryBytes = scalable ? RootEntry.SCALABLE.bytes() : RootEntry.LEGACY.bytes();
        for (int table = 0; table * functions < SOURCE_IDS; table++) {
            long address = root + (long) table * entryBytes;
            switch (subject.memory().presence(address, entryBytes)) {
                case UNKNOWN -> known(table * functions, functions, visitor);
                case PRESENT -> contextTable(Structure.read(subject.memory(), scalable ? RootEntry.SCALABLE : RootEntry.LEGACY, address),
                        table * functions, functions, visitor);
                default -> { }
            }
        }
    }

    private void contextTable(Structure rootEntry, int first, int functions, Visitor visitor) {
        if (!rootEntry.is(RootEntry.PRESENT)) {
            return;
        }
        long table = rootEntry.getAddress(RootEntry.CONTEXT_TABLE);
        int entryBytes = subject.state().scalable() ? ScalableContextEntry.LAYOUT.bytes() : ContextEntry.LAYOUT.bytes();
        Presence presence = subject.memory().presence(table, Vtd.PAGE_BYTES);
        if (presence == Presence.UNKNOWN) {
            known(first, functions, visitor);
        } else if (presence == Presence.PRESENT) {
            for (int i = 0; i < functions; i++) {
                if (ContextEntry.PRESENT.get(subject.memory().readLong(table + (long) i * entryBytes)) != 0) {
                    visitor.source(first + i, false);
                }
            }
        }
    }

    private void known(int first, int count, Visitor visitor) {
        subject.context().machine().devices().stream().filter(d -> subject.unit().equals(d.unit()))
                .map(DeviceDescription::device).mapToInt(Subject::sourceId).filter(id -> id >= first && id < first + count).sorted()
                .forEach(id -> visitor.source(id, true));
    }

    /** PASIDs with a present entry that requests of a function may name; that of requests without one is left out. */
    void visitPasids(int sourceId, IntConsumer out) {
        Structure context = subject.state().scalable() ? contextEntry(sourceId) : null;
        if (context == null || !context.is(ScalableContextEntry.PASID_ENABLE)) {
            return;
        }
        long own = subject.lookup().requesterPasid(context);
        long directory = context.getAddress(ScalableContextEntry.DIRECTORY);
        int bits = (int) context.get(ScalableContextEntry.DIRECTORY_SIZE) + PasidEntry.DIRECTORY_BASE_BITS;
        // Aliases of one device share a directory: its tables are read once. The address leaves room for the size.
        for (int pasid : pasidsOfDirectory.computeIfAbsent(directory | bits, key -> present(directory, bits))) {
            if (pasidContexts == MAX_PASID_CONTEXTS) {
                return;
            }
            if (pasid != own) {
                pasidContexts++;
                out.accept(pasid);
            }
        }
    }

    /** Whether PASIDs were left out because there are too many. */
    boolean truncated() {
        return pasidContexts == MAX_PASID_CONTEXTS;
    }

    private List<Integer> present(long directory, int bits) {
        List<Integer> list = new ArrayList<>();
        pasidTables.visit(directory, bits, pasid -> list.size() < MAX_PASID_CONTEXTS && list.add(pasid));
        return list;
    }

    /** The function's context entry if it is well-formed, so that the directory it names means something; else null. */
    private Structure contextEntry(int sourceId) {
        Finding finding = subject.lookup().find(sourceId, TranslationRequest.NO_PASID);
        boolean malformed = finding instanceof Blocked blocked && blocked.reason() == FaultReason.SM_CONTEXT_RESERVED;
        return malformed ? null : finding.trail().stream().filter(s -> s.layout() == ScalableContextEntry.LAYOUT).findFirst().orElse(null);
    }
}
