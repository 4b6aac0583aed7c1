// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Guard;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Regime;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.testkit.radix.RadixFormatConformance;

/** Both stages in every granule, with narrow, wide and concatenated roots, under the shared algorithms. */
public class SmmuFormatsTest extends RadixFormatConformance {
    private static final Rules HARDWARE_UPDATES = new Rules(Regime.UNPRIVILEGED, true, true, true, false, false, true, Guard.NONE);

    @Override
    protected List<RadixFormat> formats() {
        List<RadixFormat> list = new ArrayList<>();
        for (int granule : new int[] {Smmu.GRANULE_4K, Smmu.GRANULE_16K, Smmu.GRANULE_64K}) {
            for (int bits : new int[] {48, 39, 52}) {
                boolean wide = bits == 52;
                // Five levels need more tables than the suite hands out.
                int width = wide && granule == Smmu.GRANULE_4K ? 48 : bits;
                list.add(SmmuFormats.build(new Shape(1, granule, width, SmmuFormats.startLevel(granule, width), wide ? 52 : 44, wide, true, bits == 39), Rules.PLAIN));
            }
            list.add(SmmuFormats.build(new Shape(2, granule, 40, granule == Smmu.GRANULE_4K ? 1 : 2, 44, false, false, false), HARDWARE_UPDATES));
        }
        return list;
    }

    /** DDI 0487: block and page sizes, index bits. */
    @Test
    public void descriptionsAreThoseOfTheArchitecture() {
        TableFormat small = SmmuFormats.build(new Shape(1, 12, 48, 0, 48, false, false, false), Rules.PLAIN).description();
        assertEquals(List.of(List.of(), List.of(1L << 30), List.of(1L << 21), List.of(1L << 12)), small.levels().stream().map(TableFormat.Level::leafSizes).toList());
        assertEquals(List.of(0, 1, 2, 3), small.levels().stream().map(TableFormat.Level::vendorLevel).toList());
        TableFormat concatenated = SmmuFormats.build(new Shape(2, 12, 40, 1, 40, false, false, false), Rules.PLAIN).description();
        assertEquals("two tables", 8192, concatenated.levels().get(0).tableBytes());
        TableFormat large = SmmuFormats.build(new Shape(1, 16, 52, 1, 52, true, false, false), Rules.PLAIN).description();
        assertEquals(List.of(List.of(1L << 42), List.of(1L << 29), List.of(1L << 16)), large.levels().stream().map(TableFormat.Level::leafSizes).toList());
        TableFormat five = SmmuFormats.build(new Shape(1, 12, 52, -1, 52, true, false, false), Rules.PLAIN).description();
        assertEquals(-1, five.levels().get(0).vendorLevel());
        assertEquals(List.of(1L << 39), five.levels().get(1).leafSizes());
    }
}
