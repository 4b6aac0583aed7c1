// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.StructureLayout;

/**
 * Writes a {@link StructureLayout} down as the specification's table does: one line a field, bit numbers high before low, from
 * bit 0 of the whole structure. Not thread-safe.
 */
public final class LayoutBuilder {
    private final String backend;
    private final String name;
    private final int bits;
    private final String title;
    private final String clause;
    private final List<BitField> fields = new ArrayList<>();

    private LayoutBuilder(String backend, String name, int bits, String title, String clause) {
        this.backend = backend;
        this.name = name;
        this.bits = bits;
        this.title = title;
        this.clause = clause;
    }

    public static LayoutBuilder of(String backend, String name, int bits, String title, String clause) {
        return new LayoutBuilder(backend, name, bits, title, clause);
    }

    /** One bit. */
    public LayoutBuilder flag(String field, int bit, String meaning) {
        return add(field, bit, bit, Kind.VALUE, meaning, Map.of());
    }

    public LayoutBuilder value(String field, int high, int low, String meaning) {
        return add(field, high, low, Kind.VALUE, meaning, Map.of());
    }

    /** A field whose values have names. */
    public LayoutBuilder value(String field, int high, int low, String meaning, Map<Long, String> values) {
        return add(field, high, low, Kind.VALUE, meaning, values);
    }

    public LayoutBuilder address(String field, int high, int low, String meaning) {
        return add(field, high, low, Kind.ADDRESS, meaning, Map.of());
    }

    /** Bits that must be zero; more than 64 of them become several fields. */
    public LayoutBuilder reserved(int high, int low) {
        return run("reserved", high, low, Kind.RESERVED, "must be zero");
    }

    /** Bits that hardware ignores. */
    public LayoutBuilder ignored(int high, int low) {
        return run("ignored", high, low, Kind.IGNORED, "free for software");
    }

    public StructureLayout build() {
        fields.sort(Comparator.comparingInt(BitField::low));
        return new StructureLayout(backend, name, title, bits, fields, clause);
    }

    private LayoutBuilder run(String field, int high, int low, Kind kind, String meaning) {
        for (int from = low; from <= high; from = (from | Long.SIZE - 1) + 1) {
            add(field, Math.min(high, from | Long.SIZE - 1), from, kind, meaning, Map.of());
        }
        return this;
    }

    private LayoutBuilder add(String field, int high, int low, Kind kind, String meaning, Map<Long, String> values) {
        fields.add(new BitField(field, low, high, kind, meaning, values));
        return this;
    }
}
