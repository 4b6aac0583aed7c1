// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Region;
import org.sluice.machine.AddressRange;
import org.sluice.shell.render.Schema;

/** Ranges that are not free for DMA, and ranges of RAM. */
public final class RegionRows {
    public static final Schema<Region> SCHEMA = Schema.of(Region.class)
            .jsonOnly()
            .text("device", Region::device)
            .tableOnly()
            .text("device", r -> r.device() == null ? "all" : r.device())
            .everywhere()
            .address("start", r -> r.range().start())
            .address("last", r -> r.range().last())
            .bytes("bytes", r -> r.range().size(), r -> r.range().size() != 0)
            .text("kind", Region::kind)
            .text("origin", Region::origin)
            .build();

    /** A bare range. */
    public static final Schema<AddressRange> RANGE = Schema.of(AddressRange.class)
            .address("start", AddressRange::start)
            .address("last", AddressRange::last)
            .build();

    private RegionRows() {
    }
}
