// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.machine.AddressRange;

/**
 * What all zPCI layouts share. Everything in memory is big-endian; bit 0 is here the least significant of the 64-bit word, where IBM
 * counts from the most significant, and the bytes of a structure fill word after word from its highest byte down.
 */
public final class Zpci {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "zpci";
    public static final String UNIT_TYPE = "s390-zpci";
    /** Opens every clause; the architecture has no public manual. */
    public static final String SPECIFICATION = "zPCI (docs/backends/zpci.md), ";

    /** Messages of a function go here unless the description of its group says otherwise (QEMU's choice; one page). */
    public static final AddressRange DEFAULT_MSI_WINDOW = AddressRange.ofSize(0xfe00_0000_0000_0000L, 4096);

    private Zpci() {
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have; of reserved fields the lowest. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }
}
