// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.itests.qemu.SampledTranslations.Dialect;
import org.sluice.itests.qemu.SampledTranslations.Sample;
import org.sluice.machine.DeviceId;

/** Trace of QEMU's amd-iommu. It tells the base of the page that was found, of any size, and invalidations without an address. */
final class AmdDialect implements Dialect {
    private static final Pattern TRANSLATE = Pattern.compile(".*amdvi_translation_result devid: (\\w\\w:\\w\\w\\.\\w) gpa 0x(\\w+) hpa 0x(\\w+)");

    @Override
    public Sample sample(String line) {
        Matcher m = TRANSLATE.matcher(line);
        return !m.matches() ? null : new Sample(DeviceId.parse(m.group(1)), Long.parseUnsignedLong(m.group(2), 16),
                Long.parseUnsignedLong(m.group(3), 16), Sample.PAGE_FOUND);
    }

    @Override
    public boolean forgets(String line, Sample sample) {
        return line.contains("amdvi_pages_inval") || line.contains("amdvi_devtab_inval") || line.contains("amdvi_all_inval");
    }
}
