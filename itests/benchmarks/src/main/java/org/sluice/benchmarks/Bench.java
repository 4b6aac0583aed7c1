// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.PageWord;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * One tree with its memory, and the workloads of docs/benchmarks.md on it. Each method does the work once and checks what comes
 * out; those that start from an empty tree want {@link #fresh} before. Not thread-safe.
 */
public final class Bench implements Workloads {
    static final long B = 0x1_0000_0000L;
    static final long PAB = 0x10_0000_0000L;
    static final long PAGE = 4096;
    static final int SMALL = 262_144;
    static final int MANY = 1_048_576;
    static final int WALKS = 2_000_000;
    static final int RING = 500_000;
    private static final long SPAN = 64L << 30;
    private static final long SHIFT_4K = 1L << 12;
    private static final long SHIFT_2M = 1L << 21;
    private static final long SHIFT_1G = 1L << 30;
    private static final AddressRange TABLES = AddressRange.ofSize(0x4000_0000L, 32L << 20);
    private static final int CACHE_ENTRIES_LOG2 = 13;
    private static final int LIVE = 33_562;

    private final PhysicalMemory memory;
    private final AddressRange tables;
    private final RadixWalker walker;
    private final TranslationCache cache = new TranslationCache(CACHE_ENTRIES_LOG2);
    private final long tag = TranslationCache.tag(1);
    /** As a model keeps it with a context. */
    private final TranslationCache.Scope scope = new TranslationCache.Scope(cache, tag) { };
    private final RadixFormat format;
    /** log2 of the smallest page; all workloads are in such pages. */
    private final int shift;
    private final long page;
    private final long attributes;
    private final long[] hot = hotPages();
    private final Sums sums;
    private PageAllocator pages;
    private RadixEditor editor;
    private long root;
    /** Null for tables that only the walker takes. */
    private DirectWalk direct;

    Bench(RadixFormat format) {
        this(format, 0, PhysicalMemory.allocate(TABLES), TABLES);
    }

    /**
     * @param attributes further bits of each leaf
     * @param tables where tables may be, all of it touched before
     */
    Bench(RadixFormat format, long attributes, PhysicalMemory memory, AddressRange tables) {
        this.format = format;
        this.attributes = attributes;
        this.memory = memory;
        this.tables = tables;
        walker = new RadixWalker(memory);
        shift = format.shift(0);
        page = 1L << shift;
        sums = new Sums(shift, hot);
    }

    static long[] hotPages() {
        long[] hot = new long[1024];
        SplitMix random = new SplitMix(4);
        for (int i = 0; i < hot.length; i++) {
            hot[i] = random.next() & MANY - 1;
        }
        return hot;
    }

    /** Second stage of VT-d with four levels, as a unit with every page size and snoop control has it. */
    static RadixFormat secondStage() {
        return new VtdFormats.SecondStage(4, 48, 52, true, true, true, false).format();
    }

    static long scattered(long i) {
        return output(i, 12);
    }

    /** The output of page {@code i}, whatever a page is. */
    static long output(long i, int shift) {
        return PAB + ((i * 0x9E37_79B1L & 0x3F_FFFF) << shift);
    }

    /** An empty tree. */
    void fresh(long pageSizes) {
        pages = new PageAllocator(memory, tables);
        editor = RadixEditor.create(memory, pages, format, pageSizes);
        root = editor.root();
        direct = DirectWalk.of(memory, format, root, DirectWalk.Marks.NONE);
        cache.invalidateAll();
    }

    @Override
    public void fresh() {
        fresh(-1L);
    }

    @Override
    public void freshSmallBlocks() {
        fresh(1L << format.shift(0) | 1L << format.shift(1));
    }

    /** Whether the format has pages of 1 GiB, for W2a. */
    boolean hasGigabytePages() {
        for (int level = 0; level < format.levels(); level++) {
            if (1L << format.shift(level) == SHIFT_1G) {
                return true;
            }
        }
        return false;
    }

    private void map(long iova, long output, long size) {
        if (editor.map(iova, output, size, Permissions.READ_WRITE, attributes) != RadixEditor.OK) {
            throw new IllegalStateException("not mapped: " + Long.toHexString(iova));
        }
    }

    private void unmap(long iova, long size) {
        if (editor.unmap(iova, size) != size) {
            throw new IllegalStateException("not unmapped: " + Long.toHexString(iova));
        }
    }

    @Override
    public void mapScattered(int count) {
        for (int i = 0; i < count; i++) {
            map(B + i * page, output(i, shift), page);
        }
    }

    @Override
    public void mapLarge() {
        map(PAB, PAB << 4, SPAN);
    }

    @Override
    public void unmapOneByOne() {
        for (int i = 0; i < SMALL; i++) {
            unmap(B + i * page, page);
        }
    }

    @Override
    public void unmapAtOnce() {
        unmap(B, SMALL * page);
    }

    @Override
    public void checkScattered() {
        for (int i = 0; i < SMALL; i++) {
            check("W1", walk(B + i * page), output(i, shift));
        }
    }

    @Override
    public void checkLarge() {
        for (long at = 4711; at < SPAN; at += SHIFT_2M) {
            check("W2", walk(PAB + at), (PAB << 4) + at);
        }
    }

    private long walk(long iova) {
        return walker.walk(format, root, iova, Permissions.READ);
    }

    /** As models do it: from the cache, else from tables as editors write them, else by the walker. */
    private long translate(long iova) {
        long found = cache.find(scope, iova);
        return found != PageWord.NONE && PageWord.grants(found, Permissions.READ) ? PageWord.output(found, iova) : miss(iova);
    }

    private long miss(long iova) {
        long ticket = cache.ticket(scope);
        long found = direct == null ? PageWord.NONE : direct.find(iova);
        if (found != PageWord.NONE) {
            cache.fill(ticket, scope, iova, found);
            return PageWord.output(found, iova);
        }
        long output = walk(iova);
        if (output >= 0) {
            cache.fill(ticket, tag, iova, walker.pageShift(), output, walker.permissions());
        }
        return output;
    }

    @Override
    public void hotCached() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += translate(B + hot[(int) x & 1023] * page + (x >>> 52));
        }
        check("W4h", sum, sums.hot);
    }

    void hotWalked() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += walk(B + hot[(int) x & 1023] * page + (x >>> 52));
        }
        check("W4h", sum, sums.hot);
    }

    @Override
    public void manyWalked() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += walk(B + (x & MANY - 1) * page + (x >>> 52));
        }
        check("W4m", sum, sums.many);
    }

    void manyCached() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += translate(B + (x & MANY - 1) * page + (x >>> 52));
        }
        check("W4m", sum, sums.many);
    }

    @Override
    public void manyDependent() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        long previous = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next() + (previous >>> 63);
            previous = walk(B + (x & MANY - 1) * page + (x >>> 52));
            sum += previous;
        }
        check("W4md", sum, sums.many);
    }

    /** The model's cache is in front of the walk and invalidated page by page. */
    @Override
    public void ring() {
        long sum = 0;
        for (int k = 0; k < RING; k++) {
            long iova = B + (k & 511) * page;
            if (k >= 256) {
                long old = B + (k - 256 & 511) * page;
                editor.unmap(old, page);
                cache.invalidateRange(tag, old, old + page - 1);
            }
            editor.map(iova, output(k, shift), page, Permissions.READ_WRITE, attributes);
            sum += translate(iova) + translate(iova + 1500);
        }
        check("W5", sum, sums.ring);
    }

    @Override
    public void replay(Stream stream) {
        long hash = 0;
        for (int i = 0; i < Stream.RECORDS; i++) {
            long iova = stream.iova(i);
            long size = stream.size(i);
            long output = stream.output(i);
            boolean maps = stream.isMap(i);
            if (maps) {
                map(iova, output, size);
            } else {
                unmap(iova, size);
            }
            hash = hash * 31 + (iova ^ output ^ size ^ (maps ? 1 : 0));
        }
        check("W7", hash, Stream.HASH);
    }

    @Override
    public void checkReplayed(Stream stream) {
        check("live after W7", stream.eachLive((iova, output, size) -> {
            check("W7", walk(iova), output);
            check("W7", walk(iova + size - 1), output + size - 1);
        }), LIVE);
    }

    @Override
    public void mapApart(int count) {
        for (int i = 0; i < count; i++) {
            map(B + 2L * i * page, output(i & 0x3F_FFFF, shift), page);
        }
    }

    @Override
    public void checkApart(int count) {
        for (int i = 0; i < count; i += 97) {
            check("W9", walk(B + 2L * i * page), output(i & 0x3F_FFFF, shift));
            if (walk(B + (2L * i + 1) * page) >= 0) {
                throw new IllegalStateException("W9 is void: something lies between");
            }
        }
    }

    @Override
    public long page() {
        return page;
    }

    @Override
    public long bytes() {
        return pages.inUse();
    }

    static void check(String what, long sum, long expected) {
        if (sum != expected) {
            throw new IllegalStateException(what + " is void: " + Long.toHexString(sum) + ", not " + Long.toHexString(expected));
        }
    }
}
