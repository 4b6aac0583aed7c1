// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.sluice.api.TranslationStep;
import org.sluice.api.layout.FieldValue;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.Hex;
import org.sluice.shell.render.Schema;

/**
 * One structure that a translation read, with its fields.
 *
 * @param number 1 for the first
 * @param fields empty if no layout of that name is known
 */
public record StepRow(int number, TranslationStep step, List<FieldValue> fields) {
    public static final Schema<StepRow> SCHEMA = Schema.of(StepRow.class)
            .tableOnly()
            .number("step", StepRow::number)
            .everywhere()
            .text("structure", s -> s.step().structure())
            .number("level", s -> s.step().level(), s -> s.step().level() != 0)
            .address("address", s -> s.step().address())
            .jsonOnly()
            .texts("words", s -> s.step().words().stream().map(Hex::of).toList())
            .rows("fields", FieldRows.NESTED, StepRow::fields, FieldRows::summary)
            .tableOnly()
            .text("entry", s -> Words.padded(s.step().words()))
            .text("fields", s -> s.fields().isEmpty() ? s.step().note() : FieldRows.summary(s.fields()))
            .jsonOnly()
            .text("note", s -> s.step().note())
            .build();

    /**
     * Numbers and decodes steps.
     *
     * @param layouts where to look for each step's structure; the first of that name counts
     */
    public static List<StepRow> of(List<TranslationStep> steps, Collection<StructureLayout> layouts) {
        List<StepRow> rows = new ArrayList<>();
        for (TranslationStep step : steps) {
            rows.add(new StepRow(rows.size() + 1, step, decode(step, layouts)));
        }
        return rows;
    }

    private static List<FieldValue> decode(TranslationStep step, Collection<StructureLayout> layouts) {
        return layouts.stream()
                .filter(l -> l.name().equals(step.structure()) && l.bits() <= step.words().size() * Long.SIZE)
                .findFirst().map(l -> l.decode(step.words())).orElse(List.of());
    }
}
