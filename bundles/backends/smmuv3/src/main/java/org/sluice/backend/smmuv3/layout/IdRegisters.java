// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.kit.register.Register;

/** What a unit can do: IDR0 to IDR6, IIDR, AIDR (section 6.3). */
public final class IdRegisters {
    public static final Register IDR0 = Register.of(0x000, id("IDR0", "Stages, formats, queues")
            .flag("S2P", 0, "stage 2").flag("S1P", 1, "stage 1")
            .value("TTF", 3, 2, "table formats", Map.of(1L, "AArch32", 2L, "AArch64", 3L, "AArch32 and AArch64"))
            .flag("COHACC", 4, "coherent access to structures").flag("BTM", 5, "takes part in TLB maintenance broadcasts")
            .value("HTTU", 7, 6, "hardware updates", Map.of(0L, "none", 1L, "access flag", 2L, "access flag and dirty state"))
            .flag("DORMHINT", 8, "dormant hint").flag("HYP", 9, "EL2 stream worlds").flag("ATS", 10, "ATS")
            .flag("NS1ATS", 11, "split-stage ATS not supported").flag("ASID16", 12, "16-bit ASIDs").flag("MSI", 13, "sends messages")
            .flag("SEV", 14, "sends events to processors").flag("ATOS", 15, "address translation registers").flag("PRI", 16, "page requests")
            .flag("VMW", 17, "VMID wildcards").flag("VMID16", 18, "16-bit VMIDs").flag("CD2L", 19, "two-level context descriptor tables")
            .flag("VATOS", 20, "virtual machine address translation registers")
            .value("TTENDIAN", 22, 21, "byte order of tables", Map.of(0L, "both", 2L, "little", 3L, "big"))
            .flag("ATSRECERR", 23, "records errors of ATS configuration")
            .value("STALL_MODEL", 25, 24, "stalling", Map.of(0L, "optional", 1L, "never", 2L, "forced"))
            .flag("TERM_MODEL", 26, "terminated transactions always abort")
            .value("ST_LEVEL", 28, 27, "stream tables", Map.of(0L, "linear", 1L, "linear and two-level"))
            .ignored(29, 29).flag("RME_IMPL", 30, "realm management").ignored(31, 31).build());

    public static final Register IDR1 = Register.of(0x004, id("IDR1", "Sizes")
            .value("SIDSIZE", 5, 0, "StreamID bits").value("SSIDSIZE", 10, 6, "SubstreamID bits")
            .value("PRIQS", 15, 11, "log2 of page request queue entries")
            .value("EVENTQS", 20, 16, "log2 of event queue entries").value("CMDQS", 25, 21, "log2 of command queue entries")
            .flag("ATTR_PERMS_OVR", 26, "permission attributes can be overridden").flag("ATTR_TYPES_OVR", 27, "memory types can be overridden")
            .flag("REL", 28, "preset addresses are relative").flag("QUEUES_PRESET", 29, "queues are fixed")
            .flag("TABLES_PRESET", 30, "tables are fixed")
            .flag("ECMDQ", 31, "enhanced command queues").build());

    public static final Register IDR2 = Register.of(0x008, id("IDR2", "VATOS page").value("BA_VATOS", 9, 0, "offset in 64 KiB").ignored(31, 10)
            .build());

    public static final Register IDR3 = Register.of(0x00c, id("IDR3", "Features of tables and commands")
            .ignored(1, 0).flag("HAD", 2, "table attributes can be ignored").flag("PBHA", 3, "page-based attributes")
            .flag("XNX", 4, "stage-2 execute permission by privilege")
            .flag("PPS", 5, "PASID in page responses").ignored(6, 6).flag("MPAM", 7, "memory partitioning")
            .flag("FWB", 8, "stage 2 forces cacheability")
            .flag("STT", 9, "small tables").flag("RIL", 10, "range invalidation").value("BBML", 12, 11, "break-before-make level")
            .flag("E0PD", 13, "unprivileged halves can be switched off").flag("PTWNNC", 14, "walks are not non-cacheable")
            .flag("DPT", 15, "device permission table")
            .flag("PASIDTT", 16, "PASID in translated requests").flag("EPAN", 17, "enhanced PAN").flag("S1PI", 18, "stage-1 permission indirection")
            .flag("S2PI", 19, "stage-2 permission indirection").flag("S2PO", 20, "stage-2 permission overlays")
            .flag("THE", 21, "translation hardening")
            .flag("MTEPERM", 22, "allocation tag permission").flag("AIE", 23, "attribute index enhancement").ignored(31, 24).build());

    public static final Register IDR4 = Register.of(0x010, id("IDR4", "Implementation defined").value("value", 31, 0, "implementation defined")
            .build());

    public static final Register IDR5 = Register.of(0x014, id("IDR5", "Address sizes")
            .value("OAS", 2, 0, "output size", Map.of(0L, "32-bit", 1L, "36-bit", 2L, "40-bit", 3L, "42-bit", 4L, "44-bit", 5L, "48-bit", 6L, "52-bit", 7L, "56-bit"))
            .ignored(3, 3).flag("GRAN4K", 4, "4 KiB granule").flag("GRAN16K", 5, "16 KiB granule").flag("GRAN64K", 6, "64 KiB granule")
            .flag("DS", 7, "52-bit addresses with 4K and 16K").flag("D128", 8, "128-bit descriptors").ignored(9, 9)
            .value("VAX", 11, 10, "input size", Map.of(0L, "48-bit", 1L, "52-bit")).ignored(15, 12)
            .value("STALL_MAX", 31, 16, "stalled transactions").build());

    public static final Register IIDR = Register.of(0x018, id("IIDR", "Implementation").value("Implementer", 11, 0, "JEP106 code")
            .value("Revision", 15, 12, "minor revision").value("Variant", 19, 16, "major revision").value("ProductID", 31, 20, "product").build());

    public static final Register AIDR = Register.of(0x01c, id("AIDR", "Architecture version").value("minor", 3, 0, "3.n")
            .value("major", 7, 4, "0: version 3").ignored(31, 8).build());

    public static final Register IDR6 = Register.of(0x190, id("IDR6", "Enhanced command queues").ignored(15, 0)
            .value("CMDQ_CONTROL_PAGE_LOG2NUMQ", 19, 16, "log2 of queues a page")
            .ignored(23, 20).value("CMDQ_CONTROL_PAGE_LOG2NUMP", 27, 24, "log2 of pages").ignored(31, 28).build());

    public static final BitField S2P = field(IDR0.layout(), "S2P");
    public static final BitField S1P = field(IDR0.layout(), "S1P");
    public static final BitField TTF = field(IDR0.layout(), "TTF");
    public static final BitField HTTU = field(IDR0.layout(), "HTTU");
    public static final BitField COHACC = field(IDR0.layout(), "COHACC");
    public static final BitField MSI = field(IDR0.layout(), "MSI");
    public static final BitField PRI = field(IDR0.layout(), "PRI");
    public static final BitField ATSRECERR = field(IDR0.layout(), "ATSRECERR");
    public static final BitField HYP = field(IDR0.layout(), "HYP");
    public static final BitField ATS = field(IDR0.layout(), "ATS");
    public static final BitField NS1ATS = field(IDR0.layout(), "NS1ATS");
    public static final BitField ASID16 = field(IDR0.layout(), "ASID16");
    public static final BitField VMID16 = field(IDR0.layout(), "VMID16");
    public static final BitField CD2L = field(IDR0.layout(), "CD2L");
    public static final BitField TTENDIAN = field(IDR0.layout(), "TTENDIAN");
    public static final BitField STALL_MODEL = field(IDR0.layout(), "STALL_MODEL");
    public static final BitField TERM_MODEL = field(IDR0.layout(), "TERM_MODEL");
    public static final BitField ST_LEVEL = field(IDR0.layout(), "ST_LEVEL");
    public static final BitField SIDSIZE = field(IDR1.layout(), "SIDSIZE");
    public static final BitField SSIDSIZE = field(IDR1.layout(), "SSIDSIZE");
    public static final BitField PRIQS = field(IDR1.layout(), "PRIQS");
    public static final BitField EVENTQS = field(IDR1.layout(), "EVENTQS");
    public static final BitField CMDQS = field(IDR1.layout(), "CMDQS");
    public static final BitField ATTR_PERMS_OVR = field(IDR1.layout(), "ATTR_PERMS_OVR");
    public static final BitField RIL = field(IDR3.layout(), "RIL");
    public static final BitField HAD = field(IDR3.layout(), "HAD");
    public static final BitField XNX = field(IDR3.layout(), "XNX");
    public static final BitField FWB = field(IDR3.layout(), "FWB");
    public static final BitField STT = field(IDR3.layout(), "STT");
    public static final BitField BBML = field(IDR3.layout(), "BBML");
    public static final BitField OAS = field(IDR5.layout(), "OAS");
    public static final BitField GRAN4K = field(IDR5.layout(), "GRAN4K");
    public static final BitField GRAN16K = field(IDR5.layout(), "GRAN16K");
    public static final BitField GRAN64K = field(IDR5.layout(), "GRAN64K");
    public static final BitField STALL_MAX = field(IDR5.layout(), "STALL_MAX");
    public static final BitField D128 = field(IDR5.layout(), "D128");
    public static final BitField DS = field(IDR5.layout(), "DS");
    public static final BitField VAX = field(IDR5.layout(), "VAX");
    public static final BitField VERSION_MINOR = field(AIDR.layout(), "minor");

    /** Flags of what no model here does. */
    public static final long IDR3_NOT_MODELLED = flags(IDR3, "MPAM", "E0PD", "DPT", "PASIDTT", "EPAN", "S1PI", "S2PI", "S2PO", "THE", "MTEPERM", "AIE");
    public static final long IDR0_NOT_MODELLED = flags(IDR0, "BTM", "DORMHINT", "SEV", "ATOS", "VMW", "VATOS", "RME_IMPL");
    public static final long IDR1_NOT_MODELLED = flags(IDR1, "REL", "QUEUES_PRESET", "TABLES_PRESET", "ECMDQ");

    private IdRegisters() {
    }

    private static long flags(Register register, String... names) {
        long flags = 0;
        for (String name : names) {
            flags |= field(register.layout(), name).put(1);
        }
        return flags;
    }

    private static LayoutBuilder id(String name, String title) {
        return Smmu.structure(name, 32, title, "section 6.3, SMMU_" + name);
    }
}
