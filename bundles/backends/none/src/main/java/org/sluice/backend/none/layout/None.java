// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/**
 * All that the unit is. Its specification: while CONTROL.ON is set, a requester whose bit in the permit table is 1 gets its addresses
 * out unchanged; everything else is blocked and the first fault is kept in FAULT. While CONTROL.ON is clear, everything is blocked.
 */
public final class None {
    /** Name of the backend in layouts and commands. */
    public static final String BACKEND = "none";
    public static final String UNIT_TYPE = "none";
    public static final String SPECIFICATION = "Sluice unit 'none', ";
    public static final int REGISTER_BYTES = 64;

    /** The permit table: one bit a requester id. */
    public static final int REQUESTERS = 1 << 16;
    public static final int PERMIT_BYTES = REQUESTERS / Byte.SIZE;

    public static final Register CONTROL = Register.of(0x00, layout("CONTROL", "Control")
            .flag("ON", 0, "the permit table decides; else everything is blocked")
            .reserved(63, 1).build());
    public static final Register PERMIT_BASE = Register.of(0x08, layout("PERMIT_BASE", "Permit table base").reserved(11, 0)
            .address("BASE", 51, 12, "8 KiB, one bit a requester id").reserved(63, 52).build());
    public static final Register FAULT = Register.of(0x10, layout("FAULT", "First fault since it was cleared").value("REQUESTER", 15, 0, "who")
            .value("CODE", 23, 16, "why").flag("W", 24, "1: a write").reserved(62, 25).flag("F", 63, "there is a fault; write 1 to clear").build());
    public static final Register FAULT_ADDRESS = Register.of(0x18, layout("FAULT_ADDRESS", "Address of that fault")
            .value("ADDRESS", 63, 0, "I/O address").build());

    public static final BitField ON = field(CONTROL, "ON");
    public static final BitField BASE = field(PERMIT_BASE, "BASE");
    public static final BitField FAULT_REQUESTER = field(FAULT, "REQUESTER");
    public static final BitField FAULT_CODE = field(FAULT, "CODE");
    public static final BitField FAULT_WRITE = field(FAULT, "W");
    public static final BitField FAULT_VALID = field(FAULT, "F");

    private None() {
    }

    private static LayoutBuilder layout(String name, String title) {
        return LayoutBuilder.of(BACKEND, name, Long.SIZE, title, SPECIFICATION + "register " + name);
    }

    private static BitField field(Register register, String name) {
        return register.layout().field(name).orElseThrow();
    }

    /** A register of 64 bits at a fixed place. */
    public record Register(String name, int offset, StructureLayout layout) {
        static Register of(int offset, StructureLayout layout) {
            return new Register(layout.name(), offset, layout);
        }
    }
}
