// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

import org.sluice.api.Progress;
import org.sluice.shell.bulk.QuestionFile;
import org.sluice.shell.bulk.TsvReader;
import org.sluice.shell.render.Schema;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;
import org.sluice.shell.session.UserPaths;

/** The option {@code --from}: one answer per line of a file or of standard input, in order. */
final class Bulk {
    static final String STANDARD_INPUT = "-";
    private static final int PROGRESS_EVERY = 1 << 12;

    private Bulk() {
    }

    /** @param questions makes of lines the questions that they are */
    static <R> Outcome answer(Console console, String from, String work, Schema<R> schema,
            Function<TsvReader, QuestionFile<R>> questions) throws IOException {
        long size = from.equals(STANDARD_INPUT) ? -1 : Files.size(file(from));
        try (InputStream in = open(from)) {
            Rows<R> rows = console.rows(schema);
            // Whoever asks line by line over a pipe gets each answer before the next question is awaited.
            TsvReader lines = new TsvReader(in, from.equals(STANDARD_INPUT) ? "standard input" : from, () -> {
                rows.flush();
                console.flush();
            });
            QuestionFile<R> file = questions.apply(lines);
            Progress progress = console.progress();
            boolean complete = true;
            while (file.next()) {
                R row = file.answer();
                complete &= !file.isUnknown(row);
                rows.accept(row);
                if (rows.count() % PROGRESS_EVERY == 0) {
                    progress.at(work, rows.count(), size < 0 ? -1 : (long) ((double) rows.count() * size / lines.consumed()));
                }
            }
            rows.finish(console, lines.name() + " has no row below its header");
            return Outcome.positiveIf(complete);
        }
    }

    private static Path file(String from) {
        Path path = UserPaths.resolve(from);
        if (Files.isDirectory(path)) {
            throw new CommandException(from + " is a directory: name a tab-separated file, or - for standard input");
        }
        if (!Files.exists(path)) {
            throw new CommandException("no such file: " + path + "; name a tab-separated file, or - for standard input");
        }
        if (!Files.isReadable(path)) {
            throw new CommandException(path + " may not be read: look at its permissions");
        }
        return path;
    }

    private static InputStream open(String from) throws IOException {
        if (!from.equals(STANDARD_INPUT)) {
            return Files.newInputStream(file(from));
        }
        return new FilterInputStream(System.in) {
            @Override
            public void close() {
                // The session's input outlives the command.
            }
        };
    }
}
