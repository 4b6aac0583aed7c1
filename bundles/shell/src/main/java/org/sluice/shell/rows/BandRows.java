// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.SpaceBand;
import org.sluice.shell.render.Schema;

/** A picture of input addresses, a band a line. In 80 columns, if there is one PASID. */
public final class BandRows {
    public static final Schema<SpaceBand> SCHEMA = Schema.of(SpaceBand.class)
            .jsonOnly()
            .text("device", SpaceBand::device)
            .everywhere()
            .number("pasid", SpaceBand::pasid)
            .address("iova", SpaceBand::iova)
            .jsonOnly()
            .address("last", SpaceBand::last)
            .bytes("freeBefore", SpaceBand::freeBefore)
            .bytes("cellBytes", SpaceBand::cellBytes)
            .number("mappings", SpaceBand::mappings)
            .bytes("mappedBytes", SpaceBand::mappedBytes)
            .tableOnly()
            .bytes("free", SpaceBand::freeBefore)
            .bytes("cell", SpaceBand::cellBytes)
            .everywhere()
            .text("cells", SpaceBand::cells)
            .build();

    private BandRows() {
    }
}
