// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.MappingChange;
import org.sluice.api.Permissions;
import org.sluice.shell.render.Schema;

/** Mappings that came, went or changed. */
public final class ChangeRows {
    public static final Schema<MappingChange> SCHEMA = Schema.of(MappingChange.class)
            .number("millis", MappingChange::millis)
            .text("change", MappingChange::kind)
            .text("device", c -> c.mapping().device())
            .number("pasid", c -> c.mapping().pasid())
            .address("iova", c -> c.mapping().iova())
            .jsonOnly()
            .address("last", c -> c.mapping().last())
            .everywhere()
            .bytes("bytes", c -> MappingRows.bytes(c.mapping()), c -> MappingRows.bytes(c.mapping()) != 0)
            .address("output", c -> c.mapping().output())
            .tableOnly()
            .text("permissions", c -> Words.permissions(c.mapping().permissions()))
            .jsonOnly()
            .flag("read", c -> Words.allows(c.mapping().permissions(), Permissions.READ))
            .flag("write", c -> Words.allows(c.mapping().permissions(), Permissions.WRITE))
            .row("before", MappingRows.SCHEMA, MappingChange::before)
            .build();

    private ChangeRows() {
    }
}
