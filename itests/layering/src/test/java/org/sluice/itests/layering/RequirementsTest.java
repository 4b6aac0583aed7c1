// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.Test;

/** Every test that {@code docs/requirements.md} names is there. */
public class RequirementsTest {
    private static final Pattern ROW = Pattern.compile("\\| ([A-Z]{3}-\\d{2}) \\|.*\\|(.*)\\|");
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+(?:Test|IT))(?:\\.(\\w+)\\*?)?`");

    @Test
    public void namedTestsExist() {
        List<Path> tests = Project.sources(".java").stream().filter(file -> file.toString().contains("/src/test/")).toList();
        List<String> missing = new ArrayList<>();
        int rows = 0;
        for (String line : Project.lines(Project.TOP.resolve("docs/requirements.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows++;
                Matcher name = NAME.matcher(row.group(2));
                boolean any = false;
                while (name.find()) {
                    any = true;
                    String method = name.group(2);
                    String file = name.group(1) + ".java";
                    if (tests.stream().noneMatch(t -> t.endsWith(file) && (method == null || Project.lines(t).toString().contains("void " + method)))) {
                        missing.add(row.group(1) + ": " + name.group());
                    }
                }
                if (!any) {
                    missing.add(row.group(1) + " names no test");
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(rows + " rows", rows >= 27);
    }
}
