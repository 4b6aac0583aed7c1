// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

import org.sluice.machine.Hex;

import com.fasterxml.jackson.core.JsonGenerator;

/** A 64-bit value in one of the ways it can be meant. */
final class LongColumn<T> extends Column<T> {
    /** What the value is. */
    enum Kind { ADDRESS, CODE, NUMBER, BYTES }

    private static final int PADDED_ADDRESS = 18;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final Kind kind;
    private final ToLongFunction<T> value;
    private final Predicate<T> known;

    LongColumn(String name, Place place, Kind kind, ToLongFunction<T> value, Predicate<T> known) {
        super(name, place);
        this.kind = kind;
        this.value = value;
        this.known = known;
    }

    @Override
    boolean rightAligned() {
        return kind == Kind.NUMBER || kind == Kind.BYTES;
    }

    @Override
    int leastWidth() {
        return kind == Kind.ADDRESS ? PADDED_ADDRESS : 0;
    }

    @Override
    String tableText(T row) {
        if (!known.test(row)) {
            return NONE;
        }
        long content = value.applyAsLong(row);
        return switch (kind) {
            case ADDRESS -> Hex.padded(content);
            case CODE -> Hex.of(content);
            case NUMBER -> Long.toString(content);
            case BYTES -> Sizes.text(content);
        };
    }

    @Override
    String plainText(T row) {
        if (!known.test(row)) {
            return NONE;
        }
        long content = value.applyAsLong(row);
        return isHex() ? Hex.of(content) : Long.toUnsignedString(content);
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        if (!known.test(row)) {
            return;
        }
        json.writeFieldName(jsonName());
        if (isHex()) {
            writeHex(value.applyAsLong(row), json);
        } else {
            long content = value.applyAsLong(row);
            if (content >= 0) {
                json.writeNumber(content);
            } else {
                json.writeNumber(Long.toUnsignedString(content));
            }
        }
    }

    private boolean isHex() {
        return kind == Kind.ADDRESS || kind == Kind.CODE;
    }

    /** As {@code writeString(Hex.of(content))}, but without a string: this is most of a bulk answer's time. */
    static void writeHex(long content, JsonGenerator json) throws IOException {
        int digits = Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(content) + 3) / 4);
        byte[] text = new byte[2 + digits];
        text[0] = '0';
        text[1] = 'x';
        long rest = content;
        for (int i = text.length - 1; i > 1; i--) {
            text[i] = DIGITS[(int) rest & 0xf];
            rest >>>= 4;
        }
        json.writeRawUTF8String(text, 0, text.length);
    }
}
