// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;


import org.sluice.api.ConflictService.Conflict;
import org.sluice.shell.render.Schema;

/** Addresses that two owners count on. */
public final class ConflictRows {
    public static final Schema<Conflict> SCHEMA = Schema.of(Conflict.class)
            .text("mode", c -> Words.lower(c.mode()))
            .jsonOnly()
            .text("device", Conflict::device)
            .tableOnly()
            .text("device", c -> c.device() == null ? "all" : c.device())
            .everywhere()
            .address("start", c -> c.range().start())
            .address("last", c -> c.range().last())
            .text("kind", Conflict::kind)
            .text("origin", Conflict::origin)
            .text("owner", Conflict::owner)
            .build();

    private ConflictRows() {
    }
}
