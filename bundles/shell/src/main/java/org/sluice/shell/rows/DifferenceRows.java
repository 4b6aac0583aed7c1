// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Difference;
import org.sluice.api.Mapping;
import org.sluice.shell.render.Schema;

/** Differences of two machines; device, IOVA and last are of the mapping that there is, the first machine's if both. */
public final class DifferenceRows {
    public static final Schema<Difference> SCHEMA = Schema.of(Difference.class)
            .text("kind", Difference::kind)
            .text("device", d -> either(d).device())
            .number("pasid", d -> either(d).pasid())
            .address("iova", d -> either(d).iova())
            .address("last", d -> either(d).last())
            .row("left", MappingRows.SCHEMA, Difference::left, MappingRows::summary)
            .row("right", MappingRows.SCHEMA, Difference::right, MappingRows::summary)
            .build();

    private DifferenceRows() {
    }

    private static Mapping either(Difference difference) {
        return difference.left() != null ? difference.left() : difference.right();
    }
}
