// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Records that the unit writes: event log (section 2.5), peripheral page requests (2.6), guest interrupts (2.7). */
public final class LogEntries {
    public static final int EVENT_BYTES = 16;
    public static final int PPR_BYTES = 16;
    public static final int GA_BYTES = 8;

    public static final Map<Long, String> EVENT_CODES = Map.ofEntries(Map.entry(1L, "ILLEGAL_DEV_TABLE_ENTRY"), Map.entry(2L, "IO_PAGE_FAULT"),
            Map.entry(3L, "DEV_TAB_HARDWARE_ERROR"), Map.entry(4L, "PAGE_TAB_HARDWARE_ERROR"), Map.entry(5L, "ILLEGAL_COMMAND_ERROR"),
            Map.entry(6L, "COMMAND_HARDWARE_ERROR"), Map.entry(7L, "IOTLB_INV_TIMEOUT"), Map.entry(8L, "INVALID_DEVICE_REQUEST"),
            Map.entry(9L, "INVALID_PPR_REQUEST"), Map.entry(13L, "RMP_PAGE_FAULT"), Map.entry(14L, "RMP_HARDWARE_ERROR"));

    public static final StructureLayout EVENT = AmdVi.structure("event-log-entry", 128, "Event log record", "section 2.5")
            .value("DeviceID", 15, 0, "requester; 0 in command errors")
            .value("PASIDHigh", 19, 16, "PASID 19:16, with GN")
            .reserved(31, 20)
            .value("DomainOrPasid", 47, 32, "domain, or with GN PASID 15:0")
            .flag("GN", 48, "the address is a guest virtual one, with PASID")
            .flag("NX", 49, "execution was asked for")
            .flag("US", 50, "a user request")
            .flag("I", 51, "an interrupt request")
            .flag("PR", 52, "the entry was present")
            .flag("RW", 53, "1: write")
            .flag("PE", 54, "the permission was missing")
            .flag("RZ", 55, "a reserved bit was set; with PR=1, PE=0 and RZ=0 a level or size was bad")
            .flag("TR", 56, "an ATS translation request")
            .reserved(59, 57)
            .value("EventCode", 63, 60, "what happened", EVENT_CODES)
            .value("Address", 127, 64, "of the access, the entry or the command")
            .build();

    public static final StructureLayout PPR = AmdVi.structure("ppr-log-entry", 128, "Peripheral page request record", "section 2.6")
            .value("DeviceID", 15, 0, "requester")
            .value("PASIDLow", 31, 16, "PASID 15:0")
            .value("Tag", 40, 32, "group index")
            .flag("Last", 41, "last of its group")
            .value("PASIDHigh", 45, 42, "PASID 19:16")
            .reserved(48, 46)
            .flag("Exec", 49, "execution is asked for")
            .flag("Read", 50, "reading is asked for")
            .reserved(52, 51)
            .flag("Write", 53, "writing is asked for")
            .flag("User", 54, "user access")
            .flag("RZ", 55, "a reserved bit was set")
            .flag("GN", 56, "the request has a PASID")
            .reserved(59, 57)
            .value("PprCode", 63, 60, "kind of record", Map.of(1L, "PAGE_SERVICE_REQUEST"))
            .value("Address", 127, 64, "page asked for")
            .build();

    public static final StructureLayout GA = AmdVi.structure("ga-log-entry", 64, "Guest virtual APIC record", "section 2.7")
            .value("GATag", 31, 0, "virtual processor")
            .value("DeviceID", 47, 32, "device that interrupted")
            .reserved(59, 48)
            .value("GACode", 63, 60, "kind of record", Map.of(1L, "GUEST_INTERRUPT"))
            .build();

    public static final BitField DEVICE = field(EVENT, "DeviceID");
    public static final BitField PASID_HIGH = field(EVENT, "PASIDHigh");
    public static final BitField DOMAIN_OR_PASID = field(EVENT, "DomainOrPasid");
    public static final BitField GUEST = field(EVENT, "GN");
    public static final BitField NO_EXECUTE = field(EVENT, "NX");
    public static final BitField INTERRUPT = field(EVENT, "I");
    public static final BitField PRESENT = field(EVENT, "PR");
    public static final BitField WRITE = field(EVENT, "RW");
    public static final BitField PERMISSION = field(EVENT, "PE");
    public static final BitField RESERVED = field(EVENT, "RZ");
    public static final BitField TRANSLATION = field(EVENT, "TR");
    public static final BitField CODE = field(EVENT, "EventCode");
    public static final BitField PPR_CODE = field(PPR, "PprCode");
    public static final BitField GA_CODE = field(GA, "GACode");

    private LogEntries() {
    }
}
