// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.List;
import java.util.Optional;

import org.sluice.api.space.AddressSpace.Visitor;
import org.sluice.api.space.Placement;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.machine.AddressRange;

/**
 * What is mapped in one space, and, from the first time that somebody wants an address chosen, which addresses are free. A space whose
 * users choose for themselves has no allocator and pays one compare. The machine's lock is held for changes.
 */
final class Truth {
    static final long NONE = IovaAllocator.NONE;

    /** That of {@link RangeMap}: everything that can be mapped is a multiple, whichever units come and go. */
    private static final int GRANULE_SHIFT = 8;
    private static final long GRANULE = 1L << GRANULE_SHIFT;
    private static final long PAGE_ZERO = 4096;

    private final RangeMap ranges;
    private IovaAllocator free;
    /** Bit p: permissions p, with or without {@code MMIO}, may be those of a mapping. */
    private int permissions;
    /** No mapping leads to an address above this, which has as many bits as the highest so far, all set. */
    private long highestOutput;

    Truth(RangeMap ranges) {
        this.ranges = ranges;
        permissions = ranges.count() == 0 ? 0 : -1;
        highestOutput = permissions;
    }

    RangeMap ranges() {
        return ranges;
    }

    long mappedBytes() {
        return ranges.mappedBytes();
    }

    /** Bit p: permissions p, with or without {@code MMIO}, may be those of a mapping; no others are. */
    int permissions() {
        return permissions;
    }

    /** No mapping leads to an address above this: all bits that outputs may have. */
    long highestOutput() {
        return highestOutput;
    }

    /** Such mappings may be among those that follow. */
    void expect(int asked, long lastOutput) {
        permissions |= 1 << Flags.permissions(asked);
        highestOutput |= lastOutput == 0 ? 0 : -1L >>> Long.numberOfLeadingZeros(lastOutput);
    }

    /** As {@link RangeMap#add}, for what is {@link #expect expected}. */
    boolean insert(long start, long size, long output, int flags) {
        if (!ranges.add(start, size, output, flags)) {
            return false;
        }
        if (free != null) {
            claim(start, start + (size - 1));
        }
        return true;
    }

    private void claim(long start, long last) {
        if (!free.claim(start, last)) {
            throw new IllegalStateException("addresses in use that nobody has mapped: " + new AddressRange(start, last));
        }
    }

    /** As {@link RangeMap#isNear}. */
    boolean isNear(long address) {
        return ranges.isNear(address);
    }

    /** As {@link RangeMap#removeFirst}. */
    boolean removeFirst(long start, long size) {
        if (!ranges.removeFirst(start, size)) {
            return false;
        }
        if (free != null) {
            vacate(start, start + (size - 1), size);
        }
        return true;
    }

    /** As {@link RangeMap#remove}. */
    long remove(long start, long last) {
        long bytes = ranges.remove(start, last);
        if (free != null && bytes != RangeMap.CUT) {
            vacate(start, last, bytes);
        }
        return bytes;
    }

    /** As {@link RangeMap#cut}. */
    long cut(long start, long last) {
        long bytes = ranges.cut(start, last);
        if (free != null) {
            vacate(start, last, bytes);
        }
        return bytes;
    }

    void visit(AddressRange range, Visitor visitor) {
        RangeMap.Entry entry = new RangeMap.Entry();
        boolean more = ranges.first(range.start(), entry);
        while (more && Long.compareUnsigned(entry.start(), range.last()) <= 0) {
            if (!visitor.mapping(entry.start(), entry.last(), entry.output(), Flags.permissions(entry.flags()), Flags.kind(entry.flags()))) {
                return;
            }
            more = ranges.next(entry);
        }
    }

    /** Nothing is mapped there any more; ends within a granule lie outside of all that was. 0 bytes are none, or all that there are. */
    private void vacate(long start, long last, long bytes) {
        if (bytes == 0 && (start != 0 || last != -1L)) {
            return;
        }
        long mask = GRANULE - 1;
        long from = start + mask & ~mask;
        long to = (last & mask) == mask ? last : (last & ~mask) - 1;
        free.vacate(from, to);
    }

    /**
     * The lowest free place. Address 0 is what many devices and drivers take for no address, so the first page is chosen only for a request that
     * fills its whole window.
     *
     * @param usable ranges in which mappings are possible, ascending; they change with the units and devices, so the allocator does not know them
     * @param grain the smallest page
     * @param size not 0
     * @return an aligned start, or {@link #NONE}
     */
    long find(long size, Placement placement, List<AddressRange> usable, long grain) {
        if (free == null) {
            free = new IovaAllocator(GRANULE_SHIFT);
            RangeMap.Entry entry = new RangeMap.Entry();
            for (boolean more = ranges.first(0, entry); more; more = ranges.next(entry)) {
                claim(entry.start(), entry.last());
            }
        }
        AddressRange asked = placement.window();
        long wanted = placement.alignment() != 0 ? placement.alignment() : Long.lowestOneBit(size);
        long alignment = Long.compareUnsigned(wanted, grain) > 0 ? wanted : grain;
        long least = asked.start() == 0 && asked.last() == size - 1 ? 0 : Math.max(grain, PAGE_ZERO);
        for (AddressRange range : usable) {
            AddressRange window = range.intersection(asked);
            if (window != null && Long.compareUnsigned(window.last(), least) >= 0) {
                long base = Long.compareUnsigned(window.start(), least) > 0 ? window.start() : least;
                long found = free.find(size, new IovaWindow(base, window.last(), alignment));
                if (found != NONE) {
                    return found;
                }
            }
        }
        return NONE;
    }

    /** How full the space is; empty as long as nobody has had an address chosen. */
    Optional<PlacementStatistics> placements() {
        return Optional.ofNullable(free).map(IovaAllocator::statistics);
    }
}
