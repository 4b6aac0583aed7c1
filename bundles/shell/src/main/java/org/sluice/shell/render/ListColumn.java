// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.Collection;
import java.util.function.Function;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonGenerator;

/** Several texts. */
final class ListColumn<T> extends Column<T> {
    private final Function<T, ? extends Collection<?>> value;

    ListColumn(String name, Place place, Function<T, ? extends Collection<?>> value) {
        super(name, place);
        this.value = value;
    }

    @Override
    String tableText(T row) {
        return plainText(row);
    }

    @Override
    String plainText(T row) {
        return value.apply(row).stream().map(TextColumn::oneLine).collect(Collectors.collectingAndThen(
                Collectors.joining(","), text -> text.isEmpty() ? NONE : text));
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        json.writeFieldName(jsonName());
        json.writeStartArray();
        for (Object element : value.apply(row)) {
            json.writeString(element.toString());
        }
        json.writeEndArray();
    }
}
