// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.util.SortedMap;
import java.util.TreeMap;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.DeviceCalls.HardwareInfo;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.memory.UserMemory;
import org.sluice.vfio.port.Invalidation.Outcome;
import org.sluice.vfio.port.TypedData;

/** Commands on page tables; offsets as in section 1 of the conformance list. */
final class HwptCommands {
    private static final int INPUT_TYPE = 1;
    /** What a vendor's data may have at most; anything longer is a mistake. */
    private static final int LONGEST_DATA = UserMemory.PAGE;

    private HwptCommands() {
    }

    static void alloc(Call call) {
        if ((call.in.u32(4) & ~(HwptCalls.NEST_PARENT | HwptCalls.DIRTY_TRACKING | HwptCalls.FAULT_ID_VALID | HwptCalls.PASID)) != 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "unknown flags of a table");
        }
        call.mustBeZero(20, 44);
        int type = call.in.u32(24);
        int length = call.in.u32(28);
        if (type == 0 != (length == 0)) {
            throw new VfioException(Errno.EINVAL, "data has a type and a length, or neither");
        }
        TypedData data = type == 0 ? null : new TypedData(type, data(call, call.in.u64(32), length));
        call.in.setU32(16, call.context.hwpt().alloc(call.in.u32(4), call.in.u32(8), call.in.u32(12), data, call.in.u32(40)));
    }

    static byte[] data(Call call, long pointer, int length) {
        if (Integer.compareUnsigned(length, LONGEST_DATA) > 0) {
            throw new VfioException(Errno.E2BIG, "data of " + Integer.toUnsignedString(length) + " bytes");
        }
        return call.copyFrom(pointer, length);
    }

    static void hardware(Call call) {
        int flags = call.in.u32(4);
        if ((flags & ~INPUT_TYPE) != 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "unknown flags of hardware information");
        }
        HardwareInfo info = call.context.devices().hardware(call.in.u32(8), (flags & INPUT_TYPE) == 0 ? 0 : call.in.u32(24));
        int room = call.in.u32(12);
        if (room != 0) {
            fill(call, call.in.u64(16), info.bytes(), room);
        }
        call.in.setU32(12, info.bytes().length);
        call.in.setU32(24, info.type());
        call.in.setU8(28, info.pasidBits());
        call.in.setU64(32, info.capabilities());
    }

    private static void fill(Call call, long pointer, byte[] bytes, int room) {
        int first = Integer.compareUnsigned(room, bytes.length) < 0 ? room : bytes.length;
        call.copyTo(pointer, bytes, first);
        byte[] zeros = new byte[UserMemory.PAGE];
        for (long at = first; at < Integer.toUnsignedLong(room); at += zeros.length) {
            call.copyTo(pointer + at, zeros, (int) Math.min(zeros.length, Integer.toUnsignedLong(room) - at));
        }
    }

    static void setDirtyTracking(Call call) {
        call.mustBeZero(12);
        call.context.hwpt().setDirtyTracking(call.in.u32(8), call.in.u32(4));
    }

    /** Bits are set in the caller's bitmap; those that are not set stay as they are. */
    static void dirtyBitmap(Call call) {
        call.mustBeZero(12);
        long pointer = call.in.u64(40);
        SortedMap<Long, Integer> bytes = new TreeMap<>();
        call.context.hwpt().dirtyBitmap(call.in.u32(4), call.in.u32(8), call.in.u64(16), call.in.u64(24), call.in.u64(32),
                bit -> bytes.merge(bit / Byte.SIZE, 1 << bit % Byte.SIZE, (a, b) -> a | b));
        bytes.forEach((at, bits) -> {
            byte[] now = call.copyFrom(pointer + at, 1);
            now[0] |= bits;
            call.copyTo(pointer + at, now, 1);
        });
    }

    static void invalidate(Call call) {
        call.mustBeZero(28);
        int count = call.in.u32(24);
        int length = call.in.u32(20);
        call.in.setU32(24, 0);
        Outcome outcome;
        try {
            outcome = invalidate(call, count, length);
        } catch (VfioException refused) {
            call.respond();
            throw refused;
        }
        call.in.setU32(24, outcome.done());
        call.respond();
        if (outcome.error() != null) {
            throw new VfioException(outcome.error(), outcome.text());
        }
    }

    private static Outcome invalidate(Call call, int count, int length) {
        if (Integer.compareUnsigned(count, HwptCalls.MAX_ENTRIES) > 0 || count != 0 && (length <= 0 || length > UserMemory.PAGE)) {
            throw new VfioException(Errno.EINVAL, "at most " + HwptCalls.MAX_ENTRIES + " entries, each of at most a page");
        }
        if (count != 0 && call.in.u64(8) == 0) {
            throw new VfioException(Errno.EINVAL, "there are no entries");
        }
        // Asked first without entries: a wrong type or length is told before gigabytes are copied.
        call.context.hwpt().invalidate(call.in.u32(4), call.in.u32(16), length, 0, new byte[0]);
        byte[] entries = count == 0 ? new byte[0] : call.copyFrom(call.in.u64(8), Math.multiplyExact(count, length));
        return call.context.hwpt().invalidate(call.in.u32(4), call.in.u32(16), length, count, entries);
    }
}
