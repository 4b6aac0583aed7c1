// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import org.sluice.api.layout.BitField;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.ring.QueueMemory;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.RegisterPort;

/**
 * Brings the device up in the order of the specification (Device Initialization): reset, acknowledge, features, queues, the bypass field
 * to 0, and only then DRIVER_OK. All memory of the driver lies in one range. Used once.
 */
final class Bringup {
    private static final int MAX_SIZE = 64;
    private static final int ALIGNMENT = 64;
    private static final int MAX_PROBE = 1 << 16;

    private final RegisterPort registers;
    private final GuestMemory memory;
    private final AddressRange range;
    private long next;

    private final long features;
    private final boolean packed;
    private Channel channel;
    private EventBuffers events;
    private int probeSize;

    /** @param without features that are not to be used though the device has them */
    Bringup(RegisterPort registers, GuestMemory memory, AddressRange range, long without) {
        this.registers = registers;
        this.memory = memory;
        this.range = range;
        next = range.start() + ALIGNMENT - 1 & -ALIGNMENT;
        identify(registers);
        registers.write32(Mmio.STATUS, 0);
        // BYPASS is the one feature that must not be taken: with it, what is not attached would not be blocked.
        features = offered(registers) & wanted() & ~without;
        packed = ConfigSpace.RING_PACKED.get(features) != 0;
    }

    private static long wanted() {
        return ConfigSpace.INPUT_RANGE.put(1) | ConfigSpace.DOMAIN_RANGE.put(1) | ConfigSpace.MAP_UNMAP.put(1) | ConfigSpace.PROBE.put(1)
                | ConfigSpace.MMIO.put(1) | ConfigSpace.BYPASS_CONFIG.put(1) | ConfigSpace.VERSION_1.put(1) | ConfigSpace.INDIRECT_DESC.put(1) | ConfigSpace.RING_PACKED.put(1);
    }

    static void identify(RegisterPort registers) {
        boolean there = registers.isKnown(Mmio.MAGIC, Integer.BYTES) && registers.read32(Mmio.MAGIC) == Mmio.MAGIC_VALUE
                && registers.read32(Mmio.VERSION) == Mmio.VERSION_VALUE && registers.read32(Mmio.DEVICE_ID) == Mmio.IOMMU_DEVICE;
        if (!there) {
            throw new IommuException(IommuException.Reason.UNSUPPORTED, "the registers are not those of a virtio-iommu on the MMIO transport");
        }
    }

    static long offered(RegisterPort registers) {
        registers.write32(Mmio.DEVICE_FEATURES_SELECT, 1);
        long high = registers.read32(Mmio.DEVICE_FEATURES) & 0xffff_ffffL;
        registers.write32(Mmio.DEVICE_FEATURES_SELECT, 0);
        return high << Integer.SIZE | registers.read32(Mmio.DEVICE_FEATURES) & 0xffff_ffffL;
    }

    /** Runs to DRIVER_OK; on failure the device is reset again. */
    Bringup run() {
        try {
            negotiate();
            probeSize = has(ConfigSpace.PROBE) ? readProbeSize() : 0;
            if (has(ConfigSpace.BYPASS_CONFIG)) {
                registers.write32(Mmio.BYPASS, 0);
            }
            DriverQueue requests = queue(Virtio.REQUEST_QUEUE);
            int requestSize = sizeOf(registers.read32(Mmio.QUEUE_SIZE_MAX));
            channel = new Channel(registers, memory, requests, requestSize, take(Channel.bytes(requestSize, probeSize)), probeSize,
                    has(ConfigSpace.INDIRECT_DESC));
            DriverQueue reports = queue(Virtio.EVENT_QUEUE);
            int eventSize = sizeOf(registers.read32(Mmio.QUEUE_SIZE_MAX));
            events = new EventBuffers(registers, memory, reports, eventSize, take(EventBuffers.bytes(eventSize)));
            registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER | Mmio.FEATURES_OK | Mmio.DRIVER_OK);
            events.fill();
            return this;
        } catch (IommuException e) {
            registers.write32(Mmio.STATUS, 0);
            throw e;
        }
    }

    private int readProbeSize() {
        int bytes = registers.read32(Mmio.CONFIG + ConfigSpace.PROBE_SIZE.low() / Byte.SIZE);
        if (bytes < 0 || bytes > MAX_PROBE) {
            throw new IommuException(IommuException.Reason.LIMIT, "probe_size is " + Integer.toUnsignedString(bytes) + " bytes; no more than "
                    + MAX_PROBE + " are supported");
        }
        return bytes;
    }

    private void negotiate() {
        if (!has(ConfigSpace.MAP_UNMAP) || !has(ConfigSpace.VERSION_1)) {
            throw new IommuException(IommuException.Reason.UNSUPPORTED, "the device offers no MAP and UNMAP, or is older than virtio 1");
        }
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE);
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER);
        for (int half = 0; half < 2; half++) {
            registers.write32(Mmio.DRIVER_FEATURES_SELECT, half);
            registers.write32(Mmio.DRIVER_FEATURES, (int) (features >>> half * Integer.SIZE));
        }
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER | Mmio.FEATURES_OK);
        if ((registers.read32(Mmio.STATUS) & Mmio.FEATURES_OK) == 0) {
            throw new IommuException(IommuException.Reason.UNSUPPORTED, "the device refuses the features that it offers");
        }
    }

    private static int sizeOf(int max) {
        return Math.min(MAX_SIZE, Integer.highestOneBit(max));
    }

    private DriverQueue queue(int index) {
        registers.write32(Mmio.QUEUE_SELECT, index);
        int size = sizeOf(registers.read32(Mmio.QUEUE_SIZE_MAX));
        if (size < 2) {
            throw new IommuException(IommuException.Reason.UNSUPPORTED, "the device has no queue " + index + " of at least two entries");
        }
        QueueMemory at = new QueueMemory(size, take(16L * size), take(QueueMemory.driverBytes(packed, size)),
                take(QueueMemory.deviceBytes(packed, size)));
        registers.write32(Mmio.QUEUE_SIZE, size);
        registers.write64(Mmio.QUEUE_DESCRIPTORS, at.descriptors());
        registers.write64(Mmio.QUEUE_DRIVER, at.driver());
        registers.write64(Mmio.QUEUE_DEVICE, at.device());
        registers.write32(Mmio.QUEUE_READY, 1);
        if (registers.read32(Mmio.QUEUE_READY) != 1) {
            throw new IommuException(IommuException.Reason.IO, "the device does not take queue " + index + " in " + range);
        }
        return at.drive(memory, packed);
    }

    /** Cleared memory of the range. */
    private long take(long bytes) {
        long at = next;
        long last = at + bytes - 1;
        if (!range.contains(at) || !range.contains(last) || !memory.isWritable(at, bytes)) {
            throw new IommuException(IommuException.Reason.LIMIT, "no room for the queues in " + range, range, null);
        }
        memory.write(at, new byte[(int) bytes], 0, (int) bytes);
        next = last + ALIGNMENT & -ALIGNMENT;
        return at;
    }

    boolean has(BitField feature) {
        return feature.get(features) != 0;
    }

    int probeSize() {
        return probeSize;
    }

    Channel channel() {
        return channel;
    }

    EventBuffers events() {
        return events;
    }
}
