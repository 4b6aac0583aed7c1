// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pages fetched when somebody first asks for them and kept as they were, so that whoever looks twice sees the same. At most
 * {@value #MAX_KEPT} pages are kept; beyond that the oldest are forgotten and would be fetched anew. Thread-safe.
 */
final class LoadedPages {
    static final int PAGE = 4096;
    private static final int MAX_KEPT = 32_768;
    private static final int SLAB = 64 * PAGE;

    private final List<Part> parts;
    private final Map<Long, MemoryWindow> kept = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, MemoryWindow> eldest) {
            return size() > MAX_KEPT;
        }
    };
    private ByteBuffer slab = ByteBuffer.allocateDirect(0);

    /** A range with what fetches its pages, and which of them were asked for. */
    record Part(AddressRange range, PageLoader loader, BitSet asked) {
    }

    LoadedPages(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    List<AddressRange> ranges() {
        return parts.stream().map(Part::range).toList();
    }

    /** The page around {@code address} as a window, or null if it lies in no range. */
    synchronized MemoryWindow window(long address) {
        long page = address & -PAGE;
        MemoryWindow window = kept.get(page);
        if (window != null) {
            return window;
        }
        Part part = part(page);
        if (part == null) {
            return null;
        }
        if (slab.remaining() < PAGE) {
            slab = ByteBuffer.allocateDirect(SLAB);
        }
        ByteBuffer bytes = slab.slice(slab.position(), PAGE);
        part.loader.load(page, bytes);
        // Only now: a page that could not be fetched leaves its place to the next one.
        slab.position(slab.position() + PAGE);
        part.asked.set((int) (page - part.range.start() >>> 12));
        window = MemoryWindow.of(page, bytes.clear(), false);
        kept.put(page, window);
        return window;
    }

    /** Copies a page as it was kept, or fetches it without keeping it; false if it lies in no range. */
    boolean copy(long page, ByteBuffer into) {
        MemoryWindow window;
        synchronized (this) {
            window = kept.get(page);
        }
        if (window != null) {
            for (int at = 0; at < PAGE; at += Long.BYTES) {
                into.order(ByteOrder.LITTLE_ENDIAN).putLong(window.getLong(page + at));
            }
            return true;
        }
        Part part = part(page);
        if (part != null) {
            part.loader.load(page, into);
        }
        return part != null;
    }

    /** Runs of pages that were asked for, ascending. */
    synchronized List<AddressRange> asked() {
        List<AddressRange> runs = new ArrayList<>();
        for (Part part : parts) {
            for (int from = part.asked.nextSetBit(0); from >= 0;) {
                int end = part.asked.nextClearBit(from);
                long start = part.range.start() + ((long) from << 12);
                runs.add(new AddressRange(start, part.range.start() + ((long) end << 12) - 1));
                from = part.asked.nextSetBit(end);
            }
        }
        return runs;
    }

    private Part part(long page) {
        for (Part part : parts) {
            if (part.range.contains(page)) {
                return part;
            }
        }
        return null;
    }
}
