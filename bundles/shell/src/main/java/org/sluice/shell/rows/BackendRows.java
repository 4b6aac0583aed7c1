// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.shell.render.Schema;

/** Backends and what they can do. */
public final class BackendRows {
    private static final Schema<Capability> CAPABILITY = Schema.of(Capability.class)
            .text("name", Capability::name)
            .text("support", Capability::support)
            .text("guestSees", Capability::guestSees)
            .build();

    public static final Schema<BackendInfo> SCHEMA = Schema.of(BackendInfo.class)
            .text("backend", BackendInfo::name)
            .text("vendor", BackendInfo::vendorName)
            .text("version", BackendInfo::version)
            .texts("unitTypes", BackendInfo::unitTypes)
            .texts("halves", BackendInfo::halves)
            .jsonOnly()
            .rows("capabilities", CAPABILITY, BackendInfo::capabilities, Capability::name)
            .build();

    private BackendRows() {
    }
}
