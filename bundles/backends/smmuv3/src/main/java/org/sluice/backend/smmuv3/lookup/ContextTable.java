// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.Permissions;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Place;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.PhysicalMemory;

/**
 * The context descriptors of one stream (section 3.3.3): where they lie, and how they are read, through stage 2 where it is on.
 * Serves one look-up.
 */
public final class ContextTable {
    public static final int ENTRY_BYTES = 64;
    public static final int DESCRIPTOR_BYTES = 8;
    private static final int ENTRY_SHIFT = 6;
    private static final int DESCRIPTOR_SHIFT = 3;
    /** log2 of the descriptors in a leaf table of 4 and 64 KiB. */
    private static final int SMALL_LEAF = 6;
    private static final int LARGE_LEAF = 10;

    private final PhysicalMemory memory;
    private final Stage2 second;
    private final long pointer;
    private final long count;
    private final int split;

    /** @param log2Count log2 of the number of substreams; 0: a single descriptor, whatever S1Fmt says */
    ContextTable(PhysicalMemory memory, Structure ste, Stage2 second, long log2Count) {
        this.memory = memory;
        this.second = second;
        this.pointer = ste.getAddress(StreamEntry.CONTEXT_POINTER);
        this.count = log2Count;
        this.split = split(ste, log2Count);
    }

    /** SubstreamID bits that a leaf table resolves; 0 in a linear table. */
    static int split(Structure ste, long log2Count) {
        return log2Count == 0 ? 0 : switch ((int) ste.get(StreamEntry.S1_FORMAT)) {
            case 1 -> SMALL_LEAF;
            case 2 -> LARGE_LEAF;
            default -> 0;
        };
    }

    /** Reads the descriptor of a substream, through level 1 where there is one; {@code addressBits} is the width of pointers. */
    boolean fetch(Search s, int substream, int addressBits) {
        if (split == 0) {
            return read(s, ContextDescriptor.LAYOUT, aligned(count + ENTRY_SHIFT) + (long) substream * ENTRY_BYTES);
        }
        long first = aligned(Math.max(0, count - split) + DESCRIPTOR_SHIFT);
        if (!read(s, ContextDescriptor.LEVEL_1, first + (long) (substream >>> split) * DESCRIPTOR_BYTES)) {
            return false;
        }
        Structure descriptor = s.entry();
        long table = descriptor.getAddress(ContextDescriptor.L2_POINTER);
        String wrong = !descriptor.is(ContextDescriptor.L1_VALID) ? "V=0 in the level-1 context descriptor"
                : StreamRules.beyond(table, addressBits) ? "L2Ptr is wider than " + addressBits + " bits" : null;
        long leaf = table & -1L << split + ENTRY_SHIFT;
        return s.check(wrong, SmmuEvent.C_BAD_SUBSTREAMID)
                && read(s, ContextDescriptor.LAYOUT, leaf + (substream & (1L << split) - 1) * ENTRY_BYTES);
    }

    private long aligned(long log2) {
        return pointer & -1L << Math.max(ENTRY_SHIFT, log2);
    }

    private boolean read(Search s, StructureLayout layout, long address) {
        long physical = second == null ? address : intermediate(s, address);
        return physical >= 0 && s.fetch(layout, physical, SmmuEvent.F_CD_FETCH);
    }

    /** Stage 2 for the address of a descriptor: a read of class CD (section 3.4.3); -1 if it stopped the look-up. */
    private long intermediate(Search s, long address) {
        RadixWalker walker = new RadixWalker(memory, true);
        long physical = walker.walk(second.format(), second.root(), address, Permissions.READ);
        for (int i = 0; i < walker.depth(); i++) {
            boolean leaf = i == walker.depth() - 1;
            s.trail().add(Structure.of(leaf ? TableDescriptor.STAGE_2 : TableDescriptor.TABLE, walker.pathAddress(i), walker.pathEntry(i)));
        }
        if (physical >= 0) {
            return physical;
        }
        SmmuEvent event = WalkFaults.event(RadixWalker.outcome(physical), second.format(), walker.level(), walker.entry(), second.accessFlag());
        if (event == null) {
            s.stop(new Unknown(walker.entryAddress(), TableDescriptor.STAGE_2.name(), s.trail()));
        } else {
            s.stop(new Blocked(event, !event.recordedOnRequest() || second.terms().recorded(),
                    new Place(true, EventRecord.CLASS_CD, address, event.recordedOnRequest() && second.terms().stalls()),
                    walker.entryAddress(), "stage 2 refuses the address of the context descriptor", s.trail()));
        }
        return -1;
    }
}
