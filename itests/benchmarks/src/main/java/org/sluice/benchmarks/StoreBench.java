// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import org.sluice.api.Permissions;
import org.sluice.kit.interval.IntervalMap;

/** The workloads on what a virtio-iommu device keeps its mappings in, which are intervals of any length: W2 is one of them. Not thread-safe. */
final class StoreBench implements Workloads {
    private static final long SPAN = 64L << 30;
    private static final int LIVE = 33_562;

    private final long[] hot = Bench.hotPages();
    private final Sums sums = new Sums(12, hot);
    private IntervalMap map = new IntervalMap();
    private long before;

    @Override
    public void fresh() {
        map = new IntervalMap();
    }

    @Override
    public void freshSmallBlocks() {
        fresh();
    }

    private void add(long iova, long output, long size) {
        if (!map.add(iova, iova + size - 1, output, Permissions.READ_WRITE)) {
            throw new IllegalStateException("not mapped: " + Long.toHexString(iova));
        }
    }

    private void remove(long iova, long size) {
        if (!map.remove(iova, iova + size - 1)) {
            throw new IllegalStateException("not unmapped: " + Long.toHexString(iova));
        }
    }

    private long translate(long iova) {
        long handle = map.find(iova);
        return handle == IntervalMap.NONE || (map.flags(handle) & Permissions.READ) == 0 ? -1 : map.output(handle) + (iova - map.start(handle));
    }

    @Override
    public void mapScattered(int count) {
        for (int i = 0; i < count; i++) {
            add(Bench.B + i * Bench.PAGE, Bench.scattered(i), Bench.PAGE);
        }
    }

    @Override
    public void checkScattered() {
        for (int i = 0; i < Bench.SMALL; i++) {
            Bench.check("W1", translate(Bench.B + i * Bench.PAGE), Bench.scattered(i));
        }
    }

    @Override
    public void mapLarge() {
        add(Bench.PAB, Bench.PAB << 4, SPAN);
    }

    @Override
    public void checkLarge() {
        Bench.check("W2", translate(Bench.PAB + SPAN - 1), (Bench.PAB << 4) + SPAN - 1);
    }

    @Override
    public void unmapOneByOne() {
        for (int i = 0; i < Bench.SMALL; i++) {
            remove(Bench.B + i * Bench.PAGE, Bench.PAGE);
        }
        Bench.check("left by W3a", map.size(), 0);
    }

    @Override
    public void unmapAtOnce() {
        remove(Bench.B, Bench.SMALL * Bench.PAGE);
        Bench.check("left by W3b", map.size(), 0);
    }

    @Override
    public void hotCached() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next();
            sum += translate(Bench.B + hot[(int) x & 1023] * Bench.PAGE + (x >>> 52));
        }
        Bench.check("W4h", sum, sums.hot);
    }

    @Override
    public void manyWalked() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next();
            sum += translate(Bench.B + (x & Bench.MANY - 1) * Bench.PAGE + (x >>> 52));
        }
        Bench.check("W4m", sum, sums.many);
    }

    @Override
    public void manyDependent() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        long previous = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next() + (previous >>> 63);
            previous = translate(Bench.B + (x & Bench.MANY - 1) * Bench.PAGE + (x >>> 52));
            sum += previous;
        }
        Bench.check("W4md", sum, sums.many);
    }

    /** Nothing is cached, so that there is nothing to invalidate. */
    @Override
    public void ring() {
        long sum = 0;
        for (int k = 0; k < Bench.RING; k++) {
            long iova = Bench.B + (k & 511) * Bench.PAGE;
            if (k >= 256) {
                remove(Bench.B + (k - 256 & 511) * Bench.PAGE, Bench.PAGE);
            }
            add(iova, Bench.scattered(k), Bench.PAGE);
            sum += translate(iova) + translate(iova + 1500);
        }
        Bench.check("W5", sum, sums.ring);
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
                add(iova, output, size);
            } else {
                remove(iova, size);
            }
            hash = hash * 31 + (iova ^ output ^ size ^ (maps ? 1 : 0));
        }
        Bench.check("W7", hash, Stream.HASH);
    }

    @Override
    public void checkReplayed(Stream stream) {
        int live = stream.eachLive((iova, output, size) -> Bench.check("W7", translate(iova + size - 1), output + size - 1));
        Bench.check("live after W7", live, LIVE);
        Bench.check("mappings after W7", map.size(), LIVE);
    }

    @Override
    public void mapApart(int count) {
        map = null;
        before = used();
        map = new IntervalMap();
        for (int i = 0; i < count; i++) {
            add(Bench.B + 2L * i * Bench.PAGE, Bench.scattered(i & 0x3F_FFFF), Bench.PAGE);
        }
    }

    @Override
    public void checkApart(int count) {
        for (int i = 0; i < count; i += 97) {
            Bench.check("W9", translate(Bench.B + 2L * i * Bench.PAGE), Bench.scattered(i & 0x3F_FFFF));
        }
        Bench.check("mappings of W9", map.size(), count);
    }

    @Override
    public long page() {
        return Bench.PAGE;
    }

    /** Heap that the map takes, after {@link #mapApart}. */
    @Override
    public long bytes() {
        return used() - before;
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
