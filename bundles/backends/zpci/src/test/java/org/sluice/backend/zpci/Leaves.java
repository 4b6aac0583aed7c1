// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import org.sluice.spi.MappingSink;

/** Counts leaves; nothing may be unknown. */
record Leaves(int[] count) implements MappingSink {
    @Override
    public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
        count[0]++;
        return true;
    }

    @Override
    public boolean unknown(long iova, long last, long tableAddress) {
        throw new AssertionError("not in the image: " + Long.toHexString(tableAddress));
    }
}
