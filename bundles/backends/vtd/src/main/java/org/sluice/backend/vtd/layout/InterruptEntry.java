// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Interrupt remapping table entries and what posted ones lead to: sections 9.10 to 9.12. */
public final class InterruptEntry {
    public static final int BYTES = 16;

    private static final Map<Long, String> SOURCE_MASKS = Map.of(0L, "all bits", 1L, "all but bit 2", 2L, "all but bits 2:1", 3L, "all but bits 2:0");
    /** SVT: the requester is not looked at. */
    public static final long ANY_SOURCE = 0;
    /** SVT: the requester's id is compared under SQ. */
    public static final long SOURCE_ID = 1;
    /** SVT: the requester's bus lies between two numbers. */
    public static final long SOURCE_BUS = 2;
    private static final Map<Long, String> VALIDATIONS =
            Map.of(ANY_SOURCE, "none", SOURCE_ID, "SID under SQ", SOURCE_BUS, "bus from SID[15:8] to SID[7:0]", 3L, "reserved");
    /** Delivery modes by number; the others are reserved. */
    private static final Map<Long, String> DELIVERY =
            Map.of(0L, "fixed", 1L, "lowest", 2L, "smi", 4L, "nmi", 5L, "init", 7L, "extint");

    public static final StructureLayout REMAPPED = Vtd.structure("interrupt-entry", 128,
                    "Interrupt remapping table entry, remapped form", "section 9.10")
            .flag("P", 0, "the entry is valid")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .value("DM", 2, 2, "destination mode", Map.of(0L, "physical", 1L, "logical"))
            .flag("RH", 3, "redirection hint")
            .value("TM", 4, 4, "trigger mode", Map.of(0L, "edge", 1L, "level"))
            .value("DLM", 7, 5, "delivery mode", DELIVERY)
            .ignored(11, 8)
            .reserved(14, 12)
            .flag("IM", 15, "0: remapped form")
            .value("V", 23, 16, "vector")
            .reserved(31, 24)
            .value("DST", 63, 32, "destination; without EIME only bits 15:8 are used and the rest is reserved")
            .value("SID", 79, 64, "source id, or first and last bus")
            .value("SQ", 81, 80, "source id bits compared", SOURCE_MASKS)
            .value("SVT", 83, 82, "how the requester is checked", VALIDATIONS)
            .reserved(127, 84)
            .build();

    public static final StructureLayout POSTED = Vtd.structure("posted-interrupt-entry", 128,
                    "Interrupt remapping table entry, posted form", "section 9.11")
            .flag("P", 0, "the entry is valid")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .reserved(7, 2)
            .ignored(11, 8)
            .reserved(13, 12)
            .flag("URG", 14, "urgent: notify even if suppressed")
            .flag("IM", 15, "1: posted form")
            .value("V", 23, 16, "virtual vector")
            .reserved(37, 24)
            .value("PDAL", 63, 38, "posted descriptor address 31:6")
            .value("SID", 79, 64, "source id, or first and last bus")
            .value("SQ", 81, 80, "source id bits compared", SOURCE_MASKS)
            .value("SVT", 83, 82, "how the requester is checked", VALIDATIONS)
            .reserved(95, 84)
            .value("PDAH", 127, 96, "posted descriptor address 63:32")
            .build();

    public static final StructureLayout POSTED_DESCRIPTOR = Vtd.structure("posted-descriptor", 512, "Posted interrupt descriptor", "section 9.12")
            .value("PIR0", 63, 0, "requested vectors 0 to 63")
            .value("PIR1", 127, 64, "requested vectors 64 to 127")
            .value("PIR2", 191, 128, "requested vectors 128 to 191")
            .value("PIR3", 255, 192, "requested vectors 192 to 255")
            .flag("ON", 256, "a notification is outstanding")
            .flag("SN", 257, "notifications are suppressed unless urgent")
            .reserved(271, 258)
            .value("NV", 279, 272, "notification vector")
            .reserved(287, 280)
            .value("NDST", 319, 288, "notification destination")
            .reserved(511, 320)
            .build();

    public static final BitField PRESENT = field(REMAPPED, "P");
    public static final BitField FAULT_DISABLE = field(REMAPPED, "FPD");
    public static final BitField DESTINATION_MODE = field(REMAPPED, "DM");
    public static final BitField REDIRECTION_HINT = field(REMAPPED, "RH");
    public static final BitField TRIGGER_MODE = field(REMAPPED, "TM");
    public static final BitField DELIVERY_MODE = field(REMAPPED, "DLM");
    public static final BitField POSTED_FORM = field(REMAPPED, "IM");
    public static final BitField VECTOR = field(REMAPPED, "V");
    public static final BitField DESTINATION = field(REMAPPED, "DST");
    public static final BitField SOURCE = field(REMAPPED, "SID");
    public static final BitField SOURCE_QUALIFIER = field(REMAPPED, "SQ");
    public static final BitField SOURCE_VALIDATION = field(REMAPPED, "SVT");

    public static final BitField URGENT = field(POSTED, "URG");
    public static final BitField DESCRIPTOR_LOW = field(POSTED, "PDAL");
    public static final BitField DESCRIPTOR_HIGH = field(POSTED, "PDAH");

    public static final BitField OUTSTANDING = field(POSTED_DESCRIPTOR, "ON");
    public static final BitField SUPPRESSED = field(POSTED_DESCRIPTOR, "SN");
    public static final BitField NOTIFICATION_VECTOR = field(POSTED_DESCRIPTOR, "NV");
    public static final BitField NOTIFICATION_DESTINATION = field(POSTED_DESCRIPTOR, "NDST");

    private InterruptEntry() {
    }
}
