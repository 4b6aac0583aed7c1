// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Defect;
import org.sluice.shell.render.Schema;

/** Defects. */
public final class DefectRows {
    public static final Schema<Defect> SCHEMA = Schema.of(Defect.class)
            .text("device", Defect::device)
            .text("unit", Defect::unit)
            .text("defect", Defect::defect)
            .address("address", Defect::address)
            .text("entry", d -> Words.oneNumber(d.entry()))
            .text("rule", Defect::rule)
            .text("clause", Defect::clause)
            .build();

    private DefectRows() {
    }
}
