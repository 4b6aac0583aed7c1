// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;


import org.sluice.api.space.PluckService.Pluck;
import org.sluice.shell.render.Schema;

/** Pages that a guest was asked to give up. */
public final class PluckRows {
    public static final Schema<Pluck> SCHEMA = Schema.of(Pluck.class)
            .text("space", Pluck::space)
            .address("start", p -> p.range().start())
            .address("last", p -> p.range().last())
            .text("state", p -> Words.lower(p.state()))
            .text("guest", Pluck::guest)
            .bytes("removedBytes", Pluck::removedBytes)
            .text("text", Pluck::text)
            .build();

    private PluckRows() {
    }
}
