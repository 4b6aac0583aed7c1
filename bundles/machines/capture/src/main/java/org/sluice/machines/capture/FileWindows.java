// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.HashMap;
import java.util.Map;

import org.sluice.machine.PhysicalMemory;

/**
 * Puts segments of a file into a {@link PhysicalMemory} without reading them: the file is mapped in chunks of 1 GiB, however
 * many segments it has, because the operating system limits the number of mappings (65,530 on Linux) and a crash dump may
 * have more segments than that. Each segment is a slice of a chunk.
 */
final class FileWindows {
    private static final int CHUNK_SHIFT = 30;
    /** Chunks overlap by a page, so that a segment can be cut at a page of memory even where that is not a page of the file. */
    private static final long PAGE = 4096;

    private final FileChannel channel;
    private final long fileSize;
    private final Map<Long, ByteBuffer> chunks = new HashMap<>();

    FileWindows(FileChannel channel, long fileSize) {
        this.channel = channel;
        this.fileSize = fileSize;
    }

    /** Adds {@code segment}, which lies inside the file; bytes before its first 8-aligned address are left out. */
    void add(PhysicalMemory.Builder memory, Segment segment) throws IOException {
        long unaligned = -segment.start() & Long.BYTES - 1;
        if (segment.size() <= unaligned) {
            return;
        }
        Segment rest = segment.dropFirst(unaligned);
        while (true) {
            long chunk = rest.offset() >>> CHUNK_SHIFT;
            long at = rest.offset() - (chunk << CHUNK_SHIFT);
            long available = chunkSize(chunk) - at;
            boolean fits = rest.size() <= available;
            long taken = fits ? rest.size() : (rest.start() + available & -PAGE) - rest.start();
            memory.data(rest.start(), chunk(chunk).slice((int) at, (int) taken), false);
            if (fits) {
                return;
            }
            rest = rest.dropFirst(taken);
        }
    }

    private long chunkSize(long chunk) {
        return Math.min((1L << CHUNK_SHIFT) + PAGE, fileSize - (chunk << CHUNK_SHIFT));
    }

    private ByteBuffer chunk(long chunk) throws IOException {
        ByteBuffer mapped = chunks.get(chunk);
        if (mapped == null) {
            mapped = channel.map(MapMode.READ_ONLY, chunk << CHUNK_SHIFT, chunkSize(chunk));
            chunks.put(chunk, mapped);
        }
        return mapped;
    }
}
