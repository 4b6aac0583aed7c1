// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns. Widths are taken from the first rows only, so that a table of any length passes through; a later cell
 * that is wider shifts its own line. A short table leaves out columns in which no row has a value.
 */
final class TableRenderer<T> extends Renderer<T> {
    private static final int SAMPLE = 500;
    private static final String GAP = "  ";

    private final List<Column<T>> columns;
    private final OutputStream out;
    private final StringBuilder line = new StringBuilder();
    /** Of each column's cells so far; 0 while it has no value. */
    private final int[] widths;
    private final int sampleSize;
    private List<String[]> sample = new ArrayList<>();

    TableRenderer(Schema<T> schema, OutputStream out) {
        this(schema, out, SAMPLE);
    }

    /** @param sampleSize rows to hold back for their widths; 1 for rows that somebody waits for */
    TableRenderer(Schema<T> schema, OutputStream out, int sampleSize) {
        this.sampleSize = sampleSize;
        columns = schema.tableColumns();
        this.out = out;
        widths = new int[columns.size()];
    }

    @Override
    public void row(T row) throws IOException {
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
            if (!cells[i].equals(Column.NONE)) {
                widths[i] = Math.max(widths[i], cells[i].length());
            }
        }
        if (sample.size() == sampleSize) {
            // More is to come, and it may have what these rows lack.
            for (int i = 0; i < cells.length; i++) {
                widths[i] = Math.max(widths[i], Math.max(columns.get(i).leastWidth(), 1));
            }
            writeSample();
        }
    }

    @Override
    public void finish() throws IOException {
        if (sample != null && !sample.isEmpty()) {
            writeSample();
        }
    }

    private void writeSample() throws IOException {
        String[] titles = columns.stream().map(Column::title).toArray(String[]::new);
        for (int i = 0; i < titles.length; i++) {
            widths[i] = widths[i] == 0 ? 0 : Math.max(widths[i], titles[i].length());
        }
        writeLine(titles);
        for (String[] cells : sample) {
            writeLine(cells);
        }
        sample = null;
    }

    private void writeLine(String[] cells) throws IOException {
        line.setLength(0);
        for (int i = 0; i < cells.length; i++) {
            if (widths[i] == 0) {
                continue;
            }
            String pad = " ".repeat(Math.max(0, widths[i] - cells[i].length()));
            boolean right = columns.get(i).rightAligned();
            line.append(right ? pad : "").append(cells[i]).append(right ? "" : pad).append(GAP);
        }
        out.write((line.toString().stripTrailing() + '\n').getBytes(StandardCharsets.UTF_8));
    }
}
