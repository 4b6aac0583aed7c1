// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Looks for the root pointer of ACPI tables where UEFI has put it: somewhere in memory of its own, near the upper end of the RAM
 * below 4 GiB, 8-aligned as its allocator gives it. Files are read past {@link GuestMemory}, so that nothing counts as asked for.
 */
final class RootPointerScan {
    private static final long SIGNATURE = ByteBuffer.wrap(new byte[] {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '}).order(ByteOrder.LITTLE_ENDIAN).getLong();
    private static final long FOUR_GIB = 1L << 32;
    private static final long SPAN = 256 << 20;
    private static final int BLOCK = 1 << 20;

    private RootPointerScan() {
    }

    /** The highest place that has the signature and that {@code good} takes, or -1. */
    static long find(List<GuestMemory.Piece> pieces, LongPredicate good) {
        byte[] block = new byte[BLOCK];
        ByteBuffer words = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = pieces.size() - 1; i >= 0; i--) {
            GuestMemory.Piece piece = pieces.get(i);
            long size = piece.range().start() < FOUR_GIB ? piece.range().size() & -BLOCK : 0;
            long least = Math.max(0, size - SPAN);
            for (long at = size - BLOCK; at >= least; at -= BLOCK) {
                piece.file().read(piece.offset() + at, block);
                for (int word = BLOCK - Long.BYTES; word >= 0; word -= Long.BYTES) {
                    long address = piece.range().start() + at + word;
                    if (words.getLong(word) == SIGNATURE && good.test(address)) {
                        return address;
                    }
                }
            }
        }
        return -1;
    }
}
