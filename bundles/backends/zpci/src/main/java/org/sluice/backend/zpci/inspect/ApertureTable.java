// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import org.sluice.machine.AddressRange;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/**
 * What of a table a function can reach: leaves within its DMA range, without writes where the anchor forbids them. Two functions with
 * one root and unlike ranges or anchors have unlike identities.
 */
record ApertureTable(TableView tables, AddressRange aperture, int allowed) implements TableView {
    private static final int SPREAD = 31;

    @Override
    public long identity() {
        return (tables.identity() * SPREAD + aperture.start()) * SPREAD + aperture.last() + allowed;
    }

    @Override
    public void visit(MappingSink sink) {
        tables.visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                AddressRange part = aperture.intersection(new AddressRange(iova, last));
                return part == null || sink.mapping(part.start(), part.last(), output + (part.start() - iova), permissions & allowed, memoryType);
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                AddressRange part = aperture.intersection(new AddressRange(iova, last));
                return part == null || sink.unknown(part.start(), part.last(), tableAddress);
            }
        });
    }
}
