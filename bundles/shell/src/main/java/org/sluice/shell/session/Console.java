// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.sluice.api.InspectService.Coverage;
import org.sluice.api.Progress;
import org.sluice.machine.Hex;
import org.sluice.shell.render.Format;
import org.sluice.shell.render.Renderer;
import org.sluice.shell.render.Schema;
import org.sluice.shell.render.VerticalRenderer;

/**
 * The streams of one command: standard output for the answer and nothing else, standard error for remarks and progress.
 * Not thread-safe.
 */
public final class Console {
    /** System property by which the launcher says that standard error is a terminal. */
    public static final String TERMINAL = "sluice.stderr.tty";
    /** System property with the width of the terminal that standard output is; the launcher sets it only if it is one. */
    public static final String COLUMNS = "sluice.columns";

    private final PrintStream err;
    private final Format format;
    private final ProgressLine progress;
    private final OutputStream answer;

    /**
     * @param outShows whether {@code out} is a terminal: then progress gets out of the way of each piece of the answer
     * @param errShows whether {@code err} is a terminal, and progress may show there
     */
    public Console(PrintStream out, PrintStream err, Format format, boolean outShows, boolean errShows) {
        this.err = err;
        this.format = format;
        progress = errShows ? new ProgressLine(err, System::nanoTime) : null;
        answer = new AnswerStream(out, outShows ? this::clearProgress : () -> { });
    }

    public Format format() {
        return format;
    }

    /** Rows of one kind in the format asked for. */
    public <T> Rows<T> rows(Schema<T> schema) throws IOException {
        return new Rows<>(Renderer.of(format, schema, answer));
    }

    /** Rows that come one by one while their reader watches. */
    public <T> Rows<T> live(Schema<T> schema) throws IOException {
        return new Rows<>(Renderer.live(format, schema, answer));
    }

    /** Shows a watching reader all that there is so far. */
    public void show() {
        try {
            answer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A single record: a table shows it as one line per field. */
    public <T> void record(Schema<T> schema, T row) throws IOException {
        Renderer<T> renderer = format == Format.TABLE
                ? new VerticalRenderer<>(schema, answer) : Renderer.of(format, schema, answer);
        renderer.row(row);
        renderer.finish();
    }

    /** Rows in the format asked for, all at hand; without any, a table says {@code nothing}. */
    public <T> void all(Schema<T> schema, List<T> list, String nothing) throws IOException {
        Rows<T> rows = rows(schema);
        list.forEach(rows);
        rows.finish(this, nothing);
    }

    /** A line for people: only where the answer is a table. */
    public void remark(String line) throws IOException {
        if (format == Format.TABLE) {
            answer.write((line + '\n').getBytes(StandardCharsets.UTF_8));
        }
    }

    /** An empty line between two tables in one answer. */
    public void gap() throws IOException {
        if (format != Format.JSON) {
            answer.write('\n');
        }
    }

    /** A line on standard error, in every format. */
    public void warn(String line) {
        clearProgress();
        err.println(line);
    }

    /** Ends a command that its user has interrupted and that has seen to it, with a line on standard error that says how things stand. */
    public RuntimeException interrupted(String line) {
        warn(line);
        return new InterruptedAnswer();
    }

    /** Says what the answer lacks because the image does not hold it. */
    public void gaps(Coverage coverage) {
        if (coverage.unknownCount() == 0) {
            return;
        }
        String first = coverage.unknown().isEmpty() ? "" : ", the first at " + Hex.of(coverage.unknown().get(0));
        warn("incomplete: " + counted(coverage.unknownCount(), "table") + " not in the image" + first);
    }

    /** {@code 1 device}, {@code 12 devices}. */
    public static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    public Progress progress() {
        return progress == null ? (what, done, total) -> InterruptedAnswer.check() : progress;
    }

    /** Hands on all that was answered. */
    public void flush() throws IOException {
        answer.flush();
    }

    void clearProgress() {
        if (progress != null) {
            progress.clear();
        }
    }
}
