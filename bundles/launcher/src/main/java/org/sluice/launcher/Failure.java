// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.karaf.shell.support.CommandException;

/** Turns what a command threw into the one line that a user reads. */
final class Failure {
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*[A-Za-z]");
    private static final Pattern USAGE = Pattern.compile("^Error executing command \\S+: ");

    private Failure() {
    }

    static String line(String command, Throwable thrown) {
        String text = thrown.getMessage() == null ? "" : withoutColour(thrown.getMessage());
        text = text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
        if (thrown instanceof CommandException) {
            return command + ": " + USAGE.matcher(text).replaceFirst("") + "; try: ./sluice help " + command;
        }
        if (thrown instanceof OutOfMemoryError) {
            return command + ": out of memory at " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB; try: SLUICE_OPTS=-Xmx4g ./sluice " + command + " ...";
        }
        if (text.isEmpty() || isOurMistake(thrown)) {
            return command + ": internal error (" + thrown.getClass().getSimpleName() + ")" + details(thrown);
        }
        return command + ": " + text;
    }

    static String withoutColour(String text) {
        return COLOUR.matcher(text).replaceAll("");
    }

    /** These carry no sentence for a user, whatever their message says. */
    private static boolean isOurMistake(Throwable thrown) {
        return thrown instanceof NullPointerException || thrown instanceof IndexOutOfBoundsException
                || thrown instanceof ClassCastException || thrown instanceof ArithmeticException
                || thrown instanceof Error;
    }

    /** The stack trace goes to a file: it is for us and not for the user's screen. */
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
}
