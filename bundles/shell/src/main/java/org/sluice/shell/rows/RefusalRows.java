// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;


import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Refusal;
import org.sluice.shell.render.Schema;

/** Why something was refused. */
public final class RefusalRows {
    public static final Schema<Refusal> SCHEMA = Schema.of(Refusal.class)
            .text("rule", r -> Words.lower(r.rule()))
            .address("start", r -> r.range().start(), r -> r.range() != null)
            .address("last", r -> r.range().last(), r -> r.range() != null)
            .jsonOnly()
            .text("asked", r -> owner(r.asked()))
            .text("present", r -> owner(r.present()))
            .everywhere()
            .text("text", Refusal::text)
            .texts("waysOut", Refusal::waysOut)
            .build();

    private RefusalRows() {
    }

    private static String owner(OwnedRange range) {
        return range == null ? null : range.toString();
    }
}
