// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.nio.ByteBuffer;
import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * Memory of a vector's machine that can be written: the image's pages, and room for queues and logs in RAM where the image has nothing.
 *
 * @param space start of the room
 */
record Workspace(PhysicalMemory memory, long space) {
    static final int SPACE_BYTES = 2 << 20;
    private static final int PAGE = 4096;

    static Workspace of(List<AddressRange> ram, PhysicalMemory image) {
        PhysicalMemory.Builder copy = PhysicalMemory.builder();
        ram.forEach(copy::ram);
        for (AddressRange range : image.present()) {
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) range.size());
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, image.readByte(range.start() + i));
            }
            copy.data(range.start(), bytes, true);
        }
        long space = room(ram, image.present());
        copy.data(space, ByteBuffer.allocateDirect(SPACE_BYTES), true);
        return new Workspace(copy.build(), space);
    }

    /** All of RAM, zero. */
    static Workspace zeros(AddressRange ram) {
        long space = ram.last() + 1 - SPACE_BYTES & -SPACE_BYTES;
        if (ram.size() < 2 * SPACE_BYTES) {
            throw new IommuException(Reason.UNSUPPORTED, "RAM " + ram + " is too small for tables and queues: 4 MiB are needed");
        }
        return new Workspace(PhysicalMemory.allocate(ram), space);
    }

    private static long room(List<AddressRange> ram, List<AddressRange> taken) {
        for (AddressRange range : ram) {
            long last = range.last() + 1 & -SPACE_BYTES;
            for (long at = last - SPACE_BYTES; at > range.start(); at -= SPACE_BYTES) {
                AddressRange room = AddressRange.ofSize(at, SPACE_BYTES);
                if (taken.stream().noneMatch(room::overlaps)) {
                    return at;
                }
            }
        }
        throw new IommuException(Reason.UNSUPPORTED, "the image fills RAM: 2 MiB are needed for queues and logs");
    }

    /** The page that an address is in, as text. */
    static String page(long address) {
        return Hex.of(address & -PAGE);
    }
}
