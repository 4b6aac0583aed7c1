// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import org.sluice.machine.PhysicalMemory;

/**
 * Tables as section 4 of the documentation has them, written by hand: a region-third table, a segment table, a page table, and room for
 * upper region tables. Nothing of the code under test takes part.
 */
final class Tables {
    static final long REGION_THIRD = 0x10_0000;
    static final long SEGMENT = 0x10_4000;
    static final long PAGE = 0x10_8000;
    static final long REGION_SECOND = 0x10_c000;
    static final long REGION_FIRST = 0x11_0000;
    /** T, type 1, and the root. */
    static final long IOTA = REGION_THIRD | 0x804;
    /** The DMA address of the page table's first page: region index 2, segment index 0. */
    static final long BASE = 0x1_0000_0000L;
    private static final long INVALID = 0x20;
    private static final long INVALID_PAGE = 0x400;

    final PhysicalMemory memory;

    Tables(PhysicalMemory memory) {
        this.memory = memory;
        for (long table : new long[] {REGION_THIRD, SEGMENT, REGION_SECOND, REGION_FIRST}) {
            for (int i = 0; i < 2048; i++) {
                put(table + 8L * i, INVALID);
            }
        }
        for (int i = 0; i < 256; i++) {
            put(PAGE + 8L * i, INVALID_PAGE);
        }
        put(REGION_THIRD + 8 * 2, SEGMENT | 7);
        put(SEGMENT, PAGE);
    }

    void put(long address, long entry) {
        memory.writeLong(address, Long.reverseBytes(entry));
    }

    /** The page-th page after {@link #BASE}. */
    Tables map(int page, long entry) {
        put(PAGE + 8L * page, entry);
        return this;
    }

    void unmap(int page) {
        put(PAGE + 8L * page, Long.reverseBytes(memory.readLong(PAGE + 8L * page)) | INVALID_PAGE);
    }

    static long address(int page) {
        return BASE + 4096L * page;
    }
}
