// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * Zeroed, writable memory that costs nothing until it is written. A direct buffer would be filled with zeros at once and
 * count against the limit of direct memory; a private mapping of a hole in a temporary file is neither. The file is gone as
 * soon as it is mapped, and nothing is ever written to it.
 */
final class LazyMemory {
    private LazyMemory() {
    }

    /** One mapping can be no larger than a buffer; a power of two keeps tables in one piece. */
    private static final long PIECE = 1L << 30;

    /** @param ranges whole pages, no two of them overlapping */
    static PhysicalMemory of(List<AddressRange> ranges) {
        PhysicalMemory.Builder builder = PhysicalMemory.builder();
        try {
            Path file = Files.createTempFile("sluice-ram", ".raw");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
                channel.write(ByteBuffer.allocate(1), PIECE - 1);
                for (AddressRange range : ranges) {
                    builder.ram(range);
                    for (long done = 0; done < range.size(); done += PIECE) {
                        long bytes = Math.min(PIECE, range.size() - done);
                        builder.data(range.start() + done, channel.map(MapMode.PRIVATE, 0, bytes), true);
                    }
                }
            }
            return builder.build();
        } catch (IOException e) {
            throw new IommuException(Reason.IO, "no memory for a synthetic machine: " + e.getMessage()
                    + "; the folder for temporary files (java.io.tmpdir) must be writable", e);
        }
    }
}
