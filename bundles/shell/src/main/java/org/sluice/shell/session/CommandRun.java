// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

import org.sluice.machine.IommuException;

/** Runs the work of one command and turns whatever ends it into what its user should see. */
public final class CommandRun {
    private static final Logger LOG = System.getLogger("org.sluice.shell");

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
            // No exception text reaches a user; whoever looks into it finds the log.
            LOG.log(Level.ERROR, "a command ended unexpectedly", e);
            throw new CommandException("internal error (" + e.getClass().getSimpleName()
                    + "); the log has the details, see log:display; please report it with the input", e);
        } finally {
            console.clearProgress();
        }
    }

    private static CommandException failure(IOException e) {
        return new CommandException("input or output failed: " + (e.getMessage() == null ? e : e.getMessage()), e);
    }
}
