// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Interrupt remapping table entries: section 2.2.5. Control.GAEn chooses between 32 and 128 bits, GuestMode between the long forms. */
public final class InterruptEntry {
    public static final int SHORT_BYTES = 4;
    public static final int LONG_BYTES = 16;
    /** Bytes to which a table must be aligned, although its address field has one bit more. */
    public static final int TABLE_ALIGNMENT = 128;
    public static final long FIXED = 0;
    public static final long ARBITRATED = 1;

    private static final Map<Long, String> TYPES = Map.of(FIXED, "fixed", ARBITRATED, "arbitrated", 2L, "reserved", 3L, "reserved", 4L, "reserved",
            5L, "reserved", 6L, "reserved", 7L, "reserved");
    private static final Map<Long, String> MODES = Map.of(0L, "physical", 1L, "logical");

    public static final StructureLayout SHORT = AmdVi.structure("interrupt-entry-32", 32, "Interrupt entry of 32 bits", "section 2.2.5, GAEn=0")
            .flag("RemapEn", 0, "the entry is valid")
            .flag("SupIOPF", 1, "no event if the interrupt faults")
            .value("IntType", 4, 2, "delivery", TYPES)
            .flag("RqEoi", 5, "an end of interrupt is requested: level triggered")
            .value("DM", 6, 6, "destination mode", MODES)
            .reserved(7, 7)
            .value("Destination", 15, 8, "destination")
            .value("Vector", 23, 16, "vector")
            .reserved(31, 24)
            .build();

    public static final StructureLayout LONG = AmdVi.structure("interrupt-entry-128", 128, "Interrupt entry of 128 bits, remapped",
            "section 2.2.5, GAEn=1, GuestMode=0")
            .flag("RemapEn", 0, "the entry is valid")
            .flag("SupIOPF", 1, "no event if the interrupt faults")
            .value("IntType", 4, 2, "delivery", TYPES)
            .flag("RqEoi", 5, "an end of interrupt is requested: level triggered")
            .value("DM", 6, 6, "destination mode", MODES)
            .flag("GuestMode", 7, "0: remapped to the host")
            .value("Destination", 31, 8, "destination 23:0; without XTEn only 7:0 count")
            .ignored(63, 32)
            .value("Vector", 71, 64, "vector")
            .reserved(119, 72)
            .value("DestinationHigh", 127, 120, "destination 31:24, with XTEn")
            .build();

    public static final StructureLayout POSTED = AmdVi.structure("guest-interrupt-entry", 128, "Interrupt entry of 128 bits, for a guest",
            "section 2.2.5, GAEn=1, GuestMode=1")
            .flag("RemapEn", 0, "the entry is valid")
            .flag("SupIOPF", 1, "no event if the interrupt faults")
            .flag("GALogIntr", 2, "log where the guest is not running")
            .reserved(5, 3)
            .flag("IsRun", 6, "the guest is running on Destination")
            .flag("GuestMode", 7, "1: posted to a virtual APIC")
            .value("Destination", 31, 8, "destination 23:0 of the doorbell")
            .value("GATag", 63, 32, "name of the virtual processor in the log")
            .value("Vector", 71, 64, "vector in the virtual APIC")
            .reserved(75, 72)
            .address("VapicRoot", 115, 76, "virtual APIC page; bits 51:12 stand at their places of the second word")
            .reserved(119, 116)
            .value("DestinationHigh", 127, 120, "destination 31:24 of the doorbell")
            .build();

    /** Fields of the first word have the same places in all three forms, but for the width of the destination. */
    public static final BitField REMAP = field(LONG, "RemapEn");
    public static final BitField SUPPRESS = field(LONG, "SupIOPF");
    public static final BitField TYPE = field(LONG, "IntType");
    public static final BitField REQUEST_EOI = field(LONG, "RqEoi");
    public static final BitField DESTINATION_MODE = field(LONG, "DM");
    public static final BitField GUEST_MODE = field(LONG, "GuestMode");
    public static final BitField SHORT_DESTINATION = field(SHORT, "Destination");
    public static final BitField SHORT_VECTOR = field(SHORT, "Vector");
    public static final BitField DESTINATION = field(LONG, "Destination");
    public static final BitField VECTOR = field(LONG, "Vector");
    public static final BitField DESTINATION_HIGH = field(LONG, "DestinationHigh");
    public static final BitField LOG = field(POSTED, "GALogIntr");
    public static final BitField RUNNING = field(POSTED, "IsRun");
    public static final BitField TAG = field(POSTED, "GATag");
    public static final BitField VAPIC = field(POSTED, "VapicRoot");

    private InterruptEntry() {
    }
}
