// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;
import java.util.stream.Collectors;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.FieldValue;
import org.sluice.machine.Hex;
import org.sluice.shell.render.Schema;

/** Decoded bit fields. */
public final class FieldRows {
    /** Every field on a line of its own. */
    public static final Schema<FieldValue> SCHEMA = Schema.of(FieldValue.class)
            .tableOnly()
            .text("bits", f -> bits(f.field()))
            .jsonOnly()
            .number("high", f -> f.field().high())
            .number("low", f -> f.field().low())
            .everywhere()
            .text("field", f -> f.field().name())
            .text("value", FieldRows::value)
            .text("text", FieldRows::remark)
            .text("meaning", f -> f.field().meaning())
            .build();

    /** Fields as a part of a larger record. */
    static final Schema<FieldValue> NESTED = Schema.of(FieldValue.class)
            .text("name", f -> f.field().name())
            .number("high", f -> f.field().high())
            .number("low", f -> f.field().low())
            .text("value", FieldRows::value)
            .text("text", FieldValue::text)
            .build();

    private FieldRows() {
    }

    /** {@code 63:12} or {@code 0}. */
    static String bits(BitField field) {
        return field.width() == 1 ? Integer.toString(field.low()) : field.high() + ":" + field.low();
    }

    /** The number, or for an address the address. */
    static String value(FieldValue field) {
        boolean address = field.field().kind() == Kind.ADDRESS;
        return Hex.of(address ? field.value() << field.field().low() % Long.SIZE : field.value());
    }

    /** The name of the value, or what is wrong with it. */
    private static String remark(FieldValue field) {
        return field.field().kind() == Kind.RESERVED && field.value() != 0 ? "must be zero" : field.text();
    }

    /** {@code P SLPTPTR=0x1a03000 AW=48-bit}: fields that say something, one flag by its name alone; empty for the rest. */
    static String summary(FieldValue field) {
        BitField bits = field.field();
        if (!field.text().isEmpty()) {
            return bits.name() + "=" + field.text();
        }
        if (field.value() == 0) {
            return "";
        }
        return bits.width() == 1 && bits.kind() == Kind.VALUE ? bits.name() : bits.name() + "=" + value(field);
    }

    static String summary(List<FieldValue> fields) {
        return fields.stream().map(FieldRows::summary).filter(s -> !s.isEmpty()).collect(Collectors.joining(" "));
    }
}
