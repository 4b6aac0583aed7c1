// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/**
 * What the owner of a page table hands over so that a unit translates by it over a parent (NST-02, NST-09): bytes of the vendor's own structure,
 * whose meaning a type number tells. Numbers of types are those of Linux's iommufd. Two objects are two tables, even if they say the same.
 */
public final class UserTable {
    /** VT-d (first stage): flags, root, width. */
    public static final int VTD = 1;
    /** SMMUv3 (stage 1): words 0 and 1 of a stream table entry. */
    public static final int SMMUV3 = 2;
    /** AMD-Vi (guest table): a device table entry. */
    public static final int AMDVI = 3;

    private final int type;
    private final byte[] bytes;

    /** @param bytes little-endian; copied */
    public UserTable(int type, byte[] bytes) {
        this.type = type;
        this.bytes = bytes.clone();
    }

    public int type() {
        return type;
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String toString() {
        return "user table of type " + type;
    }
}
