// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.uapi;

import java.io.ByteArrayOutputStream;

import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.ViommuCalls.ViommuEvent;

/** An event queue by its descriptor: headers of 8 bytes (flags, sequence), each with its event behind it. */
public final class EventDescriptor {
    private static final int HEADER = 8;
    private static final int LOST_EVENTS = 1;

    private final IommufdContext context;
    private final int queue;

    EventDescriptor(IommufdContext context, int queue) {
        this.context = context;
        this.queue = queue;
    }

    /** Reads as many events as there are and fit; {@code EINVAL} if not even the first does. */
    public byte[] read(int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ViommuEvent event : context.viommus().readEvents(queue, count)) {
            Structure header = new Structure(new byte[HEADER]);
            header.setU32(0, event.lost() ? LOST_EVENTS : 0);
            header.setU32(4, event.sequence());
            out.writeBytes(header.bytes());
            if (event.data() != null) {
                out.writeBytes(event.data());
            }
        }
        return out.toByteArray();
    }
}
