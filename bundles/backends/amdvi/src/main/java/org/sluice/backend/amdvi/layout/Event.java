// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import org.sluice.api.Fault;

/**
 * Every event of the architecture (section 2.5): code, name, flags, meaning. One code stands here once for each combination of flags
 * that tells causes apart; RW is added by {@link #fault(boolean)}.
 */
public enum Event {
    BEYOND_TABLE(Code.ILLEGAL_ENTRY, "", "the DeviceID lies beyond the device table"),
    ENTRY_RESERVED(Code.ILLEGAL_ENTRY, "RZ=1", "reserved bits or values of the device table entry are set"),
    ENTRY_LEVEL(Code.ILLEGAL_ENTRY, "RZ=0", "the device table entry asks for more table levels than there are"),
    INTERRUPT_ENTRY_RESERVED(Code.ILLEGAL_ENTRY, "I=1 RZ=1", "reserved bits or values of the interrupt half of the device table entry are set"),
    INTERRUPT_ENTRY_LENGTH(Code.ILLEGAL_ENTRY, "I=1 RZ=0", "the device table entry gives the interrupt table a length that does not exist"),

    NOT_PRESENT(Code.PAGE_FAULT, "PR=0", "nothing maps the address"),
    NOT_PERMITTED(Code.PAGE_FAULT, "PR=1 PE=1", "the device table entry or a table entry forbids the access"),
    RESERVED_BIT(Code.PAGE_FAULT, "PR=1 RZ=1", "reserved bits of a table entry are set"),
    BAD_LEVEL(Code.PAGE_FAULT, "PR=1 RZ=0", "a table entry has a next level or a page size that does not fit, or address bits of a skipped level are set"),
    GUEST_NOT_PRESENT(Code.PAGE_FAULT, "GN=1 PR=0", "no guest table maps the address for this PASID"),
    GUEST_NOT_PERMITTED(Code.PAGE_FAULT, "GN=1 PR=1 PE=1", "a guest table entry forbids the access"),
    GUEST_RESERVED_BIT(Code.PAGE_FAULT, "GN=1 PR=1 RZ=1", "reserved bits of a guest table entry are set"),
    INTERRUPT_NOT_PRESENT(Code.PAGE_FAULT, "I=1 PR=0", "no interrupt entry, or one that is off, for this message"),
    INTERRUPT_RESERVED(Code.PAGE_FAULT, "I=1 PR=1 RZ=1", "reserved bits or values of the interrupt entry are set"),
    INTERRUPT_ABORTED(Code.PAGE_FAULT, "I=1 PR=0", "the device table entry aborts this kind of interrupt"),

    DEV_TAB_HARDWARE_ERROR(3, "DEV_TAB_HARDWARE_ERROR", "", "the device table cannot be read"),
    PAGE_TAB_HARDWARE_ERROR(4, "PAGE_TAB_HARDWARE_ERROR", "", "a page table cannot be read"),
    ILLEGAL_COMMAND_ERROR(5, "ILLEGAL_COMMAND_ERROR", "", "a command has reserved bits set or an unknown opcode"),
    COMMAND_HARDWARE_ERROR(6, "COMMAND_HARDWARE_ERROR", "", "the command buffer cannot be read"),
    IOTLB_INV_TIMEOUT(7, "IOTLB_INV_TIMEOUT", "", "a device did not answer an IOTLB invalidation"),
    INVALID_DEVICE_REQUEST(8, "INVALID_DEVICE_REQUEST", "", "a request of a kind that the device may not make"),
    INVALID_PPR_REQUEST(9, "INVALID_PPR_REQUEST", "", "a page request that the device may not make"),
    RMP_PAGE_FAULT(0xd, "RMP_PAGE_FAULT", "", "the page belongs to another owner (secure nested paging)"),
    RMP_HARDWARE_ERROR(0xe, "RMP_HARDWARE_ERROR", "", "the reverse map table cannot be read (secure nested paging)"),

    /** A target abort that leaves no record. */
    ABORTED(Fault.NO_CODE, "TARGET_ABORT", "", "the request is refused without a record");

    /** Codes that stand here more than once. */
    private enum Code {
        ILLEGAL_ENTRY(1, "ILLEGAL_DEV_TABLE_ENTRY"), PAGE_FAULT(2, "IO_PAGE_FAULT");

        private final int number;
        private final String label;

        Code(int number, String label) {
            this.number = number;
            this.label = label;
        }
    }

    private final int code;
    private final String label;
    private final String flags;
    private final String meaning;
    private final long header;
    private final Fault read;
    private final Fault write;

    Event(Code code, String flags, String meaning) {
        this(code.number, code.label, flags, meaning);
    }

    Event(int code, String label, String flags, String meaning) {
        this.code = code;
        this.label = label;
        this.flags = flags;
        this.meaning = meaning;
        this.header = header();
        this.read = build(false);
        this.write = build(true);
    }

    /** The event code, or {@link Fault#NO_CODE}. */
    public int code() {
        return code;
    }

    /** The architecture's name of the code. */
    public String label() {
        return label;
    }

    /** Flags that tell causes of one code apart, {@code PR=1 PE=1}; may be empty. */
    public String flags() {
        return flags;
    }

    public String meaning() {
        return meaning;
    }

    /** Code and flags as they stand in word 0 of a record; 0 if there is none. */
    public long word() {
        return header;
    }

    private long header() {
        if (code == Fault.NO_CODE) {
            return 0;
        }
        long word = LogEntries.CODE.put(code);
        for (String flag : flags.isEmpty() ? new String[0] : flags.split(" ")) {
            String[] set = flag.split("=");
            word |= AmdVi.field(LogEntries.EVENT, set[0]).put(Long.parseLong(set[1]));
        }
        return word;
    }

    /** The fault of a read or a write. */
    public Fault fault(boolean isWrite) {
        return isWrite ? write : read;
    }

    /** Page faults are named with their flags, which alone tell the causes apart; other events by their name. */
    private Fault build(boolean isWrite) {
        String name = code == Code.PAGE_FAULT.number ? label + " " + flags + " RW=" + (isWrite ? 1 : 0) : label;
        String told = code == Code.ILLEGAL_ENTRY.number && !flags.isEmpty() ? meaning + " (" + flags + ")" : meaning;
        return new Fault(name, code, told, code == Fault.NO_CODE ? AmdVi.SPECIFICATION + "section 2.2.5"
                : String.format("%ssection 2.5, event code %02Xh", AmdVi.SPECIFICATION, code));
    }
}
