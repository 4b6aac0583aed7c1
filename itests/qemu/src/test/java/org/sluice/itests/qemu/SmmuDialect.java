// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.itests.qemu.SampledTranslations.Dialect;
import org.sluice.itests.qemu.SampledTranslations.Sample;
import org.sluice.machine.DeviceId;

/** Trace of QEMU's SMMUv3, of version 7.2 and later ones, which call the range invalidation differently. */
final class SmmuDialect implements Dialect {
    private static final Pattern TRANSLATE =
            Pattern.compile(".*smmuv3_translate_success \\S+ sid=0x(\\w+) iova=0x(\\w+) translated=0x(\\w+) perm=0x\\w+.*");
    private static final Pattern RANGE = Pattern.compile(".*smmuv3_(?:s1_)?range_inval .*addr=0x(\\w+) tg=(\\d) num_pages=0x(\\w+) .*");
    /** Translation granule of a range: 1 is 4 KiB, 2 is 16 KiB, 3 is 64 KiB; 0, an address alone, counts as the least. SMMUv3 4.4.1. */
    private static final int[] GRANULE_SHIFT = {12, 12, 14, 16};

    @Override
    public Sample sample(String line) {
        Matcher m = TRANSLATE.matcher(line);
        if (!m.matches()) {
            return null;
        }
        int stream = Integer.parseInt(m.group(1), 16);
        return new Sample(DeviceId.ofRequester(0, stream), Long.parseUnsignedLong(m.group(2), 16), Long.parseUnsignedLong(m.group(3), 16), 1);
    }

    @Override
    public boolean forgets(String line, Sample sample) {
        if (line.contains("smmuv3_cmdq_tlbi_nh") || line.contains("smmuv3_cmdq_cfgi")) {
            return true;
        }
        Matcher m = RANGE.matcher(line);
        if (!m.matches()) {
            return false;
        }
        long first = Long.parseUnsignedLong(m.group(1), 16);
        long bytes = Long.parseUnsignedLong(m.group(3), 16) << GRANULE_SHIFT[Integer.parseInt(m.group(2))];
        return Long.compareUnsigned(sample.iova() - first, bytes) < 0;
    }
}
