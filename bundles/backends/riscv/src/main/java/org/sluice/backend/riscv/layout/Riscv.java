// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** What all RISC-V layouts share: names, the specifications, and how fields are looked up. */
public final class Riscv {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "riscv";
    public static final String UNIT_TYPE = "riscv-iommu";
    public static final String SPECIFICATION = "RISC-V IOMMU Architecture 1.0, ";
    public static final String PRIVILEGED = "RISC-V Privileged Architecture, ";
    public static final int PAGE_SHIFT = 12;

    private Riscv() {
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }

    /** The address of a page number; 44 bits of it reach 2<sup>56</sup>. */
    public static long page(long pageNumber) {
        return pageNumber << PAGE_SHIFT;
    }
}
