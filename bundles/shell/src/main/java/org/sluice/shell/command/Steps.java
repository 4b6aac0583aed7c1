// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import org.sluice.api.LayoutService;
import org.sluice.api.Machine;
import org.sluice.api.TranslationStep;
import org.sluice.api.UnitInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.shell.render.Format;
import org.sluice.shell.render.Schema;
import org.sluice.shell.rows.StepRow;
import org.sluice.shell.session.Console;

/** The option {@code -v}: an answer with the structures it rests on. */
final class Steps {
    private final List<StructureLayout> layouts;

    /** Decodes steps of {@code machine}, which name layouts of the backends that read its units. */
    Steps(Machine machine, LayoutService all) {
        Set<String> backends = machine.units().stream().map(UnitInfo::backend).filter(Objects::nonNull).collect(Collectors.toSet());
        layouts = all.structures().stream().filter(l -> backends.contains(l.backend())).toList();
    }

    List<StepRow> rows(List<TranslationStep> steps) {
        return steps.isEmpty() ? List.of() : StepRow.of(steps, layouts);
    }

    /** One answer, and below it its steps; JSON has them inside the answer. */
    static <R> void show(Console console, Schema<R> schema, R row, List<StepRow> steps) throws IOException {
        console.record(schema, row);
        if (!steps.isEmpty() && console.format() != Format.JSON) {
            console.gap();
            console.all(StepRow.SCHEMA, steps, "");
        }
    }
}
