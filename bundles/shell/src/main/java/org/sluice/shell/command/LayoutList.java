// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.LayoutService;
import org.sluice.shell.rows.LayoutRows;
import org.sluice.shell.rows.LayoutRows.Entry;
import org.sluice.shell.session.Console;

/** Lists structures and page-table formats. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "layout-list", description = "Lists the structures and page-table formats of all backends",
        detailedDescription = "Example: layout-list")
public final class LayoutList extends IommuCommand {
    @Reference
    private LayoutService layouts;

    @Override
    protected Outcome run(Console console) throws IOException {
        Stream<Entry> entries = Stream.concat(layouts.structures().stream().map(Entry::of), layouts.formats().stream().map(Entry::of));
        console.all(LayoutRows.LIST, entries.toList(), "no backend is installed, so no structure is known: see backend-list");
        return Outcome.DONE;
    }
}
