// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.function.Function;

import com.fasterxml.jackson.core.JsonGenerator;

/** One record inside a record, or none; meant for JSON, a table shows its own digest of it. */
final class RowColumn<T, N> extends Column<T> {
    private final Schema<N> nested;
    private final Function<T, N> value;

    RowColumn(String name, Place place, Schema<N> nested, Function<T, N> value) {
        super(name, place);
        this.nested = nested;
        this.value = value;
    }

    @Override
    String tableText(T row) {
        return plainText(row);
    }

    @Override
    String plainText(T row) {
        return value.apply(row) == null ? NONE : "...";
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        N element = value.apply(row);
        if (element != null) {
            json.writeFieldName(jsonName());
            JsonRenderer.writeObject(nested.jsonColumns(), element, json);
        }
    }
}
