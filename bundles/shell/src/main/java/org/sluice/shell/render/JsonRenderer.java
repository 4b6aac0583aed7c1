// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;

/** One JSON object per line. */
final class JsonRenderer<T> extends Renderer<T> {
    /** Nothing between objects: each ends its line itself, so that an interrupted answer consists of whole lines. */
    private static final JsonFactory FACTORY = new JsonFactoryBuilder().rootValueSeparator((String) null).build();

    private final List<Column<T>> columns;
    private final JsonGenerator json;

    JsonRenderer(Schema<T> schema, OutputStream out) throws IOException {
        columns = schema.jsonColumns();
        json = FACTORY.createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    }

    @Override
    public void row(T row) throws IOException {
        writeObject(columns, row, json);
        json.writeRaw('\n');
    }

    @Override
    public void flush() throws IOException {
        json.flush();
    }

    @Override
    public void finish() throws IOException {
        json.close();
    }

    static <T> void writeObject(List<Column<T>> columns, T row, JsonGenerator json) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).writeJson(row, json);
        }
        json.writeEndObject();
    }
}
