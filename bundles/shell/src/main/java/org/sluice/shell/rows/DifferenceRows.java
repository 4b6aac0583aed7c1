// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Difference;
import org.sluice.api.Mapping;
import org.sluice.machine.Hex;
import org.sluice.shell.render.Schema;

/** Differences of two machines; device, IOVA and last are of the mapping that there is, the first machine's if both. */
public final class DifferenceRows {
    public static final Schema<Difference> SCHEMA = Schema.of(Difference.class)
            .text("kind", Difference::kind)
            .text("device", d -> either(d).device())
            .number("pasid", d -> either(d).pasid())
            .address("iova", d -> either(d).iova())
            .address("last", d -> either(d).last())
            .tableOnly()
            .text("left", d -> side(d, d.left()))
            .text("right", d -> side(d, d.right()))
            .jsonOnly()
            .row("left", MappingRows.SCHEMA, Difference::left)
            .row("right", MappingRows.SCHEMA, Difference::right)
            .build();

    private DifferenceRows() {
    }

    /** {@code 0x4a99000 rw}: where one machine leads, and which part of the row's range if not all of it. */
    private static String side(Difference difference, Mapping mapping) {
        if (mapping == null) {
            return "";
        }
        Mapping row = either(difference);
        boolean whole = mapping.iova() == row.iova() && mapping.last() == row.last();
        String range = whole ? "" : Hex.of(mapping.iova()) + "-" + Hex.of(mapping.last()) + " to ";
        return range + Hex.of(mapping.output()) + ' ' + Words.permissions(mapping.permissions());
    }

    private static Mapping either(Difference difference) {
        return difference.left() != null ? difference.left() : difference.right();
    }
}
