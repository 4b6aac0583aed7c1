// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/**
 * Interrupt messages: address in word 0, data in word 1 (section 2.2.5). Coming in, the index of the entry and the delivery mode
 * overlap in the data; going out they are the processor's.
 */
public final class InterruptMessage {
    public static final int FIXED = 0;
    public static final int ARBITRATED = 1;
    public static final int SMI = 2;
    public static final int NMI = 4;
    public static final int INIT = 5;
    public static final int EXTINT = 7;

    private static final Map<Long, String> DELIVERY = Map.of(0L, "fixed", 1L, "lowest", 2L, "smi", 3L, "reserved", 4L, "nmi", 5L, "init", 6L,
            "reserved", 7L, "extint");

    public static final StructureLayout REQUEST = AmdVi.structure("interrupt-request", 96,
            "Interrupt message to be remapped: address, then data", "section 2.2.5")
            .ignored(19, 0)
            .value("Window", 31, 20, "0xfee")
            .ignored(63, 32)
            .value("Index", 74, 64, "entry in the interrupt table; bits 10:8 are also the delivery mode")
            .ignored(95, 75)
            .build();

    public static final StructureLayout OUTPUT = AmdVi.structure("interrupt-message", 96,
            "Interrupt message to the processors: address, then data", "section 2.2.5")
            .ignored(1, 0)
            .value("DM", 2, 2, "destination mode", Map.of(0L, "physical", 1L, "logical"))
            .flag("RH", 3, "redirection hint")
            .ignored(11, 4)
            .value("Destination", 19, 12, "destination 7:0")
            .value("Window", 31, 20, "0xfee")
            .ignored(39, 32)
            .value("DestinationHigh", 63, 40, "destination 31:8")
            .value("Vector", 71, 64, "vector")
            .value("Delivery", 74, 72, "delivery mode", DELIVERY)
            .ignored(77, 75)
            .flag("Assert", 78, "level assert")
            .value("Trigger", 79, 79, "trigger mode", Map.of(0L, "edge", 1L, "level"))
            .build();

    public static final BitField INDEX = field(REQUEST, "Index");
    public static final BitField OUT_MODE = field(OUTPUT, "DM");
    public static final BitField OUT_DESTINATION = field(OUTPUT, "Destination");
    public static final BitField OUT_DESTINATION_HIGH = field(OUTPUT, "DestinationHigh");
    public static final BitField OUT_VECTOR = field(OUTPUT, "Vector");
    public static final BitField OUT_DELIVERY = field(OUTPUT, "Delivery");
    public static final BitField OUT_ASSERT = field(OUTPUT, "Assert");
    public static final BitField OUT_TRIGGER = field(OUTPUT, "Trigger");

    private InterruptMessage() {
    }

    /** {@code fixed}, {@code lowest}, ... */
    public static String delivery(long mode) {
        return OUT_DELIVERY.meaningOf(mode);
    }
}
