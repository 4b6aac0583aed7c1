// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Physical memory of a machine as far as it is known: windows over buffers (heap, mapped file, pieces of a dump), ranges
 * known to be zero, and holes. A hole inside RAM is <em>unknown</em>; it is never taken for zero. An address outside all
 * RAM is {@link Presence#OUTSIDE}, where hardware reports an access error.
 *
 * <p>Immutable structure, mutable content; safe for concurrent use.
 */
public final class PhysicalMemory {
    /** What is known of an address. */
    public enum Presence { PRESENT, UNKNOWN, OUTSIDE }

    /** Highest physical address of any architecture here: Arm and x86 end at 52 bits. */
    public static final AddressRange ADDRESSABLE = new AddressRange(0, (1L << 52) - 1);
    private static final int MAX_WINDOW = 1 << 30;

    private final MemoryWindow[] windows;
    private final long[] starts;
    private final List<AddressRange> ram;
    /** Null where nothing is fetched on demand. */
    private final LoadedPages loaded;

    private PhysicalMemory(List<MemoryWindow> windows, List<AddressRange> ram, LoadedPages loaded) {
        this.windows = windows.toArray(new MemoryWindow[0]);
        this.starts = windows.stream().mapToLong(w -> w.range().start()).toArray();
        this.ram = List.copyOf(ram);
        this.loaded = loaded;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Zeroed, writable memory outside the Java heap, one or more windows a range; ranges are whole 4 KiB pages. */
    public static PhysicalMemory allocate(AddressRange... ram) {
        return allocate(null, ram);
    }

    /** As {@link #allocate(AddressRange...)}; {@code observer}, if it is not null, is told of each write. */
    public static PhysicalMemory allocate(WriteObserver observer, AddressRange... ram) {
        Builder builder = builder().observer(observer);
        for (AddressRange range : ram) {
            builder.ram(range);
            long left = range.size();
            for (long at = range.start(); left > 0; at += MAX_WINDOW, left -= MAX_WINDOW) {
                builder.data(at, ByteBuffer.allocateDirect((int) Math.min(left, MAX_WINDOW)), true);
            }
        }
        return builder.build();
    }

    /** The window that holds {@code address}, or null if its content is not known. */
    public MemoryWindow window(long address) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (Long.compareUnsigned(starts[middle], address) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if (high >= 0 && windows[low].contains(address)) {
            return windows[low];
        }
        return loaded == null ? null : loaded.window(address);
    }

    /** What is known of the {@code bytes} from {@code address}; the answer for the first byte that is not present. */
    public Presence presence(long address, int bytes) {
        for (long at = address; Long.compareUnsigned(at - address, bytes) < 0;) {
            MemoryWindow window = window(at);
            if (window == null) {
                return isRam(at) ? Presence.UNKNOWN : Presence.OUTSIDE;
            }
            if (window.contains(address + (bytes - 1))) {
                return Presence.PRESENT;
            }
            at = window.range().last() + 1;
        }
        return Presence.PRESENT;
    }

    /** Whether {@code address} lies in RAM; true everywhere below 2^52 when the machine's RAM is not known. */
    public boolean isRam(long address) {
        if (ram.isEmpty()) {
            return ADDRESSABLE.contains(address);
        }
        for (AddressRange range : ram) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the ranges of RAM are known. */
    public boolean ramKnown() {
        return !ram.isEmpty();
    }

    /** The 8-aligned 8 bytes at {@code address}, little-endian; they must be {@link Presence#PRESENT}. */
    public long readLong(long address) {
        return require(address).getLong(address);
    }

    /** The 4-aligned 4 bytes at {@code address}, little-endian; they must be {@link Presence#PRESENT}. */
    public int readInt(long address) {
        return require(address).getInt(address);
    }

    /** The byte at {@code address}; it must be {@link Presence#PRESENT}. */
    public byte readByte(long address) {
        return require(address).getByte(address);
    }

    /** Writes 8 bytes with release ordering; the window must be writable. */
    public void writeLong(long address, long value) {
        writable(address).setLong(address, value);
    }

    /** Writes 4 bytes with release ordering; the window must be writable. */
    public void writeInt(long address, int value) {
        writable(address).setInt(address, value);
    }

    /** Ranges of RAM in ascending order; empty if they are not known. */
    public List<AddressRange> ram() {
        return ram;
    }

    /** Ranges whose content is known, ascending. */
    public List<AddressRange> present() {
        List<AddressRange> ranges = new ArrayList<>();
        for (MemoryWindow window : windows) {
            ranges.add(window.range());
        }
        if (loaded != null) {
            ranges.addAll(loaded.ranges());
            ranges.sort(null);
        }
        return ranges;
    }

    /** Whether pages are fetched when they are asked for: the memory of a running machine, as somebody looks at it. */
    public boolean isLoaded() {
        return loaded != null;
    }

    /** Runs of pages that were fetched because somebody asked for them, ascending; they are what mattered so far. */
    public List<AddressRange> asked() {
        return loaded == null ? List.of() : loaded.asked();
    }

    /** Copies the 4 KiB page at {@code page}, a little-endian buffer's first bytes afterwards, without keeping it if it has to be fetched. */
    public void copyPage(long page, ByteBuffer into) {
        into.order(ByteOrder.LITTLE_ENDIAN).clear().limit(LoadedPages.PAGE);
        if (loaded != null && loaded.copy(page, into)) {
            into.clear().limit(LoadedPages.PAGE);
            return;
        }
        MemoryWindow window = require(page);
        for (int at = 0; at < LoadedPages.PAGE; at += Long.BYTES) {
            window = window.contains(page + at) ? window : require(page + at);
            into.putLong(at, window.getLong(page + at));
        }
    }

    private MemoryWindow require(long address) {
        MemoryWindow window = window(address);
        if (window == null) {
            throw new IommuException(IommuException.Reason.UNKNOWN_MEMORY,
                    "memory at " + Hex.of(address) + " is not in the image", new AddressRange(address, address), null);
        }
        return window;
    }

    private MemoryWindow writable(long address) {
        MemoryWindow window = require(address);
        if (!window.isWritable()) {
            throw new IommuException(IommuException.Reason.UNSUPPORTED,
                    "memory at " + Hex.of(address) + " is read-only", new AddressRange(address, address), null);
        }
        return window;
    }

    /** Collects windows; not thread-safe. */
    public static final class Builder {
        private final List<MemoryWindow> windows = new ArrayList<>();
        private final List<AddressRange> ram = new ArrayList<>();
        private final List<LoadedPages.Part> parts = new ArrayList<>();
        private WriteObserver observer;

        /** Is told of each write; null for none. */
        public Builder observer(WriteObserver watcher) {
            observer = watcher;
            return this;
        }

        /** Declares RAM, known or not. */
        public Builder ram(AddressRange range) {
            ram.add(range);
            return this;
        }

        /**
         * Memory from {@code start} behind all of {@code data}, whatever its position and limit. Pieces of 8-aligned words at
         * either end are dropped, since no word can be read there. A heap buffer is copied.
         *
         * @throws IllegalArgumentException if it should be writable, but the buffer is not or is not aligned to words
         * @throws IommuException {@code BAD_FORMAT} if it does not end below 2<sup>64</sup>
         */
        public Builder data(long start, ByteBuffer data, boolean writable) {
            if (Long.compareUnsigned(start + data.capacity(), start) < 0) {
                throw bad("memory at " + Hex.of(start) + " lies above the highest physical address", new AddressRange(start, -1L));
            }
            int skipped = (int) (-start & Long.BYTES - 1);
            int whole = data.capacity() - skipped & -Long.BYTES;
            if (whole > 0) {
                ByteBuffer all = data.duplicate().clear().slice(skipped, whole);
                ByteBuffer direct = all.isDirect() ? all : ByteBuffer.allocateDirect(whole).put(all);
                if (writable && (data.isReadOnly() || direct.alignmentOffset(0, Long.BYTES) != 0)) {
                    throw new IllegalArgumentException("no word can be written to the memory at " + Hex.of(start));
                }
                windows.add(MemoryWindow.of(start + skipped, direct, writable));
            }
            return this;
        }

        /** Memory known to be all zero; whole 4 KiB pages. */
        public Builder zeros(AddressRange range) {
            windows.add(MemoryWindow.zeros(range));
            return this;
        }

        /** Memory whose pages {@code loader} fetches when they are first asked for; whole 4 KiB pages, at most 2<sup>31</sup> of them. */
        public Builder loaded(AddressRange range, PageLoader loader) {
            parts.add(new LoadedPages.Part(range, loader, new BitSet()));
            return this;
        }

        /**
         * @throws IommuException {@code BAD_FORMAT} if two pieces overlap or one lies above 52 bits
         */
        public PhysicalMemory build() {
            windows.sort(Comparator.comparing(MemoryWindow::range));
            for (int i = 0; i < windows.size(); i++) {
                AddressRange range = windows.get(i).range();
                if (!ADDRESSABLE.contains(range)) {
                    throw bad("memory at " + range + " lies above the highest physical address", range);
                }
                if (i > 0 && windows.get(i - 1).range().overlaps(range)) {
                    throw bad("two pieces of memory overlap: " + windows.get(i - 1).range() + " and " + range, range);
                }
            }
            if (observer != null) {
                windows.replaceAll(window -> window.observedBy(observer));
            }
            ram.sort(null);
            return new PhysicalMemory(windows, ram, parts.isEmpty() ? null : loadedPages());
        }

        private LoadedPages loadedPages() {
            for (LoadedPages.Part part : parts) {
                AddressRange range = part.range();
                boolean overlaps = windows.stream().anyMatch(w -> w.range().overlaps(range))
                        || parts.stream().anyMatch(other -> other != part && other.range().overlaps(range));
                if (overlaps || !ADDRESSABLE.contains(range)) {
                    throw bad("memory at " + range + (overlaps ? " overlaps another piece" : " lies above the highest physical address"), range);
                }
            }
            return new LoadedPages(parts);
        }

        private static IommuException bad(String message, AddressRange range) {
            return new IommuException(IommuException.Reason.BAD_FORMAT, message, range, null);
        }
    }
}
