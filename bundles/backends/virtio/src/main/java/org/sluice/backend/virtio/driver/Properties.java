// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.virtio.state.Endpoint.Region;
import org.sluice.machine.AddressRange;

/** Reads the properties of a PROBE reply; what breaks the rules of the list ends it. Stateless. */
final class Properties {
    private static final int HEAD_BYTES = 4;
    private static final int TYPE_MASK = 0xfff;
    private static final int RESV_MEM = 1;
    private static final int RESV_MEM_BYTES = 20;
    private static final int RESV_MEM_MSI = 1;

    private Properties() {
    }

    /** Regions that must not be mapped; a message window is one of them, since the device does not translate it. */
    static List<Region> regions(byte[] bytes, int length) {
        ByteBuffer b = ByteBuffer.wrap(bytes, 0, length).slice().order(ByteOrder.LITTLE_ENDIAN);
        List<Region> regions = new ArrayList<>();
        while (b.remaining() >= HEAD_BYTES) {
            int type = b.getShort() & TYPE_MASK;
            int size = b.getShort() & 0xffff;
            if (type == 0 || size > b.remaining()) {
                break;
            }
            int end = b.position() + size;
            if (type == RESV_MEM && size >= RESV_MEM_BYTES) {
                long start = b.getLong(b.position() + 4);
                long last = b.getLong(b.position() + 12);
                if (Long.compareUnsigned(start, last) <= 0) {
                    regions.add(new Region(new AddressRange(start, last), b.get(b.position()) == RESV_MEM_MSI));
                }
            }
            b.position(end);
        }
        return regions;
    }
}
