// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.sluice.api.LayoutService;
import org.sluice.api.Machine;
import org.sluice.api.UnitInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.shell.render.Format;
import org.sluice.shell.render.Schema;
import org.sluice.shell.rows.StepRow;
import org.sluice.shell.session.Console;

/** The option {@code -v}: an answer with the structures it rests on. */
final class Steps {
    private Steps() {
    }

    /** Layouts that the machine's steps may name: those of the backends that read its units. */
    static List<StructureLayout> layouts(Machine machine, LayoutService layouts) {
        Set<String> backends = machine.units().stream().map(UnitInfo::backend).filter(b -> b != null).collect(Collectors.toSet());
        return layouts.structures().stream().filter(l -> backends.contains(l.backend())).toList();
    }

    /** One answer, and below it its steps; JSON has them inside the answer. */
    static <R> void show(Console console, Schema<R> schema, R row, List<StepRow> steps) throws IOException {
        console.record(schema, row);
        if (!steps.isEmpty() && console.format() != Format.JSON) {
            console.remark("");
            console.all(StepRow.SCHEMA, steps, "");
        }
    }
}
