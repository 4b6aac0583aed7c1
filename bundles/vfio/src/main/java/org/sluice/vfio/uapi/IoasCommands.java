// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.util.ArrayList;
import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.IoasCalls.IovaRanges;
import org.sluice.vfio.memory.SharedFile;

/** Commands on address spaces; offsets as in section 1 of the conformance list. */
final class IoasCommands {
    private static final int RANGE = 16;
    private static final int OP_SET = 0;
    private static final int OP_GET = 1;
    private static final int SPACE_GET = 0;
    private static final int SPACE_SET = 1;
    private static final int SPACE_CLEAR = 2;

    private IoasCommands() {
    }

    static void destroy(Call call) {
        call.context.destroy(call.in.u32(4));
    }

    static void alloc(Call call) {
        call.mustBeZero(4);
        call.in.setU32(8, call.context.ioas().alloc());
    }

    static void allow(Call call) {
        call.mustBeZero(12);
        int count = call.in.u32(8);
        long pointer = call.in.u64(16);
        List<AddressRange> ranges = new ArrayList<>();
        for (long i = 0; i < Integer.toUnsignedLong(count); i++) {
            Structure range = new Structure(call.copyFrom(pointer + i * RANGE, RANGE));
            if (Long.compareUnsigned(range.u64(0), range.u64(8)) >= 0) {
                throw new VfioException(Errno.EINVAL, "a range ends before it starts");
            }
            ranges.add(new AddressRange(range.u64(0), range.u64(8)));
        }
        call.context.ioas().allow(call.in.u32(4), ranges);
    }

    static void ranges(Call call) {
        call.mustBeZero(12);
        IovaRanges answer = call.context.ioas().ranges(call.in.u32(4));
        int room = call.in.u32(8);
        long pointer = call.in.u64(16);
        call.in.setU32(8, answer.ranges().size());
        call.in.setU64(24, answer.alignment());
        for (int i = 0; i < answer.ranges().size() && Integer.compareUnsigned(i, room) < 0; i++) {
            Structure range = new Structure(new byte[RANGE]);
            range.setU64(0, answer.ranges().get(i).start());
            range.setU64(8, answer.ranges().get(i).last());
            call.copyTo(pointer + (long) i * RANGE, range.bytes(), RANGE);
        }
        if (Integer.compareUnsigned(answer.ranges().size(), room) > 0) {
            call.respond();
            throw new VfioException(Errno.EMSGSIZE, "there are " + answer.ranges().size() + " ranges");
        }
    }

    static void map(Call call) {
        call.mustBeZero(12);
        checkEnds(call.in.u64(24), call.in.u64(32));
        call.in.setU64(32, call.context.ioas().map(call.in.u32(8), call.in.u32(4), call.process, call.in.u64(16), call.in.u64(24), call.in.u64(32)));
    }

    static void mapFile(Call call) {
        checkEnds(call.in.u64(24), call.in.u64(32));
        SharedFile file = call.process.descriptors().get(call.in.u32(12), SharedFile.class);
        if (file == null) {
            throw new VfioException(Errno.EINVAL, "descriptor " + call.in.u32(12) + " is no file that can be mapped");
        }
        call.in.setU64(32, call.context.ioas().mapFile(call.in.u32(8), call.in.u32(4), call.process, file, call.in.u64(16), call.in.u64(24),
                call.in.u64(32)));
    }

    static void copy(Call call) {
        checkEnds(call.in.u64(16), call.in.u64(24));
        call.in.setU64(24, call.context.ioas().copy(call.in.u32(8), call.in.u32(12), call.in.u32(4), call.in.u64(16), call.in.u64(24),
                call.in.u64(32)));
    }

    static void unmap(Call call) {
        int ioas = call.in.u32(4);
        long iova = call.in.u64(8);
        long length = call.in.u64(16);
        call.in.setU64(16, iova == 0 && length == -1L ? call.context.ioas().unmapAll(ioas) : call.context.ioas().unmap(ioas, iova, length));
    }

    static void option(Call call) {
        if (call.in.u16(10) != 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "the field at 10 must be zero");
        }
        int option = call.in.u32(4);
        int object = call.in.u32(12);
        switch (call.in.u16(8)) {
            case OP_SET -> call.context.options().set(option, object, call.in.u64(16));
            case OP_GET -> call.in.setU64(16, call.context.options().get(option, object));
            default -> throw new VfioException(Errno.EOPNOTSUPP, "an option is set or read");
        }
    }

    static void compatible(Call call) {
        if (call.in.u16(10) != 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "the field at 10 must be zero");
        }
        switch (call.in.u16(8)) {
            case SPACE_SET -> call.context.ioas().setCompatible(call.in.u32(4));
            case SPACE_GET -> call.in.setU32(4, call.context.ioas().compatible());
            case SPACE_CLEAR -> call.context.ioas().setCompatible(0);
            default -> throw new VfioException(Errno.EOPNOTSUPP, "the space of the older interface is read, set or cleared");
        }
    }

    static void changeProcess(Call call) {
        call.mustBeZero(4);
        call.context.ioas().changeProcess(call.process);
    }

    /** The highest values are what callers mistake for errors. */
    private static void checkEnds(long length, long iova) {
        if (length == -1L || iova == -1L) {
            throw new VfioException(Errno.EOVERFLOW, "lengths and addresses end below the highest number");
        }
    }
}
