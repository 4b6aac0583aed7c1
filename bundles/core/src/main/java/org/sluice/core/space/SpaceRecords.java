// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.space.SavedSpace.Use;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * The records of durable spaces, big-endian: a byte that says of what kind, the space's number but for kinds that are the machine's, and what the kind needs.
 * A change is steps one after the other, each a byte, first and last address, and of a map output and flags.
 */
final class SpaceRecords {
    static final byte MACHINE = 1;
    static final byte BACKEND = 2;
    static final byte STATE = 3;
    static final byte CREATE = 4;
    static final byte DESTROY = 5;
    static final byte CHANGE = 6;
    /** The beginning of a change that is too long for one record. */
    static final byte PART = 7;
    static final byte ATTACH = 8;
    static final byte DETACH = 9;
    static final byte RESERVE = 10;
    static final byte RELEASE = 11;
    /** What was mapped in the range is not any more, and comes back with {@link #GIVE_BACK}. */
    static final byte PLUCK = 12;
    static final byte GIVE_BACK = 13;
    static final byte LIMIT = 14;
    /** An operator lets a device raise interrupts of others, or no longer; without a space. */
    static final byte UNISOLATED = 15;

    static final byte MAP = 1;
    static final byte UNMAP = 2;
    static final byte CUT = 3;
    /** The longest step. */
    static final int STEP = 1 + 3 * Long.BYTES + 1;

    static final byte VERSION = 1;

    /** Names come from people and paths; what is longer than this is cut by nobody and refused by {@link #put}. */
    private static final int LONGEST_TEXT = 16_000;

    private SpaceRecords() {
    }

    /** @throws IllegalArgumentException if no record can hold it */
    static void put(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST_TEXT) {
            throw new IllegalArgumentException("a name of " + bytes.length + " bytes");
        }
        out.putShort((short) bytes.length).put(bytes);
    }

    static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void put(ByteBuffer out, AddressRange range) {
        out.putLong(range.start()).putLong(range.last());
    }

    static AddressRange range(ByteBuffer in) {
        return new AddressRange(in.getLong(), in.getLong());
    }

    static void put(ByteBuffer out, SpaceOptions options) {
        put(out, options.name());
        out.putInt(options.inputBits()).put((byte) (options.messageWindow() == null ? 0 : 1));
        if (options.messageWindow() != null) {
            put(out, options.messageWindow());
        }
    }

    static SpaceOptions options(ByteBuffer in) {
        String name = text(in);
        int inputBits = in.getInt();
        return new SpaceOptions(name, true, in.get() == 0 ? null : range(in), inputBits);
    }

    static void put(ByteBuffer out, OwnedRange owned) {
        put(out, owned.range());
        put(out, owned.kind().name());
        put(out, owned.origin().name());
        put(out, owned.owner());
    }

    static OwnedRange owned(ByteBuffer in) {
        return new OwnedRange(range(in), RangeKind.valueOf(text(in)), Origin.valueOf(text(in)), text(in));
    }

    static void put(ByteBuffer out, DeviceId device, int pasid) {
        put(out, device.kind().name());
        out.putLong(device.value()).putInt(pasid);
    }

    static Use use(ByteBuffer in) {
        DeviceId device = new DeviceId(DeviceId.Kind.valueOf(text(in)), in.getLong());
        return new Use(device, in.getInt());
    }
}
