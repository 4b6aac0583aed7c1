// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.DeviceSummary;
import org.sluice.shell.render.Schema;

/** Requesters. */
public final class DeviceRows {
    public static final Schema<DeviceSummary> SCHEMA = Schema.of(DeviceSummary.class)
            .text("device", DeviceSummary::device)
            .number("pasid", DeviceSummary::pasid)
            .text("unit", DeviceSummary::unit)
            .text("backend", DeviceSummary::backend)
            .number("domain", DeviceSummary::domain)
            .text("tableKind", DeviceSummary::tableKind)
            .number("levels", DeviceSummary::levels, d -> d.levels() > 0)
            .number("mappings", DeviceSummary::mappings)
            .bytes("mappedBytes", DeviceSummary::mappedBytes)
            .text("state", d -> d.status().state())
            .jsonOnly()
            .text("detail", d -> d.status().detail())
            .everywhere()
            .text("text", d -> d.status().text())
            .build();

    private DeviceRows() {
    }
}
