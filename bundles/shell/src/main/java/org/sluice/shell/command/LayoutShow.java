// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.LayoutService;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.shell.completer.LayoutCompleter;
import org.sluice.shell.rows.LayoutRows;
import org.sluice.shell.session.Console;

/** Shows one structure or page-table format. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "layout-show",
        description = "Shows the bit fields of a structure, or the levels of a page-table format",
        detailedDescription = """
                Bits count from the lowest bit of the lowest word. A format's levels are shown top first, with the vendor's numbers.

                Example: layout-show vtd/context-entry""")
public final class LayoutShow extends IommuCommand {
    @Reference
    private LayoutService layouts;

    @Argument(index = 0, name = "name", required = true, description = "Name of a structure or format, with or without its backend")
    @Completion(LayoutCompleter.class)
    private String name;

    @Override
    protected Outcome run(Console console) throws IOException {
        Object layout = LayoutNames.find(name, LayoutNames.all(layouts), "structure or format");
        if (layout instanceof StructureLayout s) {
            console.remark(LayoutNames.qualified(s) + ": " + s.title() + ", " + s.bits() + " bits (" + s.clause() + ")");
            console.all(LayoutRows.fields(s), s.fields(), "no field is described");
        } else if (layout instanceof TableFormat f) {
            console.remark(LayoutNames.qualified(f) + ": " + f.title() + ", " + f.inputBits() + " to " + f.outputBits()
                    + " bits (" + f.clause() + ")");
            console.all(LayoutRows.levels(f), f.levels(), "no level is described");
        }
        return Outcome.DONE;
    }
}
