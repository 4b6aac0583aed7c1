// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.sluice.machine.IommuException;

/** Runs the work of one command and turns whatever ends it into what its user should see. */
public final class CommandRun {
    /** The work of a command. */
    public interface Work {
        void run() throws IOException;
    }

    private CommandRun() {
    }

    /**
     * Runs {@code work} and hands on its answer.
     *
     * @throws CommandException if it could not be done; the answer so far may be incomplete
     * @throws InterruptedException if the user interrupted it
     */
    public static void run(Console console, Work work) throws InterruptedException {
        try {
            work.run();
            console.flush();
        } catch (AnswerStream.Closed quiet) {
            // The reader has seen enough, as with "head".
        } catch (IOException e) {
            throw failure(e);
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof AnswerStream.Closed)) {
                throw failure(e.getCause());
            }
        } catch (InterruptedAnswer e) {
            throw new InterruptedException();
        } catch (CommandException e) {
            throw e;
        } catch (IommuException e) {
            throw new CommandException(e.getMessage(), e);
        } catch (RuntimeException | StackOverflowError e) {
            throw new CommandException("internal error (" + e.getClass().getSimpleName() + ")" + details(e) + "; please report it", e);
        } finally {
            console.clearProgress();
        }
    }

    /** A stack trace is for us and not for the user's screen; a single command keeps no log to look it up in. */
    private static String details(Throwable thrown) {
        try {
            Path file = Files.createTempFile("sluice-error-", ".log");
            try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8))) {
                thrown.printStackTrace(writer);
            }
            return "; details in " + file;
        } catch (IOException unwritable) {
            return "";
        }
    }

    private static CommandException failure(IOException e) {
        return new CommandException("input or output failed: " + (e.getMessage() == null ? e : e.getMessage()), e);
    }
}
