// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns. Widths are taken from the first rows only, so that a table of any length passes through; a later cell
 * that is wider shifts its own line.
 */
final class TableRenderer<T> extends Renderer<T> {
    private static final int SAMPLE = 500;
    private static final String GAP = "  ";

    private final List<Column<T>> columns;
    private final OutputStream out;
    private final StringBuilder line = new StringBuilder();
    private final int[] widths;
    private List<String[]> sample = new ArrayList<>();
    private boolean empty = true;

    TableRenderer(Schema<T> schema, OutputStream out) {
        columns = schema.tableColumns();
        this.out = out;
        widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).title().length();
        }
    }

    @Override
    public void row(T row) throws IOException {
        empty = false;
        String[] cells = new String[widths.length];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = columns.get(i).tableText(row);
        }
        if (sample == null) {
            writeLine(cells);
            return;
        }
        sample.add(cells);
        for (int i = 0; i < cells.length; i++) {
            widths[i] = Math.max(widths[i], cells[i].length());
        }
        if (sample.size() == SAMPLE) {
            for (int i = 0; i < cells.length; i++) {
                widths[i] = Math.max(widths[i], columns.get(i).leastWidth());
            }
            writeSample();
        }
    }

    @Override
    public void finish() throws IOException {
        if (sample != null && !empty) {
            writeSample();
        }
    }

    private void writeSample() throws IOException {
        writeLine(columns.stream().map(Column::title).toArray(String[]::new));
        for (String[] cells : sample) {
            writeLine(cells);
        }
        sample = null;
    }

    private void writeLine(String[] cells) throws IOException {
        line.setLength(0);
        for (int i = 0; i < cells.length; i++) {
            String pad = " ".repeat(Math.max(0, widths[i] - cells[i].length()));
            boolean right = columns.get(i).rightAligned();
            line.append(right ? pad : "").append(cells[i]).append(right ? "" : pad).append(GAP);
        }
        line.setLength(line.toString().stripTrailing().length());
        out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
}
