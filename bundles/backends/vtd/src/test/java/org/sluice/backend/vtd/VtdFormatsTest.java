// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.VtdFormats.FirstStage;
import org.sluice.backend.vtd.layout.VtdFormats.SecondStage;
import org.sluice.backend.vtd.layout.VtdLayouts;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.testkit.radix.RadixFormatConformance;

/** The page-table formats under the common suite, in the combinations of capabilities that matter. */
public class VtdFormatsTest extends RadixFormatConformance {
    @Override
    protected List<RadixFormat> formats() {
        return List.of(new SecondStage(3, 39, 39, true, false, false, false).format(),
                new SecondStage(4, 48, 46, true, true, true, false).format(),
                new SecondStage(5, 57, 52, true, false, false, false).format(),
                new SecondStage(4, 48, 46, true, true, true, true).format(),
                new FirstStage(4, 46, true, true, true).format(), new FirstStage(5, 52, false, false, false).format());
    }

    @Test
    public void everyLayoutHasANameOfItsOwn() {
        Set<String> names = new HashSet<>();
        VtdLayouts.ALL.forEach(layout -> names.add(layout.name()));
        assertEquals(VtdLayouts.ALL.size(), names.size());
    }

    /** Descriptors and entries say something of every bit, so that none is forgotten by the checks of reserved bits. */
    @Test
    public void structuresInMemoryNameEveryBit() {
        for (StructureLayout layout : VtdLayouts.ALL) {
            if (!layout.name().equals("queue-descriptor")) {
                int bits = layout.fields().stream().mapToInt(f -> f.high() - f.low() + 1).sum();
                assertEquals(layout.name(), layout.bits(), bits);
            }
        }
    }
}
