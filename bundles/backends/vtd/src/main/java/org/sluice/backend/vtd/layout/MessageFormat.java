// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Interrupt messages as devices write them and as they come out: sections 5.1.2 to 5.1.5. Address in word 0, data in word 1. */
public final class MessageFormat {
    public static final StructureLayout REMAPPABLE = Vtd.structure("remappable-message", 96,
                    "Interrupt message in remappable format: address, then data", "section 5.1.2, remappable format")
            .ignored(1, 0)
            .flag("HANDLE15", 2, "handle bit 15")
            .flag("SHV", 3, "the data holds a subhandle")
            .flag("FORMAT", 4, "1: remappable")
            .value("HANDLE", 19, 5, "handle bits 14:0")
            .value("WINDOW", 31, 20, "0xfee")
            .reserved(63, 32)
            .value("SUBHANDLE", 79, 64, "added to the handle if SHV is set, else must be zero")
            .reserved(95, 80)
            .build();

    public static final StructureLayout COMPATIBILITY = Vtd.structure("compatibility-message", 96,
                    "Interrupt message in compatibility format: address, then data", "section 5.1.2, compatibility format")
            .ignored(1, 0)
            .value("DM", 2, 2, "destination mode", Map.of(0L, "physical", 1L, "logical"))
            .flag("RH", 3, "redirection hint")
            .flag("FORMAT", 4, "0: compatibility")
            .ignored(11, 5)
            .value("DST", 19, 12, "destination id 7:0")
            .value("WINDOW", 31, 20, "0xfee")
            .value("DSTH", 63, 32, "destination id 31:8 in messages that come out of remapping, in place")
            .value("V", 71, 64, "vector")
            .value("DLM", 74, 72, "delivery mode")
            .ignored(77, 75)
            .flag("ASSERT", 78, "level assert")
            .value("TM", 79, 79, "trigger mode", Map.of(0L, "edge", 1L, "level"))
            .ignored(95, 80)
            .build();

    public static final BitField FORMAT = field(REMAPPABLE, "FORMAT");
    public static final BitField HANDLE = field(REMAPPABLE, "HANDLE");
    public static final BitField HANDLE_15 = field(REMAPPABLE, "HANDLE15");
    public static final BitField SUBHANDLE_VALID = field(REMAPPABLE, "SHV");
    public static final BitField WINDOW = field(REMAPPABLE, "WINDOW");
    public static final BitField SUBHANDLE = field(REMAPPABLE, "SUBHANDLE");

    public static final BitField OUT_MODE = field(COMPATIBILITY, "DM");
    public static final BitField OUT_HINT = field(COMPATIBILITY, "RH");
    public static final BitField OUT_DESTINATION = field(COMPATIBILITY, "DST");
    public static final BitField OUT_VECTOR = field(COMPATIBILITY, "V");
    public static final BitField OUT_DELIVERY = field(COMPATIBILITY, "DLM");
    public static final BitField OUT_ASSERT = field(COMPATIBILITY, "ASSERT");
    public static final BitField OUT_TRIGGER = field(COMPATIBILITY, "TM");

    private MessageFormat() {
    }
}
