// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.mock;

import java.util.Arrays;
import java.util.List;

import org.sluice.vfio.Errno;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.NestedTable;

/** A table of a guest as the selftest's mock has it: all that can be seen of it is a cache of four entries. */
public final class MockNested implements NestedTable {
    public static final int DATA_TYPE = 0xdead;
    public static final int CACHED = 0xbadbeef;
    public static final int INVALIDATE_ALL = 1;
    static final int ENTRIES = 4;
    /** Data: the value with which the cache is filled. */
    public static final DataFormat DATA = new DataFormat(DATA_TYPE, "mock nested table", 4, List.of(0xffff_ffffL), Errno.EINVAL);
    /** Entry: flags, number of the cache entry. */
    static final DataFormat INVALIDATION = new DataFormat(0xdeadbeef, "mock invalidation", 8, List.of(-1L), Errno.EINVAL);

    private final int[] cache = new int[ENTRIES];
    private final MockTable parent;
    private boolean released;

    MockNested(MockTable parent, byte[] data) {
        this.parent = parent;
        Arrays.fill(cache, (int) DataFormat.word(data, 0));
    }

    MockTable parent() {
        return parent;
    }

    public int cached(int entry) {
        return cache[entry];
    }

    @Override
    public DataFormat invalidationFormat() {
        return INVALIDATION;
    }

    @Override
    public Outcome invalidate(byte[] entries, int count) {
        for (int i = 0; i < count; i++) {
            int flags = (int) DataFormat.word(entries, i);
            int entry = (int) (DataFormat.word(entries, i) >>> Integer.SIZE);
            if ((flags & ~INVALIDATE_ALL) != 0) {
                return new Outcome(i, Errno.EOPNOTSUPP, "unknown flags");
            }
            if (Integer.compareUnsigned(entry, ENTRIES) >= 0) {
                return new Outcome(i, Errno.EINVAL, "no such entry");
            }
            if ((flags & INVALIDATE_ALL) != 0) {
                Arrays.fill(cache, 0);
            } else {
                cache[entry] = 0;
            }
        }
        return Outcome.done(count);
    }

    @Override
    public void release() {
        if (released) {
            throw new IllegalStateException("released twice");
        }
        released = true;
    }

    boolean isReleased() {
        return released;
    }
}
