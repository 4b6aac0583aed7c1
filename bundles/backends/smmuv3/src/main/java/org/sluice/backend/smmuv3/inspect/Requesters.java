// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.function.IntConsumer;

import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.StreamTable;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.PhysicalMemory.Presence;

/**
 * Visits every requester that the tables know: each valid stream table entry that is not set to abort, or whose StreamID belongs to a
 * known device, and each substream with a context descriptor. Operating systems fill the rest of a table with aborting entries, which
 * name nobody.
 */
final class Requesters {
    /** Far above any real machine's; keep an image made in bad faith from taking hours. */
    private static final int MAX_STREAMS = 1 << 24;
    private static final int MAX_SUBSTREAMS = 1 << 20;
    private static final int PAGE = 4096;

    private final Subject subject;
    private int streams;
    private int substreams;

    Requesters(Subject subject) {
        this.subject = subject;
    }

    /** Takes StreamIDs in ascending order; {@code missing} if the image does not hold the entry. */
    @FunctionalInterface
    interface StreamVisitor {
        void stream(long streamId, boolean missing);
    }

    void visitStreams(StreamVisitor visitor) {
        StreamTable table = subject.lookup().table();
        if (table == null) {
            known(0, 1L << 32, visitor);
            return;
        }
        if (!table.twoLevel()) {
            entries(table.base(), 0, table.streams(), visitor);
            return;
        }
        long block = 1L << table.split();
        for (long i = 0; i < table.descriptors(); i++) {
            long address = table.descriptorAddress(i << table.split());
            Presence presence = Structure.presence(subject.memory(), StreamEntry.LEVEL_1, address);
            if (presence == Presence.PRESENT) {
                Structure descriptor = Structure.read(subject.memory(), StreamEntry.LEVEL_1, address);
                int span = table.span(descriptor);
                if (span > 0) {
                    entries(table.level2(descriptor), i << table.split(), Math.min(span, Math.min(block, table.streams())), visitor);
                }
                continue;
            }
            // The rest of the page shares the answer.
            long next = i + (PAGE - address % PAGE) / StreamTable.DESCRIPTOR_BYTES;
            if (presence == Presence.UNKNOWN) {
                known(i << table.split(), Math.min(next, table.descriptors()) << table.split(), visitor);
            }
            i = next - 1;
        }
    }

    private void entries(long table, long first, long count, StreamVisitor visitor) {
        long perPage = PAGE / StreamTable.ENTRY_BYTES;
        for (long i = 0; i < count && streams < MAX_STREAMS;) {
            long address = table + i * StreamTable.ENTRY_BYTES;
            long end = Math.min(count, i + perPage - (address % PAGE) / StreamTable.ENTRY_BYTES);
            switch (subject.memory().presence(address, StreamTable.ENTRY_BYTES)) {
                case UNKNOWN -> known(first + i, first + end, visitor);
                case PRESENT -> page(address, first + i, first + end, visitor);
                default -> { }
            }
            streams += (int) (end - i);
            i = end;
        }
    }

    private void page(long address, long first, long end, StreamVisitor visitor) {
        for (long id = first; id < end; id++) {
            long at = address + (id - first) * StreamTable.ENTRY_BYTES;
            if (subject.memory().presence(at, StreamTable.ENTRY_BYTES) != Presence.PRESENT) {
                known(id, id + 1, visitor);
                continue;
            }
            long word = subject.memory().readLong(at);
            boolean named = StreamEntry.VALID.get(word) != 0 && (StreamEntry.CONFIG.get(word) & StreamEntry.BYPASS) != 0;
            if (named || subject.streams().isKnown(id)) {
                visitor.stream(id, false);
            }
        }
    }

    private void known(long first, long end, StreamVisitor visitor) {
        for (long id : subject.streams().known(first, end)) {
            visitor.stream(id, true);
        }
    }

    /** SubstreamIDs with a context descriptor; a level-1 descriptor without leaf table skips what it would cover. */
    void visitSubstreams(long streamId, IntConsumer visitor) {
        ConfigurationLookup.Substreams range = subject.lookup().substreams(streamId);
        for (int id = 0; id < range.count() && substreams < MAX_SUBSTREAMS; id++, substreams++) {
            Finding finding = subject.lookup().find(streamId, id);
            SmmuEvent event = finding instanceof Blocked blocked ? blocked.event() : null;
            if (event == SmmuEvent.C_BAD_SUBSTREAMID) {
                id |= range.block() - 1;
            } else if (event != SmmuEvent.F_STREAM_DISABLED && event != SmmuEvent.F_CD_FETCH && !empty(finding)) {
                visitor.accept(id);
            }
        }
    }

    /** A descriptor that is not valid is nobody's. */
    private static boolean empty(Finding finding) {
        Structure last = finding.trail().isEmpty() ? null : finding.trail().get(finding.trail().size() - 1);
        return last != null && last.layout() == ContextDescriptor.LAYOUT && !last.is(ContextDescriptor.VALID);
    }
}
