// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.shell.render.Schema;

/** What devices did. */
public final class TrafficRows {
    public static final Schema<Traffic> SCHEMA = Schema.of(Traffic.class)
            .text("device", Traffic::device)
            .text("machine", Traffic::machine)
            .flag("running", Traffic::running)
            .number("operations", Traffic::operations)
            .bytes("bytes", Traffic::bytes)
            .number("wrong", Traffic::wrong)
            .number("blocked", Traffic::blocked)
            .number("faults", Traffic::faults)
            .number("interrupts", Traffic::interrupts)
            .text("failure", Traffic::failure)
            .build();

    private TrafficRows() {
    }
}
