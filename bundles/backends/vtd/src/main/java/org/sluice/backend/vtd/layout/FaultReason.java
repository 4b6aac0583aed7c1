// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import java.util.HashMap;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.Fault;

/**
 * Every fault reason of the architecture (section 7, fault conditions): number, name, meaning, and whether the fault is
 * <em>qualified</em>, that is found after an entry with a fault-processing-disable bit was read, which can keep it from being
 * recorded. The number decides; several numbers share a name.
 */
public enum FaultReason {
    ROOT_NOT_PRESENT(0x01, "root-not-present", "the root entry of the bus is not present", false),
    CONTEXT_NOT_PRESENT(0x02, "context-not-present", "the context entry of the function is not present", true),
    CONTEXT_INVALID(0x03, "context-entry-invalid", "the context entry asks for a type or width that the unit does not have, "
            + "or its second-stage table cannot be read", true),
    BEYOND_WIDTH(0x04, "address-beyond-width", "the address is wider than the unit or the table allows", true),
    WRITE_DENIED(0x05, "write-not-permitted", "a second-stage entry does not permit writes", true),
    READ_DENIED(0x06, "read-not-permitted", "a second-stage entry does not permit reads", true),
    TABLE_ACCESS(0x07, "table-access", "a second-stage table cannot be read", true),
    ROOT_ACCESS(0x08, "root-table-access", "the root table cannot be read", false),
    CONTEXT_ACCESS(0x09, "context-table-access", "the context table cannot be read", false),
    ROOT_RESERVED(0x0a, "root-entry-reserved", "reserved bits of the root entry are set", false),
    CONTEXT_RESERVED(0x0b, "context-entry-reserved", "reserved bits of the context entry are set", true),
    PAGING_RESERVED(0x0c, "paging-entry-reserved", "reserved bits of a second-stage entry are set", true),
    REQUEST_BLOCKED(0x0d, "request-type-blocked", "the context entry does not allow device-TLB requests", true),
    INTERRUPT_OUTPUT(0x0e, "output-in-interrupt-window", "the translated address lies in the interrupt window", true),

    MESSAGE_RESERVED(0x20, "interrupt-request-reserved", "reserved bits of the interrupt message are set", false),
    INDEX_BEYOND_TABLE(0x21, "interrupt-index-beyond-table", "the interrupt index lies beyond the table", false),
    INTERRUPT_NOT_PRESENT(0x22, "interrupt-entry-not-present", "the interrupt entry is not present", true),
    INTERRUPT_ACCESS(0x23, "interrupt-table-access", "the interrupt entry cannot be read", false),
    INTERRUPT_RESERVED(0x24, "interrupt-entry-reserved", "reserved bits of the interrupt entry are set", true),
    COMPATIBILITY_BLOCKED(0x25, "compatibility-format-blocked", "compatibility-format messages are blocked", false),
    SOURCE_REFUSED(0x26, "interrupt-source-refused", "the interrupt entry does not accept this requester", true),
    DESCRIPTOR_ACCESS(0x27, "posted-descriptor-access", "the posted interrupt descriptor cannot be accessed", true),
    DESCRIPTOR_RESERVED(0x28, "posted-descriptor-reserved", "reserved bits of the posted interrupt descriptor are set", true),
    INTERRUPT_PASID_STATE(0x29, "interrupt-pasid-state", "an interrupt request is not allowed for its PASID state", false),

    ROOT_ADDRESS_INVALID(0x30, "root-address-invalid", "RTADDR selects a form of tables that the unit does not have", false),
    PASID_IN_LEGACY_MODE(0x31, "pasid-in-legacy-mode", "a request with PASID while the tables are legacy", false),
    PAGE_GROUP_IN_LEGACY_MODE(0x32, "page-group-in-legacy-mode", "a page-group request while the tables are legacy", false),
    REASON_33(0x33, "fault-reason-33", "a fault of the root table address", false),
    SM_ROOT_ACCESS(0x38, "root-table-access", "the root table cannot be read", false),
    SM_ROOT_NOT_PRESENT(0x39, "root-not-present", "the root entry of this half of the bus is not present", false),
    SM_ROOT_RESERVED(0x3a, "root-entry-reserved", "reserved bits of the root entry are set", false),
    SM_CONTEXT_ACCESS(0x40, "context-table-access", "the context table cannot be read", false),
    SM_CONTEXT_NOT_PRESENT(0x41, "context-not-present", "the context entry of the function is not present", true),
    SM_CONTEXT_RESERVED(0x42, "context-entry-reserved", "reserved bits of the context entry are set", true),
    SM_CONTEXT_INVALID(0x43, "context-entry-invalid", "the context entry is invalid", true),
    DEVICE_TLB_DISABLED(0x44, "device-tlb-disabled", "the context entry does not allow device-TLB requests", true),
    PASID_DISABLED(0x45, "pasid-disabled", "the context entry does not allow requests with PASID", true),
    PASID_BEYOND_DIRECTORY(0x46, "pasid-beyond-directory", "the PASID lies beyond the PASID directory", true),
    PAGE_REQUEST_DISABLED(0x47, "page-request-disabled", "the context entry does not allow page requests", true),
    RID_PASID_INVALID(0x48, "rid-pasid-invalid", "RID_PASID lies beyond the PASID directory", true),
    PASID_DIRECTORY_ACCESS(0x50, "pasid-directory-access", "the PASID directory cannot be read", true),
    PASID_DIRECTORY_NOT_PRESENT(0x51, "pasid-directory-not-present", "the PASID directory entry is not present", true),
    PASID_DIRECTORY_RESERVED(0x52, "pasid-directory-reserved", "reserved bits of the PASID directory entry are set", true),
    PASID_TABLE_ACCESS(0x58, "pasid-table-access", "the PASID table cannot be read", true),
    PASID_NOT_PRESENT(0x59, "pasid-entry-not-present", "the PASID table entry is not present", true),
    PASID_RESERVED(0x5a, "pasid-entry-reserved", "reserved bits of the PASID table entry are set", true),
    PASID_INVALID(0x5b, "pasid-entry-invalid", "the PASID table entry asks for a type or width that the unit does not have", true),
    EXECUTE_DISABLED(0x5c, "execute-disabled", "the PASID table entry does not allow execute requests", true),
    SUPERVISOR_DISABLED(0x5d, "supervisor-disabled", "the PASID table entry does not allow supervisor requests", true),

    FS_TABLE_ACCESS(0x70, "table-access", "a first-stage table cannot be read", true),
    FS_NOT_PRESENT(0x71, "first-stage-not-present", "a first-stage entry is not present", true),
    FS_RESERVED(0x72, "paging-entry-reserved", "reserved bits of a first-stage entry are set", true),
    FS_ROOT_ACCESS(0x73, "table-access", "the first-stage table that the PASID table entry names cannot be read", true),
    FS_ENTRY_BEYOND_WIDTH(0x74, "table-address-beyond-width", "the second stage does not reach the address of a first-stage table", true),
    FS_ROOT_DENIED(0x75, "table-read-not-permitted", "the second stage does not permit reading the top first-stage table", true),
    FS_ENTRY_DENIED(0x76, "table-read-not-permitted", "the second stage does not permit reading a first-stage table", true),
    FS_UPDATE_DENIED(0x77, "table-write-not-permitted", "the second stage does not permit updating accessed and dirty bits", true),
    SM_TABLE_ACCESS(0x78, "table-access", "a second-stage table cannot be read", true),
    SM_DENIED(0x79, "access-not-permitted", "a second-stage entry permits nothing", true),
    SM_PAGING_RESERVED(0x7a, "paging-entry-reserved", "reserved bits of a second-stage entry are set", true),
    SM_TABLE_POINTER(0x7b, "table-access", "the second-stage table that the PASID table entry names cannot be read", true),
    SM_UPDATE_NO_SNOOP(0x7c, "accessed-dirty-no-snoop", "second-stage accessed and dirty bits cannot be updated without snooping", true),
    NON_CANONICAL(0x80, "non-canonical-address", "the address is not canonical for the first-stage table", true),
    USER_DENIED(0x81, "user-not-permitted", "a first-stage entry is for supervisor requests only", true),
    EXECUTE_DENIED(0x82, "execute-not-permitted", "a first-stage entry does not permit execution", true),
    BEYOND_HARDWARE(0x83, "address-beyond-hardware", "the address is beyond what the hardware can put out", true),
    SM_BEYOND_WIDTH(0x84, "address-beyond-width", "the address is wider than the unit or the second-stage table allows", true),
    SM_WRITE_DENIED(0x85, "write-not-permitted", "a paging entry does not permit writes", true),
    SM_READ_DENIED(0x86, "read-not-permitted", "a paging entry does not permit reads", true),
    SM_INTERRUPT_OUTPUT(0x87, "output-in-interrupt-window", "the address lies in the interrupt window", true),
    REASON_88(0x88, "fault-reason-88", "a fault of the translated address", true),
    REASON_89(0x89, "fault-reason-89", "a fault of the translated address", true),
    FS_UPDATE_NO_SNOOP(0x90, "accessed-dirty-no-snoop", "first-stage accessed and dirty bits cannot be updated without snooping", true),
    FS_UPDATE_FAILED(0x91, "accessed-dirty-failed", "first-stage accessed and dirty bits cannot be updated", true);

    private static final FaultReason[] BY_CODE = new FaultReason[256];

    static {
        for (FaultReason reason : values()) {
            BY_CODE[reason.code] = reason;
        }
    }

    private final int code;
    private final String label;
    private final String meaning;
    private final boolean qualified;
    private final Fault fault;

    FaultReason(int code, String label, String meaning, boolean qualified) {
        this.code = code;
        this.label = label;
        this.meaning = meaning;
        this.qualified = qualified;
        this.fault = fault(label);
    }

    /** The reason with that number, or null. */
    public static FaultReason of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** Names by number, for layouts. */
    static Map<Long, String> names() {
        Map<Long, String> names = new HashMap<>();
        for (FaultReason reason : values()) {
            names.put((long) reason.code, reason.label);
        }
        return names;
    }

    public int code() {
        return code;
    }

    public String label() {
        return label;
    }

    public String meaning() {
        return meaning;
    }

    /** Whether a fault-processing-disable bit can keep it from being recorded (section 7, qualified faults). */
    public boolean qualified() {
        return qualified;
    }

    public Fault fault() {
        return fault;
    }

    /** As {@link #fault()}, with the access named where one number stands for all: an entry that permits nothing. */
    public Fault fault(Access access) {
        if (this != SM_DENIED) {
            return fault;
        }
        return fault(access == Access.WRITE ? WRITE_DENIED.label : READ_DENIED.label);
    }

    private Fault fault(String name) {
        return new Fault(name, code, meaning, String.format("%ssection 7, fault reason %02Xh", Vtd.SPECIFICATION, code));
    }
}
