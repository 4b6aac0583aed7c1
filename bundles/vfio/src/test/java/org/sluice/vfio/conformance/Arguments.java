// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.sluice.vfio.uapi.Command;

/** The structure of one command in a process's memory. */
final class Arguments {
    private final Rig rig;
    private final Command command;
    private ByteBuffer bytes;

    Arguments(Rig rig, Command command) {
        this.rig = rig;
        this.command = command;
        this.bytes = ByteBuffer.allocate(command.full()).order(ByteOrder.LITTLE_ENDIAN).putInt(0, command.full());
    }

    Arguments u16(int offset, int value) {
        bytes.putShort(offset, (short) value);
        return this;
    }

    Arguments u32(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    Arguments u64(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    /** Another size than the command's own; what is behind the own structure has this value. */
    Arguments size(int size, int fill) {
        byte[] longer = Arrays.copyOf(bytes.array(), Math.max(size, command.full()));
        Arrays.fill(longer, command.full(), longer.length, (byte) fill);
        bytes = ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN).putInt(0, size);
        return this;
    }

    /** 0 or a negative error; the structure is read back. */
    int run() {
        rig.process.write(Rig.argumentAddress(), bytes.array(), 0, bytes.capacity());
        int result = rig.commands().run(rig.process, command.number(), Rig.argumentAddress());
        rig.process.read(Rig.argumentAddress(), bytes.array(), 0, bytes.capacity());
        return result;
    }

    int getU8(int offset) {
        return bytes.get(offset) & 0xff;
    }

    int getU32(int offset) {
        return bytes.getInt(offset);
    }

    long getU64(int offset) {
        return bytes.getLong(offset);
    }
}
