// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.riscv.layout.RiscvFormats;
import org.sluice.backend.riscv.layout.RiscvFormats.Shape;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.testkit.radix.RadixFormatConformance;

/** All six schemes under the shared algorithms. */
public class RiscvFormatsTest extends RadixFormatConformance {
    @Override
    protected List<RadixFormat> formats() {
        List<RadixFormat> list = new ArrayList<>();
        for (int levels = 3; levels <= 5; levels++) {
            for (boolean second : new boolean[] {false, true}) {
                list.add(RiscvFormats.build(new Shape(second, levels, levels == 4, levels == 3, levels != 5, levels == 4)));
            }
        }
        return list;
    }

    /** Privileged Architecture: widths, and roots of 16 KiB in the x4 schemes. */
    @Test
    public void descriptionsAreThoseOfTheArchitecture() {
        List<TableFormat> formats = RiscvFormats.examples();
        assertEquals(List.of("sv39", "sv39x4", "sv48", "sv48x4", "sv57", "sv57x4"), formats.stream().map(TableFormat::name).toList());
        assertEquals(List.of(39, 41, 48, 50, 57, 59), formats.stream().map(TableFormat::inputBits).toList());
        assertEquals(List.of(4096L, 16384L, 4096L, 16384L, 4096L, 16384L), formats.stream().map(f -> f.levels().get(0).tableBytes()).toList());
        assertEquals(List.of(List.of(1L << 30), List.of(1L << 21), List.of(1L << 12)), formats.get(0).levels().stream().map(TableFormat.Level::leafSizes).toList());
        assertEquals(List.of(4, 3, 2, 1, 0), formats.get(4).levels().stream().map(TableFormat.Level::vendorLevel).toList());
    }
}
