// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** One line per field, for a single record with many; fields without a value are left out. */
public final class VerticalRenderer<T> extends Renderer<T> {
    private final List<Column<T>> columns;
    private final OutputStream out;

    public VerticalRenderer(Schema<T> schema, OutputStream out) {
        columns = schema.tableColumns();
        this.out = out;
    }

    @Override
    public void row(T row) throws IOException {
        List<Column<T>> shown = columns.stream().filter(c -> !c.tableText(row).equals(Column.NONE)).toList();
        int width = shown.stream().mapToInt(c -> c.title().length()).max().orElse(0);
        for (Column<T> column : shown) {
            String title = column.title().toLowerCase(Locale.ROOT);
            String line = title + " ".repeat(width - title.length() + 2) + column.tableText(row) + '\n';
            out.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void finish() {
        // Every line is written as it comes.
    }
}
