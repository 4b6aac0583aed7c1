// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.sluice.shell.session.CommandException;

/**
 * Tab-separated lines under a header, read from a stream without making strings. Empty lines and lines that start with
 * {@code #} are skipped; a carriage return before the end of a line, blanks around a field and a missing last line end do
 * not matter. Not thread-safe.
 */
public final class TsvReader {
    /** Something to do before the reader waits for more input. */
    @FunctionalInterface
    public interface BeforeWaiting {
        void run() throws IOException;
    }

    private static final int CAPACITY = 1 << 17;
    private static final int LONGEST_LINE = 1 << 20;
    private static final int MAX_COLUMNS = 256;
    private static final int SHOWN_HEADER = 60;
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final InputStream in;
    private final String name;
    private final BeforeWaiting beforeWaiting;
    private final int[] starts = new int[MAX_COLUMNS];
    private final int[] ends = new int[MAX_COLUMNS];
    private final List<String> header;
    private byte[] buffer = new byte[CAPACITY];
    private int position;
    private int limit;
    private long consumed;
    private int columns;
    private int line;

    /** Reads the header. {@code name} is for messages. */
    public TsvReader(InputStream in, String name, BeforeWaiting beforeWaiting) throws IOException {
        this.in = in;
        this.name = name;
        this.beforeWaiting = beforeWaiting;
        fill();
        int mark = BYTE_ORDER_MARK.length;
        if (limit >= mark && Arrays.equals(buffer, 0, mark, BYTE_ORDER_MARK, 0, mark)) {
            position = mark;
        }
        List<String> names = new ArrayList<>();
        if (next()) {
            for (int i = 0; i < columns; i++) {
                names.add(text(i));
            }
        }
        header = List.copyOf(names);
    }

    /** Index of the first column with one of these names, or -1. */
    public int column(String... names) {
        for (String wanted : names) {
            int index = header.indexOf(wanted);
            if (index >= 0) {
                return index;
            }
        }
        return -1;
    }

    /** As {@link #column}, but there has to be one. */
    public int requiredColumn(String... names) {
        int index = column(names);
        if (index < 0) {
            String found = header.isEmpty() ? "it is empty" : "its first line is '" + shortened(String.join(" ", header)) + "'";
            throw new CommandException(name + ": no column '" + String.join("' or '", names) + "' in the header, " + found
                    + "; give tab-separated lines whose first line names the columns");
        }
        return index;
    }

    /** Goes to the next line; false at the end. */
    public boolean next() throws IOException {
        while (true) {
            int end = findLineEnd();
            if (end < 0) {
                return false;
            }
            int from = position;
            consumed += end - from + 1L;
            position = Math.min(end + 1, limit);
            line++;
            int last = end > from && buffer[end - 1] == '\r' ? end - 1 : end;
            if (last > from && buffer[from] != '#') {
                split(from, last);
                return true;
            }
        }
    }

    /** Number of the current line in the text, from 1. */
    public int line() {
        return line;
    }

    /** Bytes of the lines so far. */
    public long consumed() {
        return consumed;
    }

    public String name() {
        return name;
    }

    /** Whether the current line says something in that column; {@code -} says nothing. */
    public boolean has(int column) {
        if (column < 0 || column >= columns || starts[column] == ends[column]) {
            return false;
        }
        return ends[column] - starts[column] != 1 || buffer[starts[column]] != '-';
    }

    /** Bytes that hold the current line; valid until {@link #next}. */
    byte[] buffer() {
        return buffer;
    }

    int start(int column) {
        return starts[column];
    }

    int end(int column) {
        return ends[column];
    }

    String text(int column) {
        return new String(buffer, starts[column], ends[column] - starts[column], StandardCharsets.UTF_8);
    }

    private static String shortened(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\ufffd]+", "?");
        return line.length() <= SHOWN_HEADER ? line : line.substring(0, SHOWN_HEADER) + "...";
    }

    /** Index of the end of the line at {@link #position}, which may be {@link #limit} for the last; -1 at the end. */
    private int findLineEnd() throws IOException {
        int at = position;
        while (true) {
            while (at < limit) {
                if (buffer[at] == '\n') {
                    return at;
                }
                at++;
            }
            int done = at - position;
            if (!fill()) {
                return position < limit ? limit : -1;
            }
            at = position + done;
        }
    }

    /** Moves the rest of the buffer to its start and reads more; false at the end of the stream. */
    private boolean fill() throws IOException {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
        if (limit == buffer.length) {
            if (limit >= LONGEST_LINE) {
                throw new CommandException(name + ": line " + (line + 1) + " is longer than a megabyte: not a tab-separated text");
            }
            buffer = Arrays.copyOf(buffer, limit * 2);
        }
        if (in.available() == 0) {
            beforeWaiting.run();
        }
        int count = in.read(buffer, limit, buffer.length - limit);
        if (count <= 0) {
            return false;
        }
        limit += count;
        return true;
    }

    private void split(int from, int last) {
        columns = 0;
        int start = from;
        for (int at = from; at <= last && columns < MAX_COLUMNS; at++) {
            if (at == last || buffer[at] == '\t') {
                field(start, at);
                start = at + 1;
            }
        }
    }

    private void field(int start, int end) {
        int from = start;
        int to = end;
        while (from < to && buffer[from] == ' ') {
            from++;
        }
        while (to > from && buffer[to - 1] == ' ') {
            to--;
        }
        starts[columns] = from;
        ends[columns] = to;
        columns++;
    }
}
