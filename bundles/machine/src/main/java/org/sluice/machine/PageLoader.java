// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.nio.ByteBuffer;

/** Fetches pages of a memory that somebody else is changing. Thread-safe. */
@FunctionalInterface
public interface PageLoader {
    /**
     * Fills {@code into} (4 KiB from its position) with the page at {@code address}, each aligned 8 bytes as one piece.
     *
     * @throws IommuException if the page cannot be had any more; the work that needs it ends with that
     */
    void load(long address, ByteBuffer into);
}
