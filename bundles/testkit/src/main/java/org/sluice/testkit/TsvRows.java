// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import org.sluice.machine.Hex;

/** Reads the tab-separated files of a capture: a header line, then rows; {@code -} stands for none. */
public final class TsvRows {
    private static final String NONE = "-";

    private TsvRows() {
    }

    /** Rows of {@code file} of capture {@code name}, for instance {@code expected-translations.tsv}. */
    public static List<Row> ofCapture(String name, String file) {
        return read(Captures.path(name).resolve(file));
    }

    /**
     * @throws IllegalArgumentException if a row has not as many cells as the header, with its line
     */
    public static List<Row> read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return parse(file.getFileName().toString(), lines);
    }

    /** The lines of a file of that name. */
    static List<Row> parse(String name, List<String> lines) {
        String[] header = lines.get(0).split("\t", -1);
        List<Row> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split("\t", -1);
            if (cells.length != header.length) {
                throw new IllegalArgumentException(name + " line " + (i + 1) + " has " + cells.length + " cells, not " + header.length);
            }
            Map<String, String> row = new LinkedHashMap<>();
            for (int c = 0; c < cells.length; c++) {
                row.put(header[c], cells[c]);
            }
            rows.add(new Row(i + 1, row));
        }
        return rows;
    }

    /**
     * One row.
     *
     * @param line its line in the file, from 1
     * @param cells by column, as they stand
     */
    public record Row(int line, Map<String, String> cells) {
        /** The cell, or empty for {@code -}; a column that is not there is an error of the test. */
        public Optional<String> text(String column) {
            String cell = cells.get(column);
            if (cell == null) {
                throw new IllegalArgumentException("no column '" + column + "' in " + cells.keySet());
            }
            return cell.equals(NONE) ? Optional.empty() : Optional.of(cell);
        }

        /** The cell as a number, {@code 0x...} or decimal. */
        public OptionalLong number(String column) {
            return text(column).map(cell -> OptionalLong.of(Hex.parse(cell))).orElse(OptionalLong.empty());
        }

        /** The part before {@code |}, which is the architecture's where the emulated unit differs. */
        public Optional<String> architecture(String column) {
            return text(column).map(cell -> cell.split("\\|", 2)[0]);
        }

        /** The part after {@code |}, which is the emulated unit's, or the whole cell. */
        public Optional<String> emulator(String column) {
            return text(column).map(cell -> cell.substring(cell.indexOf('|') + 1));
        }

        @Override
        public String toString() {
            return "line " + line + ": " + String.join(" ", cells.values());
        }
    }
}
