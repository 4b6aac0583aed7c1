// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonGenerator;

/** Records inside a record; an empty list is absent in JSON, or an empty array where it says that there are none. */
final class RowsColumn<T, N> extends Column<T> {
    private final Schema<N> nested;
    private final Function<T, List<N>> value;
    private final Function<N, String> summary;
    private final boolean noneIsAnAnswer;

    RowsColumn(String name, Place place, Schema<N> nested, Function<T, List<N>> value, Function<N, String> summary, boolean noneIsAnAnswer) {
        super(name, place);
        this.noneIsAnAnswer = noneIsAnAnswer;
        this.nested = nested;
        this.value = value;
        this.summary = summary;
    }

    @Override
    String tableText(T row) {
        return plainText(row);
    }

    @Override
    String plainText(T row) {
        return TextColumn.oneLine(value.apply(row).stream().map(summary).filter(s -> !s.isEmpty()).collect(Collectors.joining(" ")));
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        List<N> rows = value.apply(row);
        if (rows.isEmpty() && !noneIsAnAnswer) {
            return;
        }
        json.writeFieldName(jsonName());
        json.writeStartArray();
        for (N element : rows) {
            JsonRenderer.writeObject(nested.jsonColumns(), element, json);
        }
        json.writeEndArray();
    }
}
