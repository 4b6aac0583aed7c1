// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import org.sluice.api.Permissions;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/** The one mapping of an anchor that names a frame instead of tables (designation type 4). */
record FrameTable(long frame, int shift) implements TableView {
    @Override
    public long identity() {
        return frame | shift;
    }

    @Override
    public void visit(MappingSink sink) {
        sink.mapping(0, (1L << shift) - 1, frame, Permissions.READ_WRITE, "");
    }
}
