// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What the start script asks for. It passes each argument as a system property of its own, so that no shell, neither the
 * system's nor gogo, ever reads spaces, quotes or dollar signs in them a second time.
 */
record Arguments(Mode mode, List<String> values) {
    enum Mode {
        /** A console or a server: nothing to run. */
        NONE,
        /** One command; the values are its words. */
        COMMAND,
        /** Console language; the only value is the text. */
        SCRIPT,
        /** Console language, read from the standard input. */
        INPUT,
        /** A file of steps, each shown before it runs. */
        TOUR
    }

    Arguments {
        values = List.copyOf(values);
    }

    static Arguments from(UnaryOperator<String> properties) {
        String mode = properties.apply("sluice.mode");
        if (mode == null || mode.isEmpty()) {
            return new Arguments(Mode.NONE, List.of());
        }
        List<String> values = new ArrayList<>();
        for (String value; (value = properties.apply("sluice.arg." + values.size())) != null; ) {
            values.add(value);
        }
        return new Arguments(switch (mode) {
            case "command" -> Mode.COMMAND;
            case "script" -> Mode.SCRIPT;
            case "input" -> Mode.INPUT;
            case "tour" -> Mode.TOUR;
            default -> throw new IllegalArgumentException("sluice.mode is " + mode);
        }, values);
    }
}
