// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import org.sluice.api.Permissions;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/** A table as one device sees it: what the device table entry forbids is not mapped (section 2.2.2.1, IR and IW). */
record GrantedTable(TableView table, int granted) implements TableView {
    /** Roots are page addresses: the low bits are free to tell apart what is granted. */
    @Override
    public long identity() {
        return table.identity() ^ (Permissions.ALL & ~granted);
    }

    @Override
    public void visit(MappingSink sink) {
        table.visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                int both = permissions & granted;
                return both == 0 || sink.mapping(iova, last, output, both, memoryType);
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                return sink.unknown(iova, last, tableAddress);
            }
        });
    }
}
