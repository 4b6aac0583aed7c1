// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonGenerator;

/** Several sizes in bytes. */
final class SizesColumn<T> extends Column<T> {
    private final Function<T, List<Long>> value;

    SizesColumn(String name, Place place, Function<T, List<Long>> value) {
        super(name, place);
        this.value = value;
    }

    @Override
    String tableText(T row) {
        return joined(row, Sizes::text);
    }

    @Override
    String plainText(T row) {
        return joined(row, size -> Long.toUnsignedString(size));
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        json.writeFieldName(jsonName());
        json.writeStartArray();
        for (long size : value.apply(row)) {
            json.writeNumber(size);
        }
        json.writeEndArray();
    }

    private String joined(T row, Function<Long, String> text) {
        List<Long> sizes = value.apply(row);
        return sizes.isEmpty() ? NONE : sizes.stream().map(text).collect(Collectors.joining(","));
    }
}
