// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import org.sluice.machine.AddressRange;

/**
 * A piece of memory in a file.
 *
 * @param start physical address of its first byte
 * @param offset where that byte is in the file
 * @param size bytes, above 0
 */
record Segment(long start, long offset, long size) {
    AddressRange range() {
        return AddressRange.ofSize(start, size);
    }

    /** Whether {@code next} follows this one both in memory and in the file. */
    boolean continuedBy(Segment next) {
        return next.start == start + size && next.offset == offset + size;
    }

    Segment joined(Segment next) {
        return new Segment(start, offset, size + next.size);
    }

    /** This segment without its first {@code bytes}. */
    Segment dropFirst(long bytes) {
        return new Segment(start + bytes, offset + bytes, size - bytes);
    }
}
