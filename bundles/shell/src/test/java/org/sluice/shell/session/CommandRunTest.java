// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.Test;
import org.sluice.api.InspectService.Coverage;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.shell.render.Format;
import org.sluice.shell.render.Schema;

public class CommandRunTest {
    private static final Schema<Integer> NUMBERS = Schema.of(Integer.class).number("n", n -> n).build();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    public void answerIsHandedOnAtTheEnd() throws Exception {
        Console console = console(out, Format.JSON);
        CommandRun.run(console, () -> console.all(NUMBERS, List.of(1, 2), "nothing"));
        assertEquals("{\"n\":1}\n{\"n\":2}\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    public void closedPipeEndsTheWorkQuietly() throws Exception {
        int[] asked = new int[1];
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Console console = console(closed, Format.JSON);
        CommandRun.run(console, () -> {
            Rows<Integer> rows = console.rows(NUMBERS);
            for (; asked[0] < 10_000_000; asked[0]++) {
                rows.accept(asked[0]);
            }
        });
        assertTrue("went on for " + asked[0] + " rows", asked[0] < 50_000);
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    public void interruptIsSeenAtTheNextRow() {
        Console console = console(out, Format.JSON);
        assertThrows(InterruptedException.class, () -> CommandRun.run(console, () -> {
            Rows<Integer> rows = console.rows(NUMBERS);
            Thread.currentThread().interrupt();
            rows.accept(1);
        }));
    }

    @Test
    public void interruptIsSeenByWorkWithoutRows() {
        Console console = console(out, Format.JSON);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> CommandRun.run(console, () -> console.progress().at("opening", 0, -1)));
    }

    @Test
    public void failuresAreOneLine() {
        assertFailure("no unit knows it: see device-list",
                new IommuException(Reason.UNKNOWN_DEVICE, "no unit knows it:\n see device-list"));
        assertFailure("input or output failed: gone", new NoSuchFileException("gone"));
    }

    @Test
    public void unexpectedFailureKeepsItsTraceOffTheScreen() throws IOException {
        Console console = console(out, Format.TABLE);
        CommandException failure = assertThrows(CommandException.class, () -> CommandRun.run(console, () -> {
            throw new IllegalStateException("secret");
        }));
        Matcher details = Pattern.compile("internal error \\(IllegalStateException\\); details in (.*); please report it")
                .matcher(failure.getMessage());
        assertTrue(failure.getMessage(), details.matches());
        Path file = Path.of(details.group(1));
        assertTrue(Files.readString(file).contains("secret"));
        Files.delete(file);
    }

    @Test
    public void gapsAreOneLineOnStandardError() {
        console(out, Format.TABLE).gaps(new Coverage(9, List.of(), 0));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        console(out, Format.TABLE).gaps(new Coverage(9, List.of(0x7000L, 0x9000L), 2));
        assertEquals("incomplete: 2 tables not in the image, the first at 0x7000\n", err.toString(StandardCharsets.UTF_8));
    }

    private void assertFailure(String expected, Exception thrown) {
        Console console = console(out, Format.TABLE);
        CommandException failure = assertThrows(CommandException.class, () -> CommandRun.run(console, () -> {
            if (thrown instanceof IOException e) {
                throw e;
            }
            throw (RuntimeException) thrown;
        }));
        assertEquals(expected, failure.getMessage());
    }

    private Console console(OutputStream to, Format format) {
        return new Console(new PrintStream(to), new PrintStream(err, true), format, false, false);
    }
}
