// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.MappingRate;
import org.sluice.shell.render.Schema;

/** How fast mappings change. */
public final class RateRows {
    public static final Schema<MappingRate> SCHEMA = Schema.of(MappingRate.class)
            .number("millis", MappingRate::millis)
            .text("device", MappingRate::device)
            .number("pasid", MappingRate::pasid)
            .number("appeared", MappingRate::appeared)
            .number("vanished", MappingRate::vanished)
            .number("changed", MappingRate::changed)
            .number("perSecond", r -> Math.round(r.perSecond()))
            .number("mappings", MappingRate::mappings)
            .bytes("mappedBytes", MappingRate::mappedBytes)
            .build();

    private RateRows() {
    }
}
