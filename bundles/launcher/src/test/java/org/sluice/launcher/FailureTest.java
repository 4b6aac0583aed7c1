// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.karaf.shell.support.CommandException;
import org.junit.Test;

public class FailureTest {
    @Test
    public void aSentenceStaysAsItIs() {
        assertEquals("table-walk: no such file: x; try: y",
                Failure.line("table-walk", new IllegalArgumentException("no such file: x; try: y")));
    }

    @Test
    public void severalLinesAndColoursBecomeOnePlainLine() {
        assertEquals("c: one two", Failure.line("c", new IllegalStateException("\u001b[31mone\u001b[0m\n  two\n")));
    }

    @Test
    public void aWrongArgumentPointsToTheHelp() {
        assertEquals("c: too many arguments specified; try: ./sluice help c",
                Failure.line("c", new CommandException("Error executing command iommu:c: too many arguments specified")));
    }

    @Test
    public void ourOwnMistakeShowsNoExceptionText() throws Exception {
        String line = Failure.line("c", new NullPointerException("Cannot invoke \"X.y()\""));
        assertFalse(line, line.contains("Cannot invoke"));
        assertTrue(line, line.startsWith("c: internal error (NullPointerException); details in "));
        Path details = Path.of(line.substring(line.lastIndexOf(' ') + 1));
        assertTrue(Files.readString(details).contains("Cannot invoke"));
        Files.delete(details);
    }

    @Test
    public void noMemorySaysHowToGiveMore() {
        assertTrue(Failure.line("c", new OutOfMemoryError("Java heap space")).contains("SLUICE_OPTS=-Xmx"));
    }
}
