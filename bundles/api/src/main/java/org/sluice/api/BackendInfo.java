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
 * @param halves offered halves: {@code inspector}, {@code model}, {@code driver}
 */
public record BackendInfo(String name, String vendorName, String version, List<String> unitTypes, List<String> halves,
        List<Capability> capabilities) {
    /**
     * One line of the capability table in the backend's README.
     *
     * @param support {@code supported}, {@code reads-as-unsupported} or {@code not-modelled}
     * @param guestSees what a guest or driver notices
     */
    public record Capability(String name, String support, String guestSees) {
    }
}
