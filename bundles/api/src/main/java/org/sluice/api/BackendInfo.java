// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

/**
 * A vendor bundle.
 *
 * @param name {@code vtd}, {@code smmuv3}, ...
 * @param vendorName as the vendor writes it
 * @param version bundle version
 * @param unitTypes unit types that it reads, {@code intel-vtd}
 * @param halves those that it offers
 */
public record BackendInfo(String name, String vendorName, String version, List<String> unitTypes, List<Half> halves,
        List<Capability> capabilities) {
    /** What a backend may offer. */
    public enum Half {
        /** Reads what others made. */
        INSPECTOR,
        /** Is the hardware. */
        MODEL,
        /** Programs the hardware. */
        DRIVER
    }

    /** What becomes of something that the architecture has. */
    public enum Support {
        SUPPORTED,
        /** The unit says that it does not have it. */
        READS_AS_UNSUPPORTED,
        NOT_MODELLED
    }

    /**
     * One line of the capability table in the backend's README.
     *
     * @param guestSees what a guest or driver notices
     */
    public record Capability(String name, Support support, String guestSees) {
    }
}
