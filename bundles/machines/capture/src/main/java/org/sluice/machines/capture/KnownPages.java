// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * The whole pages that are known of a memory, sorted into those with content and those that are zero. A page of which only a
 * part is known cannot be said in a capture and is left out: it stays unknown.
 *
 * @param stored runs of pages with content, ascending
 * @param zeros runs of zero pages, ascending
 */
record KnownPages(List<AddressRange> stored, List<AddressRange> zeros) {
    static final int PAGE = 4096;
    /** Beyond so many runs zero pages are stored like others: a reader takes a limited number of segments. */
    private static final int MAX_RUNS = 50_000;
    private static final int PROGRESS_STEP = 4096;

    /** @param known ranges of {@code memory} to look at, ascending, all of them present */
    static KnownPages of(PhysicalMemory memory, List<AddressRange> known, Progress progress) {
        List<AddressRange> whole = wholePages(known);
        ByteBuffer bytes = ByteBuffer.allocate(PAGE);
        long total = whole.stream().mapToLong(AddressRange::size).sum() / PAGE;
        Runs stored = new Runs();
        Runs zeros = new Runs();
        long done = 0;
        for (AddressRange range : whole) {
            for (long page = range.start(); page <= range.last(); page += PAGE) {
                (isZero(memory, page, bytes) ? zeros : stored).add(page);
                if (++done % PROGRESS_STEP == 0) {
                    progress.at("pages looked at", done, total);
                }
            }
        }
        boolean tooMany = stored.ranges.size() > MAX_RUNS;
        return tooMany ? new KnownPages(whole, List.of()) : new KnownPages(List.copyOf(stored.ranges), List.copyOf(zeros.ranges));
    }

    long storedPages() {
        return pages(stored);
    }

    long zeroPages() {
        return pages(zeros);
    }

    private static long pages(List<AddressRange> ranges) {
        return ranges.stream().mapToLong(AddressRange::size).sum() / PAGE;
    }

    /** Ranges that touch joined, then cut to whole pages. */
    private static List<AddressRange> wholePages(List<AddressRange> present) {
        List<AddressRange> joined = new ArrayList<>();
        for (AddressRange range : present) {
            int last = joined.size() - 1;
            if (last >= 0 && joined.get(last).last() + 1 == range.start()) {
                joined.set(last, new AddressRange(joined.get(last).start(), range.last()));
            } else {
                joined.add(range);
            }
        }
        List<AddressRange> whole = new ArrayList<>();
        for (AddressRange range : joined) {
            long start = range.start() + PAGE - 1 & -PAGE;
            long end = range.last() + 1 & -PAGE;
            if (start < end) {
                whole.add(new AddressRange(start, end - 1));
            }
        }
        return whole;
    }

    private static boolean isZero(PhysicalMemory memory, long page, ByteBuffer bytes) {
        memory.copyPage(page, bytes);
        for (int at = 0; at < PAGE; at += Long.BYTES) {
            if (bytes.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private static final class Runs {
        final List<AddressRange> ranges = new ArrayList<>();

        void add(long page) {
            int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).last() + 1 == page) {
                ranges.set(last, new AddressRange(ranges.get(last).start(), page + PAGE - 1));
            } else {
                ranges.add(new AddressRange(page, page + PAGE - 1));
            }
        }
    }
}
