// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

/**
 * A page that a table maps, as one word: its output address, and below that permissions and the log2 of its size. So a page is found,
 * cached and judged without an object. Pages have at least 1 KiB.
 */
public final class PageWord {
    /** No page. */
    public static final long NONE = 0;
    /** A permission that no page grants. */
    public static final int NEVER = 8;
    public static final int SMALLEST_SHIFT = 10;

    private static final int SIZE_BITS = 6;
    private static final int PERMISSION_BITS = 3;

    private PageWord() {
    }

    /**
     * @param output the translation of any address in the page, below 2<sup>63</sup>
     * @param shift log2 of the page's size, {@value #SMALLEST_SHIFT} to 63
     */
    public static long of(long output, int shift, int permissions) {
        return output & -1L << shift | (long) permissions << SIZE_BITS | shift;
    }

    /** Whether there is a page and it grants all of {@code need}, which is not 0. */
    public static boolean grants(long page, int need) {
        return ((int) (page >>> SIZE_BITS) & need) == need;
    }

    /** Output address for an address within the page. */
    public static long output(long page, long iova) {
        long offset = (1L << page) - 1; // a shift takes the low six bits, which are the log2 of the size
        return page & ~offset | iova & offset;
    }

    public static int permissions(long page) {
        return (int) (page >>> SIZE_BITS) & (1 << PERMISSION_BITS) - 1;
    }

    /** log2 of the page's size. */
    public static int shift(long page) {
        return (int) page & (1 << SIZE_BITS) - 1;
    }
}
