// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.Fault;

/** Every cause of the fault queue (section "Fault/Event-Queue", table of causes) with its number. */
public enum Cause {
    INSTRUCTION_ACCESS_FAULT(1, "memory on the way of an instruction fetch cannot be reached"),
    READ_ADDRESS_MISALIGNED(4, "the address of a read is misaligned"),
    READ_ACCESS_FAULT(5, "memory on the way of a read cannot be reached"),
    WRITE_ADDRESS_MISALIGNED(6, "the address of a write or atomic access is misaligned"),
    WRITE_ACCESS_FAULT(7, "memory on the way of a write or atomic access cannot be reached"),
    INSTRUCTION_PAGE_FAULT(12, "the first stage does not let the instruction fetch through"),
    READ_PAGE_FAULT(13, "the first stage does not let the read through"),
    WRITE_PAGE_FAULT(15, "the first stage does not let the write through"),
    INSTRUCTION_GUEST_PAGE_FAULT(20, "the second stage does not let the instruction fetch through"),
    READ_GUEST_PAGE_FAULT(21, "the second stage does not let the read through"),
    WRITE_GUEST_PAGE_FAULT(23, "the second stage does not let the write through"),
    ALL_INBOUND_TRANSACTIONS_DISALLOWED(256, "the unit is off and lets nothing through"),
    DDT_ENTRY_LOAD_ACCESS_FAULT(257, "a device directory entry cannot be read"),
    DDT_ENTRY_NOT_VALID(258, "the device directory has no valid entry for the device"),
    DDT_ENTRY_MISCONFIGURED(259, "an entry of the device directory is not as the unit can take it"),
    TRANSACTION_TYPE_DISALLOWED(260, "the device may not make this kind of access"),
    MSI_PTE_LOAD_ACCESS_FAULT(261, "an MSI page table entry cannot be read"),
    MSI_PTE_NOT_VALID(262, "the MSI page table has no valid entry for the interrupt file"),
    MSI_PTE_MISCONFIGURED(263, "the MSI page table entry is not as the unit can take it"),
    MRIF_ACCESS_FAULT(264, "the memory-resident interrupt file cannot be reached"),
    PDT_ENTRY_LOAD_ACCESS_FAULT(265, "a process directory entry cannot be read"),
    PDT_ENTRY_NOT_VALID(266, "the process directory has no valid entry for the process"),
    PDT_ENTRY_MISCONFIGURED(267, "an entry of the process directory is not as the unit can take it"),
    DDT_DATA_CORRUPTION(268, "the memory of a device directory entry is damaged"),
    PDT_DATA_CORRUPTION(269, "the memory of a process directory entry is damaged"),
    MSI_PT_DATA_CORRUPTION(270, "the memory of an MSI page table entry is damaged"),
    MSI_MRIF_DATA_CORRUPTION(271, "the memory of an interrupt file is damaged"),
    INTERNAL_DATA_PATH_ERROR(272, "an error inside the unit"),
    IOMMU_MSI_WRITE_ACCESS_FAULT(273, "the unit's own interrupt message cannot be written"),
    PAGE_TABLE_DATA_CORRUPTION(274, "the memory of a page table entry is damaged");

    private static final int CUSTOM_FIRST = 2048;
    private static final Map<Integer, Cause> BY_CODE = new HashMap<>();

    static {
        for (Cause cause : values()) {
            BY_CODE.put(cause.code, cause);
        }
    }

    private final int code;
    private final Fault fault;

    Cause(int code, String meaning) {
        this.code = code;
        this.fault = new Fault(name().toLowerCase(Locale.ROOT).replace('_', '-'), code, meaning,
                Riscv.SPECIFICATION + "section Fault/Event-Queue, cause " + code);
    }

    /** The cause with that number as a fault, whatever the number. */
    public static Fault fault(int code) {
        Cause known = BY_CODE.get(code);
        if (known != null) {
            return known.fault;
        }
        boolean custom = code >= CUSTOM_FIRST;
        return new Fault(custom ? "custom-cause" : "reserved-cause", code, custom ? "a cause that the implementation defines"
                : "a number that the specification does not define", Riscv.SPECIFICATION + "section Fault/Event-Queue");
    }

    static Map<Long, String> names() {
        Map<Long, String> names = new HashMap<>();
        for (Cause cause : values()) {
            names.put((long) cause.code, cause.fault.name());
        }
        return names;
    }

    /** What an access gets where memory of a table, or its own target, cannot be reached. */
    public static Cause accessFault(Access access) {
        return of(access, INSTRUCTION_ACCESS_FAULT, READ_ACCESS_FAULT, WRITE_ACCESS_FAULT);
    }

    /** What an access gets that a stage refuses; implicit accesses count as the original one. */
    public static Cause pageFault(Access access, boolean secondStage) {
        return secondStage ? of(access, INSTRUCTION_GUEST_PAGE_FAULT, READ_GUEST_PAGE_FAULT, WRITE_GUEST_PAGE_FAULT)
                : of(access, INSTRUCTION_PAGE_FAULT, READ_PAGE_FAULT, WRITE_PAGE_FAULT);
    }

    private static Cause of(Access access, Cause execute, Cause read, Cause write) {
        return access == Access.EXECUTE ? execute : access == Access.READ ? read : write;
    }

    public int code() {
        return code;
    }

    public Fault fault() {
        return fault;
    }
}
