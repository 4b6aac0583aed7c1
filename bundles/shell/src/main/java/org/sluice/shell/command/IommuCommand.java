// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.sluice.shell.render.Format;
import org.sluice.shell.session.CommandRun;
import org.sluice.shell.session.Console;

/**
 * What all commands share: the choice of format, and the session variable {@value #STATUS}, which is 0 or 1 after a
 * command that could be done and 2 after one that threw.
 */
public abstract class IommuCommand implements Action {
    public static final String SCOPE = "iommu";
    public static final String STATUS = "status";
    static final int FAILED = 2;

    @Reference
    private Session session;

    @Option(name = "--json", description = "One JSON object per line")
    private boolean json;

    @Option(name = "--no-format", description = "Tab-separated, exact values, without alignment")
    private boolean noFormat;

    @Override
    public final Object execute() throws Exception {
        session.put(STATUS, FAILED);
        Format format = json ? Format.JSON : noFormat ? Format.PLAIN : Format.TABLE;
        // Only an interactive console has a history; any other session is the launcher's, which knows what its streams are.
        boolean interactive = session.getHistory() != null;
        Console console = new Console(System.out, System.err, format, interactive || System.getProperty(Console.COLUMNS) != null,
                interactive || Boolean.getBoolean(Console.TERMINAL));
        Outcome[] outcome = {Outcome.DONE};
        CommandRun.run(console, () -> outcome[0] = run(console));
        session.put(STATUS, outcome[0].status());
        return null;
    }

    /** Does the work; failures may be thrown as they come from services. */
    protected abstract Outcome run(Console console) throws IOException;
}
