// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.model;

import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.DeviceQueue;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.ring.QueueMemory;
import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.AddressRange;
import org.sluice.machine.RegisterPort;

/**
 * The device's registers: status, features, queues, configuration space, after the MMIO transport. Registers that a selector chooses
 * (features, queue areas) are copied into view when it is written. Everything happens under the register file's monitor, also what follows a
 * notification, which goes by the file because nothing of it is kept there.
 */
final class Transport implements RegisterPort {
    private static final int MAX_SIZE = 256;
    private static final int[] AREAS = {Mmio.QUEUE_DESCRIPTORS, Mmio.QUEUE_DRIVER, Mmio.QUEUE_DEVICE};
    private static final int HALVES = 2;

    /** What the device does when software has written a register. */
    interface Device {
        void reset();

        void negotiated(long features);

        void bypass(int value);

        void notified(int queue);
    }

    private static final class Queue {
        int size;
        final long[] areas = new long[AREAS.length];
        DeviceQueue open;
    }

    private final RegisterFile file = new RegisterFile(Mmio.BYTES);
    private final GuestMemory memory;
    private final Device device;
    private final long offered;
    private final int[] accepted = new int[HALVES];
    private final Queue[] queues = new Queue[Virtio.QUEUES];

    Transport(GuestMemory memory, DeviceConfig config, long offered, Device device) {
        this.memory = memory;
        this.device = device;
        this.offered = offered;
        file.define(Mmio.MAGIC, Mmio.MAGIC_VALUE, 0, 0).define(Mmio.VERSION, Mmio.VERSION_VALUE, 0, 0)
                .define(Mmio.DEVICE_ID, Mmio.IOMMU_DEVICE, 0, 0).define(Mmio.DEVICE_FEATURES, (int) offered, 0, 0)
                .define(Mmio.QUEUE_SIZE_MAX, MAX_SIZE, 0, 0);
        file.onWrite(Mmio.DEVICE_FEATURES_SELECT, (before, half) ->
                file.set(Mmio.DEVICE_FEATURES, half == 0 ? (int) offered : half == 1 ? (int) (offered >>> Integer.SIZE) : 0));
        file.define(Mmio.DRIVER_FEATURES_SELECT, 0, -1, 0);
        file.onWrite(Mmio.DRIVER_FEATURES, (before, bits) -> accept(bits));
        file.define(Mmio.QUEUE_SELECT, 0, -1, 0).onWrite(Mmio.QUEUE_SELECT, (before, queue) -> show());
        file.onWrite(Mmio.QUEUE_SIZE, (before, size) -> {
            if (canSetUp()) {
                selected().size = size;
            }
        });
        for (int area = 0; area < AREAS.length; area++) {
            area(area, AREAS[area], 0xffff_ffffL, 0);
            area(area, AREAS[area] + Integer.BYTES, 0xffff_ffffL << Integer.SIZE, Integer.SIZE);
        }
        file.onWrite(Mmio.QUEUE_READY, (before, ready) -> ready(ready));
        file.onWrite(Mmio.INTERRUPT_ACKNOWLEDGE, (before, bits) -> file.change(Mmio.INTERRUPT_STATUS, 0, bits));
        file.onWrite(Mmio.STATUS, (before, status) -> status(before, status));
        configuration(config);
        reset();
    }

    private void configuration(DeviceConfig config) {
        AddressRange input = config.inputRange() == null ? new AddressRange(0, -1L) : config.inputRange();
        AddressRange domains = config.domains() == null ? new AddressRange(0, 0xffff_ffffL) : config.domains();
        put(ConfigSpace.PAGE_SIZE_MASK.low(), config.pageSizeMask());
        put(ConfigSpace.INPUT_START.low(), input.start());
        put(ConfigSpace.INPUT_LAST.low(), input.last());
        put(ConfigSpace.DOMAIN_START.low(), domains.start() & 0xffff_ffffL | domains.last() << Integer.SIZE);
        put(ConfigSpace.PROBE_SIZE.low(), config.probeSize() & 0xffff_ffffL);
        file.set(Mmio.BYPASS, config.bypass() == null ? 0 : config.bypass().intValue());
        file.onWrite(Mmio.BYPASS, (before, value) -> device.bypass(value));
    }

    private void put(int bit, long value) {
        file.set64(Mmio.CONFIG + bit / Byte.SIZE, value);
    }

    private void area(int area, int offset, long bits, int shift) {
        file.onWrite(offset, (before, value) -> {
            if (canSetUp()) {
                selected().areas[area] = selected().areas[area] & ~bits | (long) value << shift & bits;
            }
        });
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return file.isKnown(offset, bytes);
    }

    @Override
    public int read32(int offset) {
        return file.read32(offset);
    }

    @Override
    public void write32(int offset, int value) {
        if (offset == Mmio.QUEUE_NOTIFY) {
            synchronized (file) {
                notified(value);
            }
        } else {
            file.write32(offset, value);
        }
    }

    /** What everything happens under. */
    Object monitor() {
        return file;
    }

    /** An open queue, or null. */
    DeviceQueue queue(int index) {
        return isRunning() ? queues[index].open : null;
    }

    boolean isRunning() {
        int status = file.read32(Mmio.STATUS);
        return (status & Mmio.DRIVER_OK) != 0 && (status & Mmio.NEEDS_RESET) == 0;
    }

    void setBypass(int value) {
        file.set(Mmio.BYPASS, value);
    }

    /** Buffers of a queue were used. */
    void used(DeviceQueue queue) {
        if (queue.wantsInterrupt()) {
            file.change(Mmio.INTERRUPT_STATUS, Mmio.USED_BUFFER, 0);
        }
    }

    /** The driver broke a ring: nothing is served until it resets the device (Device Status Field). */
    void fail() {
        file.change(Mmio.STATUS, Mmio.NEEDS_RESET, 0);
        file.change(Mmio.INTERRUPT_STATUS, Mmio.CONFIG_CHANGE, 0);
    }

    private boolean has(int status) {
        return (file.read32(Mmio.STATUS) & status) != 0;
    }

    private Queue selected() {
        return queues[file.read32(Mmio.QUEUE_SELECT)];
    }

    /** Whether the selected queue is there and may be changed. */
    private boolean canSetUp() {
        int index = file.read32(Mmio.QUEUE_SELECT);
        return index >= 0 && index < queues.length && queues[index].open == null && has(Mmio.FEATURES_OK);
    }

    private void show() {
        int index = file.read32(Mmio.QUEUE_SELECT);
        boolean exists = index >= 0 && index < queues.length;
        file.set(Mmio.QUEUE_SIZE_MAX, exists ? MAX_SIZE : 0);
        file.set(Mmio.QUEUE_READY, exists && queues[index].open != null ? 1 : 0);
    }

    private void ready(int ready) {
        if (ready == 1 && canSetUp()) {
            Queue queue = selected();
            long features = features();
            queue.open = queue.size > MAX_SIZE ? null : new QueueMemory(queue.size, queue.areas[0], queue.areas[1], queue.areas[2])
                    .open(memory, ConfigSpace.RING_PACKED.get(features) != 0, ConfigSpace.INDIRECT_DESC.get(features) != 0);
        } else if (ready == 0 && file.read32(Mmio.QUEUE_SIZE_MAX) != 0) {
            selected().open = null;
        }
        show();
    }

    private void notified(int queue) {
        if (queue >= 0 && queue < queues.length && queue(queue) != null) {
            device.notified(queue);
        }
    }

    private void accept(int bits) {
        int half = file.read32(Mmio.DRIVER_FEATURES_SELECT);
        if (half >= 0 && half < HALVES && !has(Mmio.FEATURES_OK)) {
            accepted[half] = bits;
        }
    }

    private long features() {
        return accepted[0] & 0xffff_ffffL | (long) accepted[1] << Integer.SIZE;
    }

    /** Bits are only ever added, but by a reset. FEATURES_OK stays away if the choice is not acceptable. */
    private void status(int before, int written) {
        if (written == 0) {
            reset();
            device.reset();
            return;
        }
        int status = before | written & 0xff & ~Mmio.NEEDS_RESET;
        if ((before & Mmio.FEATURES_OK) == 0 && (status & Mmio.FEATURES_OK) != 0) {
            if ((features() & ~offered) != 0 || ConfigSpace.VERSION_1.get(features()) == 0) {
                status &= ~(Mmio.FEATURES_OK | Mmio.DRIVER_OK);
            } else {
                device.negotiated(features());
            }
        }
        if ((status & Mmio.FEATURES_OK) == 0) {
            status &= ~Mmio.DRIVER_OK;
        }
        file.set(Mmio.STATUS, status);
    }

    /** Everything but configuration space, whose bypass field survives. */
    private void reset() {
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new Queue();
        }
        accepted[0] = 0;
        accepted[1] = 0;
        for (int offset : new int[] {Mmio.STATUS, Mmio.INTERRUPT_STATUS, Mmio.QUEUE_SELECT, Mmio.DRIVER_FEATURES_SELECT, Mmio.QUEUE_READY}) {
            file.set(offset, 0);
        }
        file.set(Mmio.DEVICE_FEATURES, (int) offered);
        file.set(Mmio.QUEUE_SIZE_MAX, MAX_SIZE);
    }
}
