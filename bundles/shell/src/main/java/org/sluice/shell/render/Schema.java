// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

import org.sluice.shell.render.Column.Place;

/**
 * The fields of one kind of record, in order. Immutable; getters must be thread-safe.
 *
 * @param <T> the record
 */
public final class Schema<T> {
    private final List<Column<T>> columns;

    private Schema(List<Column<T>> columns) {
        this.columns = List.copyOf(columns);
    }

    public static <T> Builder<T> of(Class<T> record) {
        return new Builder<>();
    }

    /** Names of the fields in JSON, in order. */
    public List<String> jsonNames() {
        return jsonColumns().stream().map(Column::name).toList();
    }

    List<Column<T>> tableColumns() {
        return columns.stream().filter(c -> c.place().inTable()).toList();
    }

    List<Column<T>> jsonColumns() {
        return columns.stream().filter(c -> c.place().inJson()).toList();
    }

    /** Collects columns. A getter's null, empty text, or failed {@code known} means that the value is not known. */
    public static final class Builder<T> {
        private final List<Column<T>> columns = new ArrayList<>();
        private Place place = Place.EVERYWHERE;

        /** The columns that follow show in tables and tab-separated lines only. */
        public Builder<T> tableOnly() {
            place = Place.TABLE_ONLY;
            return this;
        }

        /** The columns that follow show in JSON only. */
        public Builder<T> jsonOnly() {
            place = Place.JSON_ONLY;
            return this;
        }

        /** The columns that follow show everywhere. */
        public Builder<T> everywhere() {
            place = Place.EVERYWHERE;
            return this;
        }

        /** Text, or anything whose {@code toString} is the text to show. */
        public Builder<T> text(String name, Function<T, ?> value) {
            columns.add(new TextColumn<>(name, place, value));
            return this;
        }

        /** Several texts: an array in JSON, else separated by commas. */
        public Builder<T> texts(String name, Function<T, ? extends Collection<?>> value) {
            columns.add(new ListColumn<>(name, place, value));
            return this;
        }

        public Builder<T> address(String name, ToLongFunction<T> value) {
            return address(name, value, row -> true);
        }

        /** A 64-bit address or register value, {@code 0x...}. */
        public Builder<T> address(String name, ToLongFunction<T> value, Predicate<T> known) {
            columns.add(new LongColumn<>(name, place, LongColumn.Kind.ADDRESS, value, known));
            return this;
        }

        /** A code that specifications write in hexadecimal, {@code 0x...} in every format. */
        public Builder<T> code(String name, ToLongFunction<T> value, Predicate<T> known) {
            columns.add(new LongColumn<>(name, place, LongColumn.Kind.CODE, value, known));
            return this;
        }

        /** A count or identifier; negative means that it is not known. */
        public Builder<T> number(String name, ToLongFunction<T> value) {
            return number(name, value, row -> value.applyAsLong(row) >= 0);
        }

        public Builder<T> number(String name, ToLongFunction<T> value, Predicate<T> known) {
            columns.add(new LongColumn<>(name, place, LongColumn.Kind.NUMBER, value, known));
            return this;
        }

        /** A size; negative means that it is not known. */
        public Builder<T> bytes(String name, ToLongFunction<T> value) {
            return bytes(name, value, row -> value.applyAsLong(row) >= 0);
        }

        public Builder<T> bytes(String name, ToLongFunction<T> value, Predicate<T> known) {
            columns.add(new LongColumn<>(name, place, LongColumn.Kind.BYTES, value, known));
            return this;
        }

        /** Several sizes. */
        public Builder<T> sizes(String name, Function<T, List<Long>> value) {
            columns.add(new SizesColumn<>(name, place, value));
            return this;
        }

        /** True or false; null means that it is not known. */
        public Builder<T> flag(String name, Function<T, Boolean> value) {
            columns.add(new FlagColumn<>(name, place, value));
            return this;
        }

        /** Records inside the record: an array of objects in JSON, {@code summary} of each elsewhere. */
        public <N> Builder<T> rows(String name, Schema<N> nested, Function<T, List<N>> value, Function<N, String> summary) {
            columns.add(new RowsColumn<>(name, place, nested, value, summary, false));
            return this;
        }

        /** As {@link #rows}, where none is an answer and not something unknown: an empty array in JSON. */
        public <N> Builder<T> rowsOrNone(String name, Schema<N> nested, Function<T, List<N>> value, Function<N, String> summary) {
            columns.add(new RowsColumn<>(name, place, nested, value, summary, true));
            return this;
        }

        /** One record inside the record, or null. */
        public <N> Builder<T> row(String name, Schema<N> nested, Function<T, N> value) {
            columns.add(new RowColumn<>(name, place, nested, value));
            return this;
        }

        public Schema<T> build() {
            return new Schema<>(columns);
        }
    }
}
