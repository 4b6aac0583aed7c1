// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

/** What a mapping allows, as bits of an int, so that hot paths can carry it. */
public final class Permissions {
    public static final int READ = 1;
    public static final int WRITE = 2;
    public static final int EXECUTE = 4;
    /**
     * Not a permission but told beside them when mapping: the output is device memory, a doorbell say. Formats with memory types use
     * their device type, and none makes it executable. Where the address alone decides about the memory type, as on x86 and s390,
     * nothing is written; a virtio-iommu device that has no flag for it refuses the mapping (decision 0033).
     */
    public static final int MMIO = 8;
    public static final int READ_WRITE = READ | WRITE;
    public static final int ALL = READ | WRITE | EXECUTE;

    private static final String[] TEXT = {"-", "r", "w", "rw", "x", "rx", "wx", "rwx"};

    private Permissions() {
    }

    /** {@code rw}, {@code r}, ...; {@code -} for none. */
    public static String text(int permissions) {
        return TEXT[permissions & ALL];
    }
}
