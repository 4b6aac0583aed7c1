// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A structure's bytes, little-endian. */
final class Structure {
    private final byte[] bytes;
    private final ByteBuffer fields;

    Structure(byte[] bytes) {
        this.bytes = bytes;
        this.fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    byte[] bytes() {
        return bytes;
    }

    int u8(int offset) {
        return fields.get(offset) & 0xff;
    }

    int u16(int offset) {
        return fields.getShort(offset) & 0xffff;
    }

    int u32(int offset) {
        return fields.getInt(offset);
    }

    long u64(int offset) {
        return fields.getLong(offset);
    }

    void setU8(int offset, int value) {
        fields.put(offset, (byte) value);
    }

    void setU32(int offset, int value) {
        fields.putInt(offset, value);
    }

    void setU64(int offset, long value) {
        fields.putLong(offset, value);
    }
}
