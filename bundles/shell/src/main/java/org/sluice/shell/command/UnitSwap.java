// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.SwapService;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.shell.completer.BackendCompleter;
import org.sluice.shell.render.Format;
import org.sluice.shell.rows.RefusalRows;
import org.sluice.shell.rows.SwapRows;
import org.sluice.shell.session.Console;

/** Puts another backend in front of the devices of a unit, while they do DMA. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "unit-swap", description = "Puts another backend in front of the devices of a unit, while they do DMA",
        detailedDescription = """
                The new backend is asked whether it can express all mappings, filled while the old one serves, and takes over \
                in one step. A refusal names every reason; then, after a failure, and after Ctrl-C before the new one has \
                taken over, the old one serves on. Status 1 if it was not swapped.

                Example: unit-swap lab dmar0 smmuv3 --dry-run""")
public final class UnitSwap extends UnitCommand {
    @Reference
    private SwapService swaps;

    @Argument(index = 2, name = "backend", required = true, description = "vtd, smmuv3, amdvi, ..., or NAME@VERSION, see backend-list")
    @Completion(BackendCompleter.class)
    private String backend;

    @Option(name = "--deadline", description = "Milliseconds that filling may take, and DMA under way may hold up the switch; 0 for no limit")
    private long deadline = 10_000;

    @Option(name = "--force", description = "Switch even if DMA under way does not end in time")
    private boolean force;

    @Option(name = "--dry-run", description = "Only say what would happen")
    private boolean dryRun;

    @Override
    protected Outcome run(Console console, Machine target, String unitName) throws IOException {
        Arguments.notNegative("--deadline", deadline);
        SwapReport report = swaps.swap(target, unitName, backend, new SwapOptions(deadline, force, dryRun), console.progress());
        // Told and done with, whichever way it went: the answer is to be written in full.
        Thread.interrupted();
        if (report.refusals().stream().anyMatch(r -> r.rule() == Rule.INTERRUPTED)) {
            throw console.interrupted("unit-swap: " + report.text());
        }
        console.record(SwapRows.SCHEMA, report);
        if (console.format() == Format.TABLE && report.refusals().size() > 1) {
            console.gap();
            console.all(RefusalRows.SCHEMA, report.refusals(), "");
        }
        return Outcome.positiveIf(report.state() == SwapState.ACTIVE || dryRun && report.refusals().isEmpty());
    }
}
