// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is mapped in a window of pages, kept page by page, the simplest way there is. Not thread-safe. */
final class PageTruth {
    static final long NONE = -1;

    private final long base;
    private final long page;
    private final long[] outputs;
    private final int[] permissions;

    PageTruth(long base, long page, int pages) {
        this.base = base;
        this.page = page;
        outputs = new long[pages];
        permissions = new int[pages];
        Arrays.fill(outputs, NONE);
    }

    boolean isFree(int first, int count) {
        for (int i = first; i < first + count; i++) {
            if (outputs[i] != NONE) {
                return false;
            }
        }
        return true;
    }

    void map(int first, int count, long output, int allowed) {
        for (int i = 0; i < count; i++) {
            outputs[first + i] = output + i * page;
            permissions[first + i] = allowed;
        }
    }

    /** Bytes that were mapped. */
    long unmap(int first, int count) {
        long bytes = 0;
        for (int i = first; i < first + count; i++) {
            bytes += outputs[i] == NONE ? 0 : page;
            outputs[i] = NONE;
        }
        return bytes;
    }

    /** Where an access goes, or {@link #NONE}. */
    long translate(long iova, int permission) {
        int i = (int) ((iova - base) / page);
        return outputs[i] == NONE || (permissions[i] & permission) == 0 ? NONE : outputs[i] + (iova - base) % page;
    }

    /** One line a page. */
    List<String> pages() {
        List<String> pages = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] != NONE) {
                pages.add(line(base + i * page, outputs[i], permissions[i]));
            }
        }
        return pages;
    }

    static String line(long iova, long output, int permissions) {
        return Long.toHexString(iova) + " " + Long.toHexString(output) + " " + permissions;
    }
}
