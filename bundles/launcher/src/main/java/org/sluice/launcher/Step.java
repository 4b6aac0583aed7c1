// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a tour: a remark ({@code # text}), or a command with the status that it should end with
 * ({@code [1] command}; 0 without the bracket).
 */
record Step(String remark, String command, int expected) {
    private static final Pattern EXPECTED = Pattern.compile("\\[(\\d)\\]\\s+(.*)");

    static List<Step> parse(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        for (String raw : lines) {
            String line = raw.strip();
            Matcher bracket = EXPECTED.matcher(line);
            if (line.isEmpty() || line.startsWith("//")) {
                continue;
            } else if (line.startsWith("#")) {
                steps.add(new Step(line.substring(1).strip(), null, Status.DONE));
            } else if (bracket.matches()) {
                steps.add(new Step(null, bracket.group(2), Integer.parseInt(bracket.group(1))));
            } else {
                steps.add(new Step(null, line, Status.DONE));
            }
        }
        return steps;
    }
}
