// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.itests.qemu.SampledTranslations.Dialect;
import org.sluice.itests.qemu.SampledTranslations.Sample;
import org.sluice.machine.DeviceId;

/** Trace of QEMU's intel-iommu. */
final class VtdDialect implements Dialect {
    private static final Pattern TRANSLATE =
            Pattern.compile(".*vtd_dmar_translate dev (\\w+:\\w+)\\.(\\w+) iova 0x(\\w+) -> gpa 0x(\\w+) mask 0x(\\w+)");
    private static final Pattern PAGES = Pattern.compile(".*vtd_inv_desc_iotlb_pages iotlb invalidate domain 0x\\w+ addr 0x(\\w+) mask 0x(\\w+)");

    @Override
    public Sample sample(String line) {
        Matcher m = TRANSLATE.matcher(line);
        if (!m.matches()) {
            return null;
        }
        long size = Long.parseUnsignedLong(m.group(5), 16) + 1;
        DeviceId device = DeviceId.parse(m.group(1) + "." + Integer.parseInt(m.group(2), 16));
        return new Sample(device, Long.parseUnsignedLong(m.group(3), 16), Long.parseUnsignedLong(m.group(4), 16), size);
    }

    @Override
    public boolean forgets(String line, Sample sample) {
        if (line.contains("vtd_inv_desc_iotlb_global") || line.contains("vtd_inv_desc_iotlb_domain") || line.contains("vtd_inv_desc_cc_")) {
            return true;
        }
        Matcher m = PAGES.matcher(line);
        if (!m.matches()) {
            return false;
        }
        long pages = 1L << Integer.parseInt(m.group(2), 16);
        long first = Long.parseUnsignedLong(m.group(1), 16) & -(pages << 12);
        return sample.iova() + sample.size() - 1 >= first && sample.iova() <= first + (pages << 12) - 1;
    }
}
