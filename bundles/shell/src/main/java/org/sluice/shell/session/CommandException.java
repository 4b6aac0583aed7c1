// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

/**
 * A command could not be done (exit status 2). The message is one line: what, why, and what to try.
 *
 * <p>The simple name matters: Karaf's shell prints {@link #getNiceHelp()} of exceptions called {@code CommandException}
 * as it is, and an "Error executing command" with a logged stack trace for all others.
 */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        this(message, null);
    }

    public CommandException(String message, Throwable cause) {
        super(message.replaceAll("[\\p{Cntrl} ]+", " ").strip(), cause);
    }

    /** What Karaf prints. */
    public String getNiceHelp() {
        return getMessage();
    }
}
