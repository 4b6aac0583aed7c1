// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tab-separated lines under a header with the fields' names. */
final class PlainRenderer<T> extends Renderer<T> {
    private final List<Column<T>> columns;
    private final OutputStream out;
    private final StringBuilder line = new StringBuilder();

    PlainRenderer(Schema<T> schema, OutputStream out) throws IOException {
        columns = schema.tableColumns();
        this.out = out;
        for (Column<T> column : columns) {
            line.append(column.name()).append('\t');
        }
        endLine();
    }

    @Override
    public void row(T row) throws IOException {
        for (Column<T> column : columns) {
            line.append(column.plainText(row)).append('\t');
        }
        endLine();
    }

    @Override
    public void finish() {
        // Every line is written as it comes.
    }

    private void endLine() throws IOException {
        line.setCharAt(line.length() - 1, '\n');
        out.write(line.toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }
}
