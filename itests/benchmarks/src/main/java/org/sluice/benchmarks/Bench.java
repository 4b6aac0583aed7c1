// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * One tree with its memory, and the workloads of docs/benchmarks.md on it. Each method does the work once and checks what comes
 * out; those that start from an empty tree want {@link #fresh} before. Not thread-safe.
 */
public final class Bench {
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

    private final PhysicalMemory memory = PhysicalMemory.allocate(TABLES);
    private final RadixWalker walker = new RadixWalker(memory);
    private final TranslationCache cache = new TranslationCache(CACHE_ENTRIES_LOG2);
    private final long tag = TranslationCache.tag(1);
    private final RadixFormat format;
    private final long[] hot = new long[1024];
    private RadixEditor editor;
    private long root;

    Bench(RadixFormat format) {
        this.format = format;
        SplitMix random = new SplitMix(4);
        for (int i = 0; i < hot.length; i++) {
            hot[i] = random.next() & MANY - 1;
        }
    }

    /** Second stage of VT-d with four levels, as a unit with every page size and snoop control has it. */
    static RadixFormat secondStage() {
        return new VtdFormats.SecondStage(4, 48, 52, true, true, true, false).format();
    }

    static long scattered(long i) {
        return PAB + ((i * 0x9E37_79B1L & 0x3F_FFFF) << 12);
    }

    /** An empty tree. */
    void fresh(long pageSizes) {
        editor = RadixEditor.create(memory, new PageAllocator(memory, TABLES), format, pageSizes);
        root = editor.root();
        cache.invalidateAll();
    }

    void fresh() {
        fresh(SHIFT_4K | SHIFT_2M | SHIFT_1G);
    }

    void fresh2M() {
        fresh(SHIFT_4K | SHIFT_2M);
    }

    /** W1, and what W3 and W4 start from. */
    void mapScattered(int pages) {
        for (int i = 0; i < pages; i++) {
            if (editor.map(B + i * PAGE, scattered(i), PAGE, Permissions.READ_WRITE, 0) != RadixEditor.OK) {
                throw new IllegalStateException("not mapped: " + i);
            }
        }
    }

    /** W2. */
    void mapLarge() {
        if (editor.map(PAB, PAB << 4, SPAN, Permissions.READ_WRITE, 0) != RadixEditor.OK) {
            throw new IllegalStateException("not mapped");
        }
    }

    /** W3a. */
    void unmapOneByOne() {
        for (int i = 0; i < SMALL; i++) {
            if (editor.unmap(B + i * PAGE, PAGE) != PAGE) {
                throw new IllegalStateException("not unmapped: " + i);
            }
        }
    }

    /** W3b. */
    void unmapAtOnce() {
        if (editor.unmap(B, SMALL * PAGE) != SMALL * PAGE) {
            throw new IllegalStateException("not unmapped");
        }
    }

    void checkScattered() {
        for (int i = 0; i < SMALL; i++) {
            check("W1", walk(B + i * PAGE), scattered(i));
        }
    }

    void checkLarge() {
        for (long at = 4711; at < SPAN; at += SHIFT_2M) {
            check("W2", walk(PAB + at), (PAB << 4) + at);
        }
    }

    private long walk(long iova) {
        return walker.walk(format, root, iova, Permissions.READ);
    }

    private long translate(long iova) {
        long output = cache.translate(tag, iova, Permissions.READ);
        return output >= 0 ? output : miss(iova);
    }

    private long miss(long iova) {
        long ticket = cache.ticket(tag);
        long output = walk(iova);
        if (output >= 0) {
            cache.fill(ticket, tag, iova, walker.pageShift(), output, walker.permissions());
        }
        return output;
    }

    /** W4h. */
    void hotCached() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += translate(B + hot[(int) x & 1023] * PAGE + (x >>> 52));
        }
        check("W4h", sum, 0x226_3379_bf8a_21a0L);
    }

    void hotWalked() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += walk(B + hot[(int) x & 1023] * PAGE + (x >>> 52));
        }
        check("W4h", sum, 0x226_3379_bf8a_21a0L);
    }

    /** W4m. */
    void manyWalked() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += walk(B + (x & MANY - 1) * PAGE + (x >>> 52));
        }
        check("W4m", sum, 0x225_5405_c5b1_19b1L);
    }

    void manyCached() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += translate(B + (x & MANY - 1) * PAGE + (x >>> 52));
        }
        check("W4m", sum, 0x225_5405_c5b1_19b1L);
    }

    /** W4md. */
    void manyDependent() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        long previous = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next() + (previous >>> 63);
            previous = walk(B + (x & MANY - 1) * PAGE + (x >>> 52));
            sum += previous;
        }
        check("W4md", sum, 0x225_5405_c5b1_19b1L);
    }

    /** W5: the model's cache is in front of the walk and invalidated page by page. */
    void ring() {
        long sum = 0;
        for (int k = 0; k < RING; k++) {
            long iova = B + (k & 511) * PAGE;
            if (k >= 256) {
                long old = B + (k - 256 & 511) * PAGE;
                editor.unmap(old, PAGE);
                cache.invalidateRange(tag, old, old + PAGE - 1);
            }
            editor.map(iova, scattered(k), PAGE, Permissions.READ_WRITE, 0);
            sum += translate(iova) + translate(iova + 1500);
        }
        check("W5", sum, 0x112a_8560_4821_780L);
    }

    static void check(String what, long sum, long expected) {
        if (sum != expected) {
            throw new IllegalStateException(what + " is void: " + Long.toHexString(sum) + ", not " + Long.toHexString(expected));
        }
    }
}
