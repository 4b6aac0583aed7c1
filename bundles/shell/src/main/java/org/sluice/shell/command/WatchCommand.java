// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Option;
import org.sluice.api.Machine;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.WatchService.Pace;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** A command that looks at its machine again and again, until a limit or Ctrl-C. */
abstract class WatchCommand extends MachineCommand {
    private static final long SECOND = 1000;

    @Option(name = "--interval", description = "Milliseconds from one look to the next; 1000 by default")
    private String interval;

    @Option(name = "--count", description = "End after this many looks")
    private String count;

    @Option(name = "--for", description = "End after this many seconds")
    private String seconds;

    @Override
    protected final Outcome run(Console console, Machine target) {
        throw new IllegalStateException("a watch needs the lease");
    }

    /** The pace that was asked for. */
    Pace pace() {
        return new Pace(limit(interval, SECOND), limit(count, 0), limit(seconds, 0) * SECOND);
    }

    private static long limit(String text, long absent) {
        long value = text == null ? absent : Arguments.number(text);
        if (text != null && (value <= 0 || value > Integer.MAX_VALUE)) {
            throw new CommandException("'" + text + "' is out of range: it must be a number from 1 to " + Integer.MAX_VALUE);
        }
        return value;
    }

    @Override
    abstract Outcome run(Console console, Lease lease) throws IOException;
}
