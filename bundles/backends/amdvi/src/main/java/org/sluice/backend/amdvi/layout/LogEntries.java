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
    /** The codes of the only records that the other two logs have. */
    public static final long PAGE_SERVICE_REQUEST = 1;
    public static final long GUEST_INTERRUPT = 1;
    /** Type of a hardware error: the access was refused. */
    public static final long TARGET_ABORT = 2;
    /** Type of an invalid request: from a device whose entry does not allow ATS. */
    public static final long NOT_ALLOWED_ATS = 1;
    private static final int PASID_LOW_BITS = 16;

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
            .value("Type", 59, 57, "of a hardware error (58:57) or of an invalid request")
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
    public static final BitField TYPE = field(EVENT, "Type");
    public static final BitField CODE = field(EVENT, "EventCode");
    public static final BitField PPR_DEVICE = field(PPR, "DeviceID");
    public static final BitField PPR_PASID_LOW = field(PPR, "PASIDLow");
    public static final BitField PPR_TAG = field(PPR, "Tag");
    public static final BitField PPR_LAST = field(PPR, "Last");
    public static final BitField PPR_PASID_HIGH = field(PPR, "PASIDHigh");
    public static final BitField PPR_EXEC = field(PPR, "Exec");
    public static final BitField PPR_READ = field(PPR, "Read");
    public static final BitField PPR_WRITE = field(PPR, "Write");
    public static final BitField PPR_USER = field(PPR, "User");
    public static final BitField PPR_GUEST = field(PPR, "GN");
    public static final BitField PPR_CODE = field(PPR, "PprCode");
    public static final BitField GA_TAG = field(GA, "GATag");
    public static final BitField GA_DEVICE = field(GA, "DeviceID");
    public static final BitField GA_CODE = field(GA, "GACode");

    private LogEntries() {
    }

    /** The PASID of an event, which stands in two pieces. */
    public static int pasid(long word) {
        return (int) (PASID_HIGH.get(word) << PASID_LOW_BITS | DOMAIN_OR_PASID.get(word));
    }

    /** The two pieces of an event's PASID. */
    public static long putPasid(int pasid) {
        return PASID_HIGH.put(pasid >>> PASID_LOW_BITS) | DOMAIN_OR_PASID.put(pasid);
    }
}
