// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** Builds a {@link PhysicalMemory} from the segments of one file, ranges known to be zero, and the machine's RAM. */
final class ImageMemory {
    private static final int PROGRESS_STEP = 4096;
    private static final long PAGE = 4096;

    private ImageMemory() {
    }

    /**
     * Memory of a described machine: strict, nothing may overlap.
     *
     * @param zeros pages that were captured and are all zero
     * @throws org.sluice.machine.IommuException {@code BAD_FORMAT} if two pieces overlap, or zeros are not whole pages of RAM
     */
    static PhysicalMemory described(Path file, FileChannel channel, List<Segment> segments, RamRanges ram,
            List<AddressRange> zeros, Progress progress) throws IOException {
        if (addressable(segments).size() < segments.size()) {
            throw Trouble.bad(file, "has memory above the highest physical address; the file is damaged");
        }
        PhysicalMemory.Builder memory = PhysicalMemory.builder();
        ram.ranges().forEach(memory::ram);
        for (AddressRange zero : zeros) {
            if ((zero.start() & PAGE - 1) != 0 || (zero.last() + 1 & PAGE - 1) != 0) {
                throw Trouble.bad("'zeroRanges': " + zero + " is not whole 4 KiB pages");
            }
            if (!ram.contains(zero)) {
                throw Trouble.bad("'zeroRanges': " + zero + " lies outside 'ram'");
            }
            memory.zeros(zero);
        }
        add(memory, channel, joined(sorted(segments)), progress);
        return Trouble.in(file + " and 'zeroRanges'", memory::build);
    }

    /**
     * Memory of a dump without a description, whose RAM is therefore not known. A crash dump names the kernel's own text
     * twice, with the same bytes; of segments that overlap in memory the one that starts first counts, and the other only
     * for what is left.
     */
    static PhysicalMemory bare(FileChannel channel, List<Segment> segments, Progress progress) throws IOException {
        PhysicalMemory.Builder memory = PhysicalMemory.builder();
        add(memory, channel, joined(trimmed(sorted(segments))), progress);
        return memory.build();
    }

    /** The segments whose every byte lies below 2^52; a crash dump may have some that name only virtual addresses. */
    static List<Segment> addressable(List<Segment> segments) {
        return segments.stream().filter(s -> s.start() >= 0 && s.start() <= PhysicalMemory.ADDRESSABLE.last()
                && s.size() <= PhysicalMemory.ADDRESSABLE.last() - s.start() + 1).toList();
    }

    private static void add(PhysicalMemory.Builder memory, FileChannel channel, List<Segment> segments, Progress progress) throws IOException {
        FileWindows windows = new FileWindows(channel, channel.size());
        for (int i = 0; i < segments.size(); i++) {
            if (i % PROGRESS_STEP == 0) {
                progress.at("segments", i, segments.size());
            }
            windows.add(memory, segments.get(i));
        }
    }

    private static List<Segment> sorted(List<Segment> segments) {
        List<Segment> sorted = new ArrayList<>(segments);
        sorted.sort(Comparator.comparing(Segment::start, Long::compareUnsigned));
        return sorted;
    }

    private static List<Segment> trimmed(List<Segment> sorted) {
        List<Segment> result = new ArrayList<>(sorted.size());
        long next = 0;
        for (Segment segment : sorted) {
            long known = Math.max(0, next - segment.start());
            if (known < segment.size()) {
                Segment rest = segment.dropFirst(known);
                result.add(rest);
                next = rest.start() + rest.size();
            }
        }
        return result;
    }

    private static List<Segment> joined(List<Segment> sorted) {
        List<Segment> result = new ArrayList<>();
        for (Segment segment : sorted) {
            int last = result.size() - 1;
            if (last >= 0 && result.get(last).continuedBy(segment)) {
                result.set(last, result.get(last).joined(segment));
            } else {
                result.add(segment);
            }
        }
        return result;
    }
}
