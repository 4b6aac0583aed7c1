// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.Test;

/** Habits that hold in every source file. */
public class SourceTest {
    private static final String LICENCE = "SPDX-License-Identifier: Apache-2.0";
    private static final int LONGEST_BUNDLE_POM = 40;
    private static final Pattern PRIVATE = Pattern.compile("[\"'` (=](/root|/home|/work|/tmp/w" + "t)/");
    private static final Pattern MARK = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

    @Test
    public void everySourceNamesItsLicence() {
        List<Path> files = new ArrayList<>();
        for (String end : List.of(".java", ".xml", ".cfg", ".properties", ".sluice", ".script", "sluice", "run")) {
            files.addAll(Project.sources(end));
        }
        check(files, lines -> lines.stream().limit(4).noneMatch(line -> line.contains(LICENCE)), "names no licence");
    }

    @Test
    public void marksNameAnIssue() {
        List<String> broken = new ArrayList<>();
        for (Path file : Project.sources(".java")) {
            List<String> lines = Project.lines(file);
            IntStream.range(0, lines.size()).filter(i -> MARK.matcher(lines.get(i)).find() && !lines.get(i).matches(".*#\\d+.*"))
                    .forEach(i -> broken.add(Project.TOP.relativize(file) + ":" + (i + 1)));
        }
        assertEquals(List.of(), broken);
    }

    /** What works on one machine only is a leftover of somebody's work there. */
    @Test
    public void noSourceNamesAFolderOfItsAuthor() {
        for (String end : List.of(".java", ".md", ".xml", ".cfg")) {
            check(Project.sources(end), lines -> lines.stream().anyMatch(line -> PRIVATE.matcher(line).find()), "names a folder of one machine");
        }
    }

    @Test
    public void aBundleNeedsNoLongPom() {
        check(Project.sources("pom.xml").stream().filter(p -> p.startsWith(Project.TOP.resolve("bundles")))
                        .filter(p -> !Project.lines(p).toString().contains("<modules>")).toList(),
                lines -> lines.size() > LONGEST_BUNDLE_POM, "has over " + LONGEST_BUNDLE_POM + " lines");
    }

    private static void check(List<Path> files, Predicate<List<String>> broken, String what) {
        assertEquals(List.of(), files.stream().filter(file -> broken.test(Project.lines(file)))
                .map(file -> Project.TOP.relativize(file) + " " + what).toList());
    }
}
