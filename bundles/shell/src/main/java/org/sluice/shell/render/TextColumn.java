// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.util.function.Function;

import com.fasterxml.jackson.core.JsonGenerator;

/** Text; control characters never reach a terminal or break a line. */
final class TextColumn<T> extends Column<T> {
    private final Function<T, ?> value;

    TextColumn(String name, Place place, Function<T, ?> value) {
        super(name, place);
        this.value = value;
    }

    @Override
    String tableText(T row) {
        return plainText(row);
    }

    @Override
    String plainText(T row) {
        return oneLine(value.apply(row));
    }

    @Override
    void writeJson(T row, JsonGenerator json) throws IOException {
        Object content = value.apply(row);
        if (content == null) {
            return;
        }
        String text = content.toString();
        if (!text.isEmpty()) {
            json.writeFieldName(jsonName());
            json.writeString(text);
        }
    }

    /** The text of {@code content} with control characters made visible as blanks. */
    static String oneLine(Object content) {
        String text = content == null ? "" : content.toString();
        if (text.isEmpty()) {
            return NONE;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return text.replaceAll("\\p{Cntrl}", " ");
            }
        }
        return text;
    }
}
