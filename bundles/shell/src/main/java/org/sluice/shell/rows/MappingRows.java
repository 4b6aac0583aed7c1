// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Mapping;
import org.sluice.api.Permissions;
import org.sluice.shell.render.Schema;

/** Mappings. */
public final class MappingRows {
    public static final Schema<Mapping> SCHEMA = Schema.of(Mapping.class)
            .text("device", Mapping::device)
            .number("pasid", Mapping::pasid)
            .address("iova", Mapping::iova)
            .address("last", Mapping::last)
            .address("output", Mapping::output)
            .bytes("bytes", MappingRows::bytes, m -> bytes(m) != 0)
            .tableOnly()
            .text("permissions", m -> Words.permissions(m.permissions()))
            .jsonOnly()
            .flag("read", m -> Words.allows(m.permissions(), Permissions.READ))
            .flag("write", m -> Words.allows(m.permissions(), Permissions.WRITE))
            .flag("execute", m -> Words.allows(m.permissions(), Permissions.EXECUTE))
            .everywhere()
            .sizes("pageSizes", Mapping::pageSizes)
            .text("memoryType", Mapping::memoryType)
            .build();

    private MappingRows() {
    }

    /** Bytes of the run; 0 stands for 2<sup>64</sup>. */
    public static long bytes(Mapping mapping) {
        return mapping.last() - mapping.iova() + 1;
    }
}
