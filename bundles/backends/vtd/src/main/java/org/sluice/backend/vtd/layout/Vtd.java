// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.machine.AddressRange;

/** What all VT-d layouts share: names, the specification, and how fields are looked up. */
public final class Vtd {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "vtd";
    public static final String UNIT_TYPE = "intel-vtd";
    public static final String SPECIFICATION = "Intel VT-d 4.1, ";

    /** Writes here are interrupts and are taken out before translation (section 3.14 and chapter 5). */
    public static final AddressRange INTERRUPT_WINDOW = new AddressRange(0xfee0_0000L, 0xfeef_ffffL);

    private static final int INTERRUPT_SHIFT = 20;

    /** All tables but the interrupt remapping table are whole pages of this size. */
    public static final int PAGE_BYTES = 4096;

    private Vtd() {
    }

    /** Whether an address lies in {@link #INTERRUPT_WINDOW}, which is a naturally aligned MiB: every request is asked that, and every answer. */
    public static boolean isInterrupt(long address) {
        return address >>> INTERRUPT_SHIFT == INTERRUPT_WINDOW.start() >>> INTERRUPT_SHIFT;
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have; of reserved fields the lowest. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }
}
