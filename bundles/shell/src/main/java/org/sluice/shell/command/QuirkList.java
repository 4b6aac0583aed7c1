// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.EmulatorQuirk;
import org.sluice.shell.completer.BackendCompleter;
import org.sluice.shell.rows.BackendRows;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Lists where QEMU is known to differ from the architecture. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "quirk-list", description = "Lists where QEMU's units are known to differ from the architecture",
        detailedDescription = """
                Our models follow the architecture, so a walk, a fault or a vector on a machine that a QEMU ran may come out otherwise there. \
                Each row says what the architecture wants, and where, then what QEMU does, since which release and before which; \
                docs/backends/qemu-differences.md says how they were found.

                Example: quirk-list smmuv3 --qemu 7.2""")
public final class QuirkList extends IommuCommand {
    @Reference
    private BackendService backends;

    @Argument(index = 0, name = "backend", description = "Those of its kind of unit only")
    @Completion(BackendCompleter.class)
    private String backend;

    @Option(name = "--qemu", description = "Those that this release of QEMU has, such as 7.2 or 10.0.2, only")
    private String release;

    @Override
    protected Outcome run(Console console) throws IOException {
        if (backend != null && backends.list().stream().map(BackendInfo::name).noneMatch(backend::equals)) {
            throw new CommandException("there is no backend '" + backend + "': see backend-list");
        }
        if (release != null && !release.matches("\\d{1,4}(\\.\\d{1,4}){0,2}")) {
            throw new CommandException("'" + release + "' is no release of QEMU; try: 7.2, or 10.0.2");
        }
        List<EmulatorQuirk> quirks = backends.quirks().stream().filter(q -> backend == null || q.backend().equals(backend))
                .filter(q -> release == null || q.isOf(release)).toList();
        console.all(BackendRows.QUIRKS, quirks, "no difference is known");
        return Outcome.DONE;
    }
}
