// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.util.Arrays;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.UserMemory;

/** One command on its way: who calls, and its structure as far as the caller knows it; what the caller left out is zero. */
final class Call {
    final IommufdContext context;
    final UserMemory process;
    final Structure in;
    private final long address;
    private final int userSize;

    private Call(IommufdContext context, UserMemory process, Structure in, long address, int userSize) {
        this.context = context;
        this.process = process;
        this.in = in;
        this.address = address;
        this.userSize = userSize;
    }

    /**
     * Takes a structure from the caller's memory. A shorter one (an older caller's) ends at least with the last field that was there from
     * the beginning; a longer one (a newer caller's) may only have zeros in what is not known here.
     */
    static Call read(IommufdContext context, UserMemory process, long address, int least, int full) {
        byte[] head = new byte[Integer.BYTES];
        process.read(address, head, 0, head.length);
        int userSize = new Structure(head).u32(0);
        if (Integer.compareUnsigned(userSize, least) < 0) {
            throw new VfioException(Errno.EINVAL, "the structure has at least " + least + " bytes");
        }
        byte[] bytes = new byte[full];
        process.read(address, bytes, 0, Math.min(full, Integer.compareUnsigned(userSize, full) < 0 ? userSize : full));
        checkTail(process, address, full, userSize);
        return new Call(context, process, new Structure(bytes), address, userSize);
    }

    private static void checkTail(UserMemory process, long address, int full, int userSize) {
        byte[] part = new byte[UserMemory.PAGE];
        for (long at = full; at < Integer.toUnsignedLong(userSize); at += part.length) {
            int length = (int) Math.min(part.length, Integer.toUnsignedLong(userSize) - at);
            process.read(address + at, part, 0, length);
            for (int i = 0; i < length; i++) {
                if (part[i] != 0) {
                    throw new VfioException(Errno.E2BIG, "byte " + (at + i) + " of the structure means something that is not known here");
                }
            }
        }
    }

    /** Fields that must be zero: as long as they mean nothing, nobody may set them. */
    void mustBeZero(int... offsets) {
        for (int offset : offsets) {
            if (in.u32(offset) != 0) {
                throw new VfioException(Errno.EOPNOTSUPP, "the field at " + offset + " must be zero");
            }
        }
    }

    /** Writes the structure back, as far as the caller knows it. */
    void respond() {
        byte[] bytes = in.bytes();
        process.write(address, bytes, 0, Integer.compareUnsigned(userSize, bytes.length) < 0 ? userSize : bytes.length);
    }

    byte[] copyFrom(long pointer, int length) {
        byte[] bytes = new byte[length];
        process.read(pointer, bytes, 0, length);
        return bytes;
    }

    /** Writes into a caller's buffer: what does not fit is left out, what is too much of it becomes zero. */
    void copyTo(long pointer, byte[] bytes, int room) {
        process.write(pointer, Arrays.copyOf(bytes, room), 0, room);
    }
}
