// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

import org.sluice.api.Permissions;
import org.sluice.api.SpaceBand;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * Draws one requester's input addresses. They are nearly empty: a few runs in 2<sup>48</sup> or more. So the space is cut at its
 * largest gaps, and each band between two cuts is drawn to its own scale. Not thread-safe.
 */
final class SpacePicture implements MappingMerger.Runs {
    /** So many cells, with the columns beside them, fit 80 columns of a terminal. */
    static final int CELLS = 44;
    private static final int MAX_BANDS = 24;
    private static final long LEAST_CELL = 4096;
    /** Gaps smaller than this never cut. */
    private static final long LEAST_GAP = 1 << 20;

    private final DeviceId device;
    private final int pasid;
    private final List<AddressRange> reserved;
    private final List<Run> runs = new ArrayList<>();

    private record Run(long iova, long last, int permissions) {
    }

    SpacePicture(DeviceId device, int pasid, List<AddressRange> reserved) {
        this.device = device;
        this.pasid = pasid;
        this.reserved = reserved;
    }

    @Override
    public void run(long iova, long last, long output, int permissions, long pageSizes, String memoryType) {
        runs.add(new Run(iova, last, permissions));
    }

    /** The bands of the runs so far, which came in ascending order. */
    List<SpaceBand> bands() {
        List<SpaceBand> bands = new ArrayList<>();
        long end = 0;
        int first = 0;
        for (int cut : cuts()) {
            SpaceBand band = band(first, cut, end);
            bands.add(band);
            end = runs.get(cut - 1).last() + 1;
            first = cut;
        }
        return bands;
    }

    /** Indexes of the runs before which a band ends; the last is the number of runs. */
    private Iterable<Integer> cuts() {
        List<Integer> gaps = new ArrayList<>();
        for (int i = 1; i < runs.size(); i++) {
            if (Long.compareUnsigned(gapBefore(i), LEAST_GAP) >= 0) {
                gaps.add(i);
            }
        }
        gaps.sort(Comparator.comparing(this::gapBefore, Long::compareUnsigned).reversed());
        TreeSet<Integer> cuts = new TreeSet<>(gaps.subList(0, Math.min(gaps.size(), MAX_BANDS - 1)));
        if (!runs.isEmpty()) {
            cuts.add(runs.size());
        }
        return cuts;
    }

    private long gapBefore(int run) {
        return runs.get(run).iova() - runs.get(run - 1).last() - 1;
    }

    private SpaceBand band(int from, int to, long end) {
        long iova = runs.get(from).iova();
        long last = runs.get(to - 1).last();
        long cell = LEAST_CELL;
        // The first cell begins at a whole one, so that equal addresses are in equal places whatever comes and goes around them.
        while (cells(iova, last, cell) > CELLS) {
            cell <<= 1;
        }
        long bytes = 0;
        for (Run run : runs.subList(from, to)) {
            bytes += run.last() - run.iova() + 1;
        }
        long start = iova & -cell;
        StringBuilder drawn = new StringBuilder();
        int run = from;
        for (long i = 0; i < cells(iova, last, cell); i++) {
            AddressRange range = AddressRange.ofSize(start + i * cell, cell);
            while (run < to - 1 && Long.compareUnsigned(runs.get(run).last(), range.start()) < 0) {
                run++;
            }
            drawn.append(cell(range, run, to));
        }
        return new SpaceBand(device, pasid, iova, last, iova - end, cell, to - from, bytes, drawn.toString());
    }

    private static long cells(long iova, long last, long cell) {
        int shift = Long.numberOfTrailingZeros(cell);
        return (last >>> shift) - (iova >>> shift) + 1;
    }

    private char cell(AddressRange range, int from, int to) {
        long mapped = 0;
        int permissions = 0;
        boolean conflict = false;
        for (int i = from; i < to && Long.compareUnsigned(runs.get(i).iova(), range.last()) <= 0; i++) {
            AddressRange part = range.intersection(new AddressRange(runs.get(i).iova(), runs.get(i).last()));
            if (part != null) {
                mapped += part.size();
                permissions |= runs.get(i).permissions();
                conflict |= reserved.stream().anyMatch(part::overlaps);
            }
        }
        if (conflict) {
            return '!';
        }
        if (mapped == 0) {
            return reserved.stream().anyMatch(range::overlaps) ? 'x' : '.';
        }
        boolean read = (permissions & Permissions.READ) != 0;
        boolean write = (permissions & Permissions.WRITE) != 0;
        char full = read && write ? '#' : write ? 'W' : 'R';
        return mapped == range.size() ? full : full == '#' ? '+' : Character.toLowerCase(full);
    }
}
