// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendService;
import org.sluice.shell.rows.BackendRows;
import org.sluice.shell.session.Console;

/** Lists installed backends. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "backend-list", description = "Lists the installed backends and what they offer",
        detailedDescription = """
                Several versions of a backend may be installed: NAME@VERSION names one. IDLE ones wait, SERVING ones serve or \
                read the units named, FAILED ones broke, REFUSED bundles were not let in (etc/org.sluice.backends.cfg). \
                --json has each backend's capability table too.

                Example: backend-list""")
public final class BackendList extends IommuCommand {
    @Reference
    private BackendService backends;

    @Override
    protected Outcome run(Console console) throws IOException {
        console.all(BackendRows.SCHEMA, backends.statuses(), "no backend is installed: see feature:list, sluice-backend-...");
        return Outcome.DONE;
    }
}
