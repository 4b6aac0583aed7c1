// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.UnitInfo;
import org.sluice.shell.render.Schema;

/** Units of a machine. */
public final class UnitRows {
    public static final Schema<UnitInfo> SCHEMA = Schema.of(UnitInfo.class)
            .number("index", UnitInfo::index)
            .text("unit", UnitInfo::name)
            .text("type", UnitInfo::type)
            .text("backend", UnitInfo::backend)
            .text("state", u -> u.status().state())
            .text("detail", u -> u.status().detail())
            .address("registers", UnitInfo::registerBase, u -> u.registerBase() != -1)
            .text("text", u -> u.status().text())
            .build();

    private UnitRows() {
    }

    static String summary(UnitInfo unit) {
        return unit.name() + " (" + unit.type() + ", " + (unit.backend() == null ? "no backend" : unit.backend()) + ", "
                + unit.status().state() + ")";
    }
}
