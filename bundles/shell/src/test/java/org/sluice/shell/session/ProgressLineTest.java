// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import org.junit.Test;

public class ProgressLineTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private long now;
    private final ProgressLine line = new ProgressLine(new PrintStream(shown, true, StandardCharsets.UTF_8), () -> now);

    @Test
    public void workOfLessThanASecondShowsNothing() {
        line.at("reading", 0, 100);
        now += SECOND - 1;
        line.at("reading", 99, 100);
        line.clear();
        assertEquals("", text());
    }

    @Test
    public void lineIsRewrittenNowAndThenAndGoneAtTheEnd() {
        line.at("reading", 0, 4000);
        now += SECOND;
        line.at("reading", 1000, 4000);
        now += SECOND / 10;
        line.at("reading", 1100, 4000);
        now += SECOND;
        line.at("reading", 4000, 4000);
        line.clear();
        line.clear();
        String first = "reading 25%, 1000/s, 3 s left";
        String last = "reading 100%, 1905/s";
        String cover = " ".repeat(first.length() - last.length());
        assertEquals("\r" + first + "\r" + last + cover + "\r" + " ".repeat(last.length()) + "\r", text());
    }

    @Test
    public void textHasRateAndTimeLeftAsFarAsTheyAreKnown() {
        assertEquals("translating 50%, 2.0M/s, 2 min 5 s left", ProgressLine.text("translating", 250_000_000, 500_000_000, 125));
        assertEquals("translating 12345, 12k/s", ProgressLine.text("translating", 12345, -1, 1));
        assertEquals("translating 0%, 0/s", ProgressLine.text("translating", 0, 10, 5));
    }

    @Test
    public void interruptEndsTheWork() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedAnswer.class, () -> line.at("reading", 0, 1));
    }

    private String text() {
        return shown.toString(StandardCharsets.UTF_8);
    }
}
