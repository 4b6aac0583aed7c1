// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

/** Memory types by name: MAIR bytes of stage 1, MemAttr of stage 2 (DDI 0487, memory attributes). Stateless; names are constants. */
public final class MemoryType {
    private static final String[] DEVICE = {"device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE"};
    private static final String NON_CACHEABLE = "non-cacheable";
    private static final String WRITE_THROUGH = "write-through";
    private static final String WRITE_BACK = "write-back";
    private static final String MIXED = "normal, inner and outer differ";
    private static final String RESERVED = "reserved";
    /** MemAttr[2:0] with forced cacheability (STE.S2FWB). */
    private static final String[] FORCED = {DEVICE[0], DEVICE[1], DEVICE[2], DEVICE[3], RESERVED, NON_CACHEABLE, WRITE_BACK, "as stage 1"};
    private static final String[] CACHED = {RESERVED, NON_CACHEABLE, WRITE_THROUGH, WRITE_BACK};
    private static final int ATTRIBUTE_BITS = 8;

    private MemoryType() {
    }

    /** The type of a stage-1 leaf under {@code mair}. */
    public static String stage1(long mair, long leaf) {
        int attribute = (int) (mair >>> TableDescriptor.ATTRIBUTE_INDEX.get(leaf) * ATTRIBUTE_BITS) & 0xff;
        int outer = attribute >>> 4;
        int inner = attribute & 0xf;
        if (outer == 0) {
            return (inner & 3) == 0 ? DEVICE[inner >>> 2] : RESERVED;
        }
        return inner == 0 ? RESERVED : half(outer).equals(half(inner)) ? half(outer) : MIXED;
    }

    /** Bits 3:2 and the allocation hints of one half of a MAIR byte. */
    private static String half(int bits) {
        return bits == 4 ? NON_CACHEABLE : (bits & 4) != 0 ? WRITE_BACK : WRITE_THROUGH;
    }

    /** The type of a stage-2 leaf. */
    public static String stage2(boolean forced, long leaf) {
        int attribute = (int) TableDescriptor.MEMORY_ATTRIBUTE.get(leaf);
        if (forced) {
            return FORCED[attribute & 7];
        }
        int outer = attribute >>> 2;
        int inner = attribute & 3;
        return outer == 0 ? DEVICE[inner] : inner == 0 ? RESERVED : outer == inner ? CACHED[outer] : MIXED;
    }
}
