// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.BackendStatus;
import org.sluice.api.EmulatorQuirk;
import org.sluice.shell.render.Schema;

/** Backends and what they can do. */
public final class BackendRows {
    private static final Schema<Capability> CAPABILITY = Schema.of(Capability.class)
            .text("name", Capability::name)
            .text("support", c -> Words.lower(c.support()))
            .text("guestSees", Capability::guestSees)
            .build();

    public static final Schema<BackendStatus> SCHEMA = Schema.of(BackendStatus.class)
            .text("backend", b -> b.info().name())
            .text("vendor", b -> b.info().vendorName())
            .text("version", b -> b.info().version())
            .texts("unitTypes", b -> b.info().unitTypes())
            .texts("halves", b -> b.info().halves().stream().map(Words::lower).toList())
            .text("state", b -> b.status().state())
            .texts("units", BackendStatus::units)
            .text("text", b -> b.status().text())
            .jsonOnly()
            .rows("capabilities", CAPABILITY, b -> b.info().capabilities(), Capability::name)
            .build();

    public static final Schema<EmulatorQuirk> QUIRKS = Schema.of(EmulatorQuirk.class)
            .text("backend", EmulatorQuirk::backend)
            .text("quirk", EmulatorQuirk::id)
            .text("since", EmulatorQuirk::since)
            .text("before", EmulatorQuirk::before)
            .text("architecture", EmulatorQuirk::architecture)
            .text("emulator", EmulatorQuirk::emulator)
            .build();

    private BackendRows() {
    }
}
