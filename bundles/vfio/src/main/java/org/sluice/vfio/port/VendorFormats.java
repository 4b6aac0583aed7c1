// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import java.util.List;

import org.sluice.vfio.Errno;

/**
 * Data with which a nested table is made, per vendor (NST-09): what its user owns of the vendor's structure, and not one bit more.
 * Numbers of types are Linux's; that of zPCI, which Linux does not have, lies out of their way.
 */
public final class VendorFormats {
    /** Flags 0 to 2 (supervisor requests, extended accessed flag, write protection), page table of whole pages, width. */
    public static final DataFormat VTD_STAGE_1 = new DataFormat(1, "VT-d first-stage table", 24,
            List.of(0x7L, ~0xfffL, 0xffff_ffffL), Errno.EINVAL);

    /** STE words 0 and 1: V, Config, S1Fmt, S1ContextPtr, S1CDMax; S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. */
    public static final DataFormat SMMUV3_STE = new DataFormat(2, "SMMUv3 stream table entry", 16,
            List.of(0xf80f_ffff_ffff_ffffL, 0x3800_00ffL), Errno.EIO);

    /**
     * DTE words: V, TV, HAD, PPR, GPRP, GIoV, GV, GLX, the root of the GCR3 table and the depth of guest tables. Mode, host table, DomainID, interrupt words belong to
     * the host and must be zero; so do IR and IW, which the host's table decides.
     */
    public static final DataFormat AMD_DTE = new DataFormat(3, "AMD guest device table entry", 32,
            List.of(0x1ff0_0000_0000_0183L, 0xffff_f800_ffff_0000L, 0x00c0_0000_0000_0000L, 0L), Errno.EINVAL);

    /** I/O translation anchor: frame size, designation type, key, protection, enable, origin of a table. */
    public static final DataFormat ZPCI_IOTA = new DataFormat(0x8000_0001, "zPCI translation anchor", 8,
            List.of(~0x3fffL | 0x0bffL), Errno.EINVAL);

    public static final List<DataFormat> ALL = List.of(VTD_STAGE_1, SMMUV3_STE, AMD_DTE, ZPCI_IOTA);

    private VendorFormats() {
    }
}
