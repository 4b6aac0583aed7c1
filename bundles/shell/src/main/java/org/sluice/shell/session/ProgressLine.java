// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

import org.sluice.api.Progress;

/**
 * One line on a terminal that shows how far a long work has come, with rate and time left. It appears after a second, is
 * rewritten a few times a second, and is gone at the end.
 */
final class ProgressLine implements Progress {
    private static final long NANOS = 1_000_000_000L;
    private static final long FIRST_AFTER = NANOS;
    private static final long PERIOD = NANOS / 5;
    private static final int SECONDS_IN_MINUTE = 60;

    private final PrintStream terminal;
    private final LongSupplier nanoTime;
    private String work = "";
    private long started;
    private long next;
    private int shown;

    /** @param terminal where to show it */
    ProgressLine(PrintStream terminal, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @Override
    public void at(String what, long done, long total) {
        InterruptedAnswer.check();
        long now = nanoTime.getAsLong();
        if (!what.equals(work)) {
            work = what;
            started = now;
            next = now + FIRST_AFTER;
        }
        if (now < next) {
            return;
        }
        next = now + PERIOD;
        show(text(what, done, total, (now - started) / (double) NANOS));
    }

    /** Takes the line off the terminal. */
    void clear() {
        if (shown > 0) {
            terminal.print("\r" + " ".repeat(shown) + "\r");
            terminal.flush();
            shown = 0;
        }
    }

    private void show(String text) {
        String rest = " ".repeat(Math.max(0, shown - text.length()));
        terminal.print("\r" + text + rest);
        terminal.flush();
        shown = text.length();
    }

    static String text(String what, long done, long total, double seconds) {
        double rate = done / Math.max(seconds, 1e-9);
        StringBuilder text = new StringBuilder(what);
        if (total > 0) {
            text.append(String.format(Locale.ROOT, " %d%%", Math.min(100, Math.round(100.0 * done / total))));
        } else {
            text.append(' ').append(done);
        }
        text.append(", ").append(perSecond(rate));
        if (total > done && done > 0) {
            text.append(", ").append(duration((total - done) / rate)).append(" left");
        }
        return text.toString();
    }

    private static String perSecond(double rate) {
        if (rate >= 1e6) {
            return String.format(Locale.ROOT, "%.1fM/s", rate / 1e6);
        }
        return rate >= 1e4 ? String.format(Locale.ROOT, "%.0fk/s", rate / 1e3) : String.format(Locale.ROOT, "%.0f/s", rate);
    }

    private static String duration(double seconds) {
        long whole = (long) Math.ceil(seconds);
        return whole < SECONDS_IN_MINUTE ? whole + " s" : whole / SECONDS_IN_MINUTE + " min " + whole % SECONDS_IN_MINUTE + " s";
    }
}
