// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.space.Refusal;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.shell.render.Schema;

/** What became of swaps. */
public final class SwapRows {
    private static final double MICRO = 1000;

    public static final Schema<SwapReport> SCHEMA = Schema.of(SwapReport.class)
            .text("unit", SwapReport::unit)
            .text("from", SwapReport::from)
            .text("to", SwapReport::to)
            .text("state", SwapReport::state)
            .number("mappings", SwapReport::mappings)
            .number("prepareMicros", r -> Math.round(r.prepareNanos() / MICRO))
            .number("blackoutMicros", r -> Math.round(r.blackoutNanos() / MICRO))
            .jsonOnly()
            .rowsOrNone("refusals", RefusalRows.SCHEMA, SwapReport::refusals, Refusal::line)
            .everywhere()
            .text("text", SwapReport::text)
            .build();

    private SwapRows() {
    }
}
