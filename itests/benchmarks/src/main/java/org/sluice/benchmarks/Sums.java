// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

/**
 * What W4 and W5 must add up to, from the workloads' definition alone. For pages of 4 KiB these are the fixed numbers of the definition;
 * other page sizes have no published ones, so the same sums are formed without any table.
 */
final class Sums {
    private static final int SMALL_PAGE = 12;
    private static final long HOT = 0x226_3379_bf8a_21a0L;
    private static final long MANY = 0x225_5405_c5b1_19b1L;
    private static final long RING = 0x112a_8560_4821_780L;

    final long hot;
    final long many;
    final long ring;

    Sums(int shift, long[] hotPages) {
        long hotSum = 0;
        long manySum = 0;
        long ringSum = 0;
        SplitMix four = new SplitMix(40);
        SplitMix one = new SplitMix(41);
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = four.next();
            hotSum += Bench.output(hotPages[(int) x & 1023], shift) + (x >>> 52);
            x = one.next();
            manySum += Bench.output(x & Bench.MANY - 1, shift) + (x >>> 52);
        }
        for (int k = 0; k < Bench.RING; k++) {
            ringSum += 2 * Bench.output(k, shift) + 1500;
        }
        hot = hotSum;
        many = manySum;
        ring = ringSum;
        if (shift == SMALL_PAGE) {
            Bench.check("W4h", hot, HOT);
            Bench.check("W4m", many, MANY);
            Bench.check("W5", ring, RING);
        }
    }
}
