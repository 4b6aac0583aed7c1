// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import org.sluice.api.layout.BitField;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;

/**
 * Features and configuration space; null is unknown. What is unknown is not checked, and answers that rest on it are unknown.
 *
 * @param features negotiated feature bits
 * @param pageSizeMask its lowest set bit is the granule
 * @param inputRange addresses that can be mapped
 * @param domains domain ids that can be used
 * @param probeSize bytes of properties in a PROBE reply
 * @param bypass the bypass field: 0 or 1; it counts even if the feature was only offered
 */
public record DeviceConfig(Long features, Long pageSizeMask, AddressRange inputRange, AddressRange domains, Long probeSize, Long bypass) {
    /** Everything a full-featured device offers: 4 KiB granule, all addresses and domains, bypass off. */
    public static final DeviceConfig FULL =
            new DeviceConfig(0x77L, -4096L, new AddressRange(0, -1L), new AddressRange(0, 0xffff_ffffL), 512L, 0L);

    static DeviceConfig of(Attributes unit) {
        Attributes config = unit.child("config").orElse(Attributes.EMPTY);
        Attributes domains = config.child("domainRange").orElse(Attributes.EMPTY);
        AddressRange ids = domains.has("first") && domains.has("last")
                ? new AddressRange(domains.number("first").orElseThrow(), domains.number("last").orElseThrow()) : null;
        return new DeviceConfig(unit.number("features").orElse(null), config.number("pageSizeMask").orElse(null),
                config.range("inputRange").orElse(null), ids, config.number("probeSize").orElse(null), config.number("bypass").orElse(null));
    }

    public DeviceConfig withBypass(long value) {
        return new DeviceConfig(features, pageSizeMask, inputRange, domains, probeSize, value);
    }

    public DeviceConfig withFeatures(long negotiated) {
        return new DeviceConfig(negotiated, pageSizeMask, inputRange, domains, probeSize, bypass);
    }

    /** Whether a feature is negotiated; {@code otherwise} where the features are not known. */
    public boolean has(BitField feature, boolean otherwise) {
        return features == null ? otherwise : feature.get(features) != 0;
    }

    /** Whether endpoints that are not attached bypass the unit; null if that cannot be told. */
    public Boolean unattachedBypass() {
        if (has(ConfigSpace.BYPASS, false) || bypass != null && bypass == 1) {
            return true;
        }
        boolean told = bypass != null || features != null && ConfigSpace.BYPASS_CONFIG.get(features) == 0;
        return told ? false : null;
    }

    /** Smallest page, as a mask of the bits below it; 0 if not known. */
    public long granuleMask() {
        return pageSizeMask == null || pageSizeMask == 0 ? 0 : Long.lowestOneBit(pageSizeMask) - 1;
    }
}
