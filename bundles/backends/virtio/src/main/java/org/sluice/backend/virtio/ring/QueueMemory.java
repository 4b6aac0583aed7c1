// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

/**
 * Where a virtqueue lies.
 *
 * @param size entries
 * @param descriptors descriptor table, or the ring of a packed queue
 * @param driver available ring, or the driver's event suppression
 * @param device used ring, or the device's event suppression
 */
public record QueueMemory(int size, long descriptors, long driver, long device) {
    static final int DESCRIPTOR_BYTES = 16;
    private static final int RING_HEAD = 4;
    private static final int SUPPRESSION = 4;

    /** Bytes of the driver's area. */
    public static long driverBytes(boolean packed, int size) {
        return packed ? SUPPRESSION : RING_HEAD + 2L * size;
    }

    /** Bytes of the device's area. */
    public static long deviceBytes(boolean packed, int size) {
        return packed ? SUPPRESSION : RING_HEAD + 8L * size;
    }

    /** The device's end; null if the areas are not as the specification demands or not in memory (Split virtqueues, Packed virtqueues). */
    public DeviceQueue open(GuestMemory memory, boolean packed, boolean indirect) {
        boolean sized = packed || Integer.bitCount(size) == 1;
        boolean aligned = (descriptors & DESCRIPTOR_BYTES - 1) == 0 && (driver & (packed ? 3 : 1)) == 0 && (device & 3) == 0;
        if (size < 1 || !sized || !aligned) {
            return null;
        }
        boolean table = packed ? memory.isWritable(descriptors, (long) DESCRIPTOR_BYTES * size)
                : memory.isReadable(descriptors, (long) DESCRIPTOR_BYTES * size);
        if (!table || !memory.isReadable(driver, driverBytes(packed, size)) || !memory.isWritable(device, deviceBytes(packed, size))) {
            return null;
        }
        return packed ? new PackedDeviceQueue(memory, this, indirect) : new SplitDeviceQueue(memory, this, indirect);
    }

    /** The driver's end, in cleared memory. */
    public DriverQueue drive(GuestMemory memory, boolean packed) {
        return packed ? new PackedDriverQueue(memory, this) : new SplitDriverQueue(memory, this);
    }
}
