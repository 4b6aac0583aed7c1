// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

/**
 * Registers of the MMIO transport (OASIS virtio, MMIO Device Register Layout), offsets from the unit's base. Both halves speak it: of all
 * transports it is the one that is a single register block. A write to {@link #QUEUE_NOTIFY} starts a queue; configuration space follows
 * at {@link #CONFIG}.
 */
public final class Mmio {
    public static final int MAGIC = 0x000;
    public static final int VERSION = 0x004;
    public static final int DEVICE_ID = 0x008;
    public static final int VENDOR_ID = 0x00c;
    public static final int DEVICE_FEATURES = 0x010;
    public static final int DEVICE_FEATURES_SELECT = 0x014;
    public static final int DRIVER_FEATURES = 0x020;
    public static final int DRIVER_FEATURES_SELECT = 0x024;
    public static final int QUEUE_SELECT = 0x030;
    public static final int QUEUE_SIZE_MAX = 0x034;
    public static final int QUEUE_SIZE = 0x038;
    public static final int QUEUE_READY = 0x044;
    public static final int QUEUE_NOTIFY = 0x050;
    public static final int INTERRUPT_STATUS = 0x060;
    public static final int INTERRUPT_ACKNOWLEDGE = 0x064;
    public static final int STATUS = 0x070;
    public static final int QUEUE_DESCRIPTORS = 0x080;
    public static final int QUEUE_DRIVER = 0x090;
    public static final int QUEUE_DEVICE = 0x0a0;
    public static final int CONFIG_GENERATION = 0x0fc;
    public static final int CONFIG = 0x100;
    /** Offset of the bypass field. */
    public static final int BYPASS = CONFIG + 36;
    public static final int BYTES = CONFIG + 40;

    /** {@code virt} in ASCII. */
    public static final int MAGIC_VALUE = 0x7472_6976;
    public static final int VERSION_VALUE = 2;
    public static final int IOMMU_DEVICE = 23;

    /** Bits of {@link #STATUS} (Device Status Field). */
    public static final int ACKNOWLEDGE = 1;
    public static final int DRIVER = 2;
    public static final int DRIVER_OK = 4;
    public static final int FEATURES_OK = 8;
    public static final int NEEDS_RESET = 64;

    /** Bits of {@link #INTERRUPT_STATUS}. */
    public static final int USED_BUFFER = 1;
    public static final int CONFIG_CHANGE = 2;

    private Mmio() {
    }
}
