// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.type1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.iommufd.IoasCalls.IovaRanges;
import org.sluice.vfio.memory.PinSource;

/** The answer to GET_INFO: argsz, flags, page sizes, offset of the first capability, padding; then a chain of capabilities. */
final class Type1Info {
    /** Bytes of the oldest structure. */
    static final int LEAST = 16;
    private static final int CAPABILITY_OFFSET_END = 20;
    private static final int HEADER = 24;
    private static final int HAS_PAGE_SIZES = 1;
    private static final int HAS_CAPABILITIES = 2;
    private static final int IOVA_RANGES = 1;
    private static final int DMA_AVAILABLE = 3;
    private static final int CAPABILITY_HEADER = 8;
    /** How many maps a container takes is not limited by number; this is what Linux says then. */
    private static final int MANY = 0xffff;

    private Type1Info() {
    }

    /** As much as fits into {@code room}: capabilities are there whole or not at all, and the first field says what would be needed for all. */
    static byte[] answer(IovaRanges ranges, int room) {
        List<ByteBuffer> all = List.of(iovaRanges(ranges.ranges()), available());
        int needed = HEADER + all.stream().mapToInt(ByteBuffer::capacity).sum();
        int limit = Integer.compareUnsigned(room, needed) < 0 ? room : needed;
        ByteBuffer out = ByteBuffer.allocate(Math.max(HEADER, limit)).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, needed).putInt(4, HAS_PAGE_SIZES | HAS_CAPABILITIES);
        out.putLong(8, -Math.max(PinSource.PAGE, ranges.alignment()));
        int at = HEADER;
        List<Integer> placed = new ArrayList<>();
        for (ByteBuffer each : all) {
            if (at + each.capacity() > limit) {
                break;
            }
            out.position(at).put(each.array());
            placed.add(at);
            at += each.capacity();
        }
        for (int i = 0; i + 1 < placed.size(); i++) {
            out.putInt(placed.get(i) + 4, placed.get(i + 1));
        }
        out.putInt(16, placed.isEmpty() ? 0 : HEADER);
        int length = limit < CAPABILITY_OFFSET_END ? LEAST : Math.min(limit, at);
        byte[] answer = new byte[length];
        out.get(0, answer);
        return answer;
    }

    private static ByteBuffer iovaRanges(List<AddressRange> ranges) {
        ByteBuffer out = capability(IOVA_RANGES, CAPABILITY_HEADER + 8 + ranges.size() * 16);
        out.putInt(8, ranges.size());
        for (int i = 0; i < ranges.size(); i++) {
            out.putLong(16 + i * 16, ranges.get(i).start()).putLong(24 + i * 16, ranges.get(i).last());
        }
        return out;
    }

    private static ByteBuffer available() {
        return capability(DMA_AVAILABLE, CAPABILITY_HEADER + 8).putInt(CAPABILITY_HEADER, MANY);
    }

    /** Id, version 1, offset of the next. */
    private static ByteBuffer capability(int id, int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) id).putShort(2, (short) 1);
    }
}
