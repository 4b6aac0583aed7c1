// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Zeroed memory for the unit's structures. Not thread-safe. */
final class TablePages {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);

    private final PageAllocator allocator;

    TablePages(PageAllocator allocator) {
        this.allocator = allocator;
    }

    PageAllocator allocator() {
        return allocator;
    }

    long page() {
        return pages(PAGE_SHIFT);
    }

    /** @param shift log2 of the bytes, of a page at least */
    long pages(int shift) {
        long page = allocator.allocate(shift);
        if (page == PageAllocator.NONE) {
            throw new IommuException(Reason.LIMIT, "no page is left for the unit's structures");
        }
        return page;
    }

    void free(long page) {
        allocator.free(page, PAGE_SHIFT);
    }

    void free(long page, int shift) {
        allocator.free(page, shift);
    }
}
