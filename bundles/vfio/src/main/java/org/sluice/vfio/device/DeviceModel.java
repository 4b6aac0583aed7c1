// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.device;

import java.util.List;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.InterruptMessage;

/** What answers behind a device's registers: hardware, or somebody who plays it. Thread-safe. */
@ConsumerType
public interface DeviceModel {
    /** Sizes of the regions behind its base address registers, 0 for none; at most six. */
    List<Long> barSizes();

    /** Vendor (low half) and device id, as the first word of configuration space has them. */
    int identity();

    /** Message interrupts that it can raise. */
    int vectors();

    /** @param size 1, 2, 4 or 8; naturally aligned and within the region */
    long read(int bar, long offset, int size);

    void write(int bar, long offset, int size, long value);

    /** What each vector is programmed with from now on; empty if it may raise none. */
    void program(List<InterruptMessage> messages);

    /** What one vector is programmed with from now on; called while the device's DMA is held. */
    void reprogram(int index, InterruptMessage message);

    /** As after power-on; all of its DMA has ended when this returns. */
    void reset();
}
