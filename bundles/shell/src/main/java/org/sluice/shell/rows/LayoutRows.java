// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.api.layout.TableFormat.Level;
import org.sluice.shell.render.Schema;

/** Structures and page-table formats as data. */
public final class LayoutRows {
    /**
     * A line of the list of both.
     *
     * @param kind {@code structure} or {@code format}
     * @param size {@code 128 bits} or {@code 4 levels}
     */
    public record Entry(String layout, String kind, String size, String title, String clause) {
        public static Entry of(StructureLayout s) {
            return new Entry(s.backend() + "/" + s.name(), "structure", s.bits() + " bits", s.title(), s.clause());
        }

        public static Entry of(TableFormat f) {
            return new Entry(f.backend() + "/" + f.name(), "format", f.levels().size() + " levels", f.title(), f.clause());
        }
    }

    /** A value of a field that has a name. */
    private record NamedValue(long value, String text) {
    }

    private static final Schema<NamedValue> NAMED = Schema.of(NamedValue.class)
            .code("value", NamedValue::value, v -> true)
            .text("text", NamedValue::text)
            .build();

    public static final Schema<Entry> LIST = Schema.of(Entry.class)
            .text("layout", Entry::layout)
            .text("kind", Entry::kind)
            .text("size", Entry::size)
            .text("title", Entry::title)
            .text("clause", Entry::clause)
            .build();

    private LayoutRows() {
    }

    /** Fields of one structure. */
    public static Schema<BitField> fields(StructureLayout layout) {
        return Schema.of(BitField.class)
                .jsonOnly()
                .text("layout", f -> layout.backend() + "/" + layout.name())
                .number("high", BitField::high)
                .number("low", BitField::low)
                .tableOnly()
                .text("bits", FieldRows::bits)
                .everywhere()
                .text("field", BitField::name)
                .text("kind", f -> Words.lower(f.kind()))
                .text("meaning", BitField::meaning)
                .tableOnly()
                .text("values", f -> values(f).stream().map(v -> v.value() + "=" + v.text()).collect(Collectors.joining("; ")))
                .jsonOnly()
                .rows("values", NAMED, LayoutRows::values, NamedValue::text)
                .build();
    }

    /** Levels of one page-table format. */
    public static Schema<Level> levels(TableFormat format) {
        return Schema.of(Level.class)
                .jsonOnly()
                .text("layout", f -> format.backend() + "/" + format.name())
                .everywhere()
                .number("level", Level::vendorLevel)
                .text("index", l -> l.indexLow() + l.indexBits() - 1 + ":" + l.indexLow())
                .bytes("tableBytes", Level::tableBytes)
                .sizes("leafSizes", Level::leafSizes)
                .text("entry", Level::entry)
                .build();
    }

    private static List<NamedValue> values(BitField field) {
        return field.values().entrySet().stream().sorted(Map.Entry.comparingByKey(Long::compareUnsigned))
                .map(e -> new NamedValue(e.getKey(), e.getValue())).toList();
    }
}
