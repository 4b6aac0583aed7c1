// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.itests.qemu.SampledTranslations.Dialect;
import org.sluice.itests.qemu.SampledTranslations.Sample;
import org.sluice.machine.DeviceId;

/** Trace of QEMU's virtio-iommu: what it translated, and mappings and domains that it removed. */
final class VirtioDialect implements Dialect {
    private static final Pattern TRANSLATE = Pattern.compile(".*virtio_iommu_translate_out 0x(\\w+) -> 0x(\\w+) for sid=(\\d+)");
    private static final Pattern UNMAPPED = Pattern.compile(".*virtio_iommu_unmap_done domain=\\d+ virt_start=0x(\\w+) virt_end=0x(\\w+)");

    @Override
    public Sample sample(String line) {
        Matcher m = TRANSLATE.matcher(line);
        long iova = m.matches() ? Long.parseUnsignedLong(m.group(1), 16) : 0;
        // Messages go through unchanged, and no request has mapped them.
        return !m.matches() || iova >>> 20 == 0xfee ? null : new Sample(DeviceId.ofRequester(0, Integer.parseInt(m.group(3))), iova,
                Long.parseUnsignedLong(m.group(2), 16), 1);
    }

    @Override
    public boolean forgets(String line, Sample sample) {
        Matcher m = UNMAPPED.matcher(line);
        return m.matches() && Long.compareUnsigned(Long.parseUnsignedLong(m.group(1), 16), sample.iova()) <= 0
                && Long.compareUnsigned(sample.iova(), Long.parseUnsignedLong(m.group(2), 16)) <= 0;
    }
}
