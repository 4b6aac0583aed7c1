// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import net.sourceforge.pmd.cpd.CPDConfiguration;
import net.sourceforge.pmd.cpd.CpdAnalysis;
import net.sourceforge.pmd.cpd.Mark;
import net.sourceforge.pmd.cpd.Match;
import net.sourceforge.pmd.lang.LanguageRegistry;
import net.sourceforge.pmd.lang.document.FileLocation;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What two backends have in common stands in the kit, once: no exception is made for any file. */
public class DuplicateTest {
    /** About fifteen lines. The kit's shortest parts that backends share are as long. */
    private static final int TOKENS = 100;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void noBackendRepeatsAnotherOrTheKit() throws IOException {
        Path bundles = Project.TOP.resolve("bundles");
        List<Path> files = new ArrayList<>();
        for (Path file : Project.sources(".java")) {
            String within = bundles.relativize(file).toString().replace('\\', '/');
            if (file.startsWith(bundles) && within.contains("/src/main/") && (within.startsWith("backends/") || within.startsWith("kit/"))) {
                files.add(file);
            }
        }
        assertTrue("sources are found: " + files.size(), files.size() > 100);
        assertEquals(List.of(), duplicates(files));
    }

    /** The scan sees a copy, or the test above proves nothing. */
    @Test
    public void aCopyIsFound() throws IOException {
        Path own = Project.TOP.resolve("itests/layering/src/test/java").resolve(DuplicateTest.class.getName().replace('.', '/') + ".java");
        Path copy = folder.newFile("Copy.java").toPath();
        Files.writeString(copy, Files.readString(own).replace("DuplicateTest", "Copy"), StandardCharsets.UTF_8);
        List<String> found = duplicates(List.of(own, copy));
        assertTrue(found.toString(), found.stream().anyMatch(match -> match.contains("Copy.java") && match.contains("DuplicateTest.java")));
    }

    private static List<String> duplicates(List<Path> files) throws IOException {
        CPDConfiguration configuration = new CPDConfiguration();
        configuration.setMinimumTileSize(TOKENS);
        configuration.setOnlyRecognizeLanguage(LanguageRegistry.CPD.getLanguageById("java"));
        configuration.setSourceEncoding(StandardCharsets.UTF_8);
        files.forEach(configuration::addInputPath);
        List<String> found = new ArrayList<>();
        try (CpdAnalysis analysis = CpdAnalysis.create(configuration)) {
            analysis.performAnalysis(report -> {
                assertEquals("every file was read", List.of(), report.getProcessingErrors());
                report.getMatches().forEach(match -> found.add(text(match)));
            });
        }
        return found;
    }

    private static String text(Match match) {
        StringBuilder text = new StringBuilder(match.getTokenCount() + " tokens:");
        for (Mark mark : match) {
            FileLocation place = mark.getLocation();
            text.append(' ').append(place.getFileId().getFileName()).append(':').append(place.getStartLine());
        }
        return text.toString();
    }
}
