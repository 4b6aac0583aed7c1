// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.register.Register;

/** What the unit can do, what is switched on, and how it is doing: section 3.4. */
public final class ControlRegisters {
    private static final String CHAPTER = "section 3.4, ";

    private static final StructureLayout CONTROL_LAYOUT = AmdVi.structure("CONTROL", 64, "Control", CHAPTER + "MMIO 0018h")
            .flag("IommuEn", 0, "the unit is on; else everything passes untranslated")
            .flag("HtTunEn", 1, "HyperTransport tunnel")
            .flag("EventLogEn", 2, "events are logged")
            .flag("EventIntEn", 3, "events interrupt")
            .flag("ComWaitIntEn", 4, "completed waits interrupt")
            .value("InvTimeOut", 7, 5, "IOTLB invalidation timeout",
            Map.of(0L, "none", 1L, "1 ms", 2L, "10 ms", 3L, "100 ms", 4L, "1 s", 5L, "10 s", 6L, "100 s"))
            .flag("PassPW", 8, "pass posted writes")
            .flag("ResPassPW", 9, "responses pass posted writes")
            .flag("Coherent", 10, "table reads snoop")
            .flag("Isoc", 11, "table reads are isochronous")
            .flag("CmdBufEn", 12, "commands are fetched")
            .flag("PPRLogEn", 13, "page requests are logged")
            .flag("PprIntEn", 14, "page requests interrupt")
            .flag("PPREn", 15, "page requests are processed")
            .flag("GTEn", 16, "guest translation")
            .flag("GAEn", 17, "interrupt entries have 128 bits")
            .value("CRW", 21, 18, "reserved for the vendor")
            .flag("SmiFEn", 22, "SMI filter")
            .flag("SlfWBdis", 23, "self write-back disabled")
            .flag("SmiFLogEn", 24, "SMI filter logs")
            .value("GAMEn", 27, 25, "guest virtual APIC mode", Map.of(0L, "off", 1L, "on"))
            .flag("GALogEn", 28, "guest interrupts are logged")
            .flag("GAIntEn", 29, "the GA log interrupts")
            .value("DualPprLogEn", 31, 30, "second page request log")
            .value("DualEventLogEn", 33, 32, "second event log")
            .value("DevTblSegEn", 36, 34, "the device table has 2^n segments, n up to 3")
            .value("PrivAbrtEn", 38, 37, "abort privileged requests")
            .flag("PprAutoRspEn", 39, "automatic page request answers")
            .flag("MarcEn", 40, "memory access routing and control")
            .flag("BlkStopMrkEn", 41, "block stop marks")
            .flag("PprAutoRspAon", 42, "automatic answers always")
            .value("NumIntRemapMode", 44, 43, "interrupt table sizes", Map.of(0L, "512 entries", 1L, "2048 entries"))
            .flag("EPHEn", 45, "enhanced page request handling")
            .value("HADUpdate", 47, 46, "accessed and dirty updates of host tables")
            .flag("GDUpdateDis", 48, "no dirty updates of guest tables")
            .reserved(49, 49)
            .flag("XTEn", 50, "destinations have 32 bits (x2APIC)")
            .flag("IntCapXTEn", 51, "own interrupts use the XT registers")
            .flag("vCmdEn", 52, "virtual command queues")
            .flag("vIommuEn", 53, "virtual IOMMU")
            .flag("GAUpdateDis", 54, "no accessed updates of guest tables")
            .flag("GAPPIEn", 55, "guest physical processor interrupts")
            .flag("TMPMEn", 56, "tiered memory migration")
            .reserved(57, 57)
            .flag("GCR3TRPMode", 58, "what GCR3 table roots are addresses of")
            .flag("IRTCacheDis", 59, "interrupt entries are not cached")
            .flag("GstBufferTRPMode", 60, "guest buffers are system physical")
            .value("SNPAVICEn", 63, 61, "secure nested paging AVIC")
            .build();

    private static final StructureLayout EFR_LAYOUT = AmdVi.structure("EFR", 64, "Extended features", CHAPTER + "MMIO 0030h")
            .flag("PreFSup", 0, "prefetch command")
            .flag("PPRSup", 1, "page requests")
            .flag("XTSup", 2, "x2APIC destinations")
            .flag("NXSup", 3, "no-execute in guest tables")
            .flag("GTSup", 4, "guest translation")
            .flag("GAPPISup", 5, "guest physical processor interrupts")
            .flag("IASup", 6, "invalidate-all command")
            .flag("GASup", 7, "128-bit interrupt entries")
            .flag("HESup", 8, "hardware error registers")
            .flag("PCSup", 9, "performance counters")
            .value("HATS", 11, 10, "levels of host tables", Map.of(0L, "4 levels", 1L, "5 levels", 2L, "6 levels", 3L, "reserved"))
            .value("GATS", 13, 12, "levels of guest tables", Map.of(0L, "4 levels", 1L, "5 levels", 2L, "reserved", 3L, "reserved"))
            .value("GLXSup", 15, 14, "levels of GCR3 tables", Map.of(0L, "1 level", 1L, "2 levels", 2L, "3 levels", 3L, "reserved"))
            .value("SmiFSup", 17, 16, "SMI filter")
            .value("SmiFRC", 20, 18, "SMI filter registers")
            .value("GAMSup", 23, 21, "guest virtual APIC modes")
            .value("DualPprLogSup", 25, 24, "second page request log")
            .ignored(27, 26)
            .value("DualEventLogSup", 29, 28, "second event log")
            .ignored(30, 30)
            .flag("SATSSup", 31, "secure ATS")
            .value("PASmax", 36, 32, "PASIDs have PASmax + 1 bits")
            .flag("USSup", 37, "user and supervisor protection")
            .value("DevTblSegSup", 39, 38, "the device table may have 2^n segments")
            .flag("PprOvrflwEarlySup", 40, "early overflow of the page request log")
            .flag("PPRAutoRspSup", 41, "automatic page request answers")
            .value("MarcSup", 43, 42, "memory access routing and control")
            .flag("BlkStopMrkSup", 44, "block stop marks")
            .flag("PerfOptSup", 45, "performance optimisation")
            .flag("MsiCapMmioSup", 46, "MSI registers in the register page")
            .flag("SnoopAttrSup", 47, "snoop attributes")
            .flag("GIoSup", 48, "guest I/O protection")
            .flag("HASup", 49, "accessed updates of host tables")
            .flag("EPHSup", 50, "enhanced page request handling")
            .flag("AttrFWSup", 51, "attribute forwarding")
            .flag("HDSup", 52, "dirty updates of host tables")
            .flag("V2HDDisSup", 53, "dirty updates of guest tables can be disabled")
            .flag("InvIotlbTypeSup", 54, "invalidation by type")
            .flag("vIommuSup", 55, "virtual IOMMU")
            .flag("VmGuardIOSup", 56, "guarded virtual machines")
            .value("VmTableSize", 60, 57, "virtual machine table")
            .flag("GAUpdateDisSup", 61, "accessed updates of guest tables can be disabled (V2HADDisSup in other revisions)")
            .flag("ForcePhyDestSup", 62, "physical destination mode can be forced")
            .flag("SNPSup", 63, "secure nested paging")
            .build();

    private static final StructureLayout STATUS_LAYOUT = AmdVi.structure("STATUS", 64, "Status", CHAPTER + "MMIO 2020h")
            .flag("EventOverflow", 0, "the event log is full; write 1 to clear")
            .flag("EventLogInt", 1, "an event was logged; write 1 to clear")
            .flag("ComWaitInt", 2, "a wait with i completed; write 1 to clear")
            .flag("EventLogRun", 3, "events are being logged")
            .flag("CmdBufRun", 4, "commands are being fetched")
            .flag("PprOverflow", 5, "the page request log is full")
            .flag("PprInt", 6, "a page request was logged")
            .flag("PprRun", 7, "page requests are being logged")
            .flag("GALogRun", 8, "guest interrupts are being logged")
            .flag("GALogOverflow", 9, "the GA log is full")
            .flag("GAInt", 10, "a guest interrupt was logged")
            .flag("PprOverflowB", 11, "the second page request log is full")
            .flag("PprLogActive", 12, "which page request log is in use")
            .reserved(14, 13)
            .flag("EvtOverflowB", 15, "the second event log is full")
            .flag("EvtLogActive", 16, "which event log is in use")
            .flag("PprOverflowEarlyB", 17, "the second page request log is nearly full")
            .flag("PprOverflowEarly", 18, "the page request log is nearly full")
            .reserved(63, 19)
            .build();

    public static final Register CONTROL = Register.of(0x0018, CONTROL_LAYOUT);
    public static final Register EFR = Register.of(0x0030, EFR_LAYOUT);
    public static final Register EFR2 = Register.of(0x01a0, AmdVi.structure("EFR2", 64, "Extended features 2", CHAPTER + "MMIO 01A0h")
            .value("SNPAVICSup", 7, 5, "secure nested paging AVIC")
            .value("NumIntRemapSup", 9, 8, "interrupt table sizes", Map.of(0L, "512 entries", 1L, "2048 entries")).build());
    public static final Register STATUS = Register.of(0x2020, STATUS_LAYOUT);
    public static final Register MSI_LOW = Register.of(0x015c, AmdVi.structure("MSI_ADDR_LOW", 32, "MSI address, low half", CHAPTER + "MMIO 015Ch")
            .address("Address", 31, 2, "of the message").build());
    public static final Register MSI_HIGH = Register.of(0x0160, AmdVi.structure("MSI_ADDR_HIGH", 32, "MSI address, high half", CHAPTER + "MMIO 0160h")
            .value("Address", 31, 0, "of the message").build());
    public static final Register MSI_DATA = Register.of(0x0164, AmdVi.structure("MSI_DATA", 32, "MSI data", CHAPTER + "MMIO 0164h")
            .value("Data", 15, 0, "of the message").build());
    public static final Register XT_GENERAL = xt(0x0170, "XT_GEN_INTR", "General interrupt, x2APIC form");
    public static final Register XT_PPR = xt(0x0178, "XT_PPR_INTR", "Page request interrupt, x2APIC form");
    public static final Register XT_GA = xt(0x0180, "XT_GA_INTR", "GA log interrupt, x2APIC form");
    public static final List<Register> INTERRUPTS = List.of(MSI_LOW, MSI_HIGH, MSI_DATA, XT_GENERAL, XT_PPR, XT_GA);
    public static final BitField XT_MODE = field(XT_GENERAL.layout(), "DM");
    public static final BitField XT_DESTINATION = field(XT_GENERAL.layout(), "Destination");
    public static final BitField XT_DESTINATION_HIGH = field(XT_GENERAL.layout(), "DestinationHigh");
    public static final BitField XT_VECTOR = field(XT_GENERAL.layout(), "Vector");
    public static final BitField XT_DELIVERY = field(XT_GENERAL.layout(), "DeliveryMode");

    public static final BitField ENABLED = field(CONTROL_LAYOUT, "IommuEn");
    public static final BitField GUEST_ENABLED = field(CONTROL_LAYOUT, "GTEn");
    public static final BitField LONG_ENTRIES = field(CONTROL_LAYOUT, "GAEn");
    public static final BitField GUEST_APIC_MODE = field(CONTROL_LAYOUT, "GAMEn");
    public static final BitField SEGMENTS = field(CONTROL_LAYOUT, "DevTblSegEn");
    public static final BitField INDEX_MODE = field(CONTROL_LAYOUT, "NumIntRemapMode");
    public static final BitField SMI_FILTER = field(CONTROL_LAYOUT, "SmiFEn");
    public static final BitField X2APIC = field(CONTROL_LAYOUT, "XTEn");
    public static final BitField EVENT_LOG = field(CONTROL_LAYOUT, "EventLogEn");
    public static final BitField EVENT_INTERRUPT = field(CONTROL_LAYOUT, "EventIntEn");
    public static final BitField WAIT_INTERRUPT = field(CONTROL_LAYOUT, "ComWaitIntEn");
    public static final BitField TIMEOUT = field(CONTROL_LAYOUT, "InvTimeOut");
    public static final BitField COHERENT = field(CONTROL_LAYOUT, "Coherent");
    public static final BitField COMMANDS = field(CONTROL_LAYOUT, "CmdBufEn");
    public static final BitField PPR_LOG = field(CONTROL_LAYOUT, "PPRLogEn");
    public static final BitField PPR_INTERRUPT = field(CONTROL_LAYOUT, "PprIntEn");
    public static final BitField PPR = field(CONTROL_LAYOUT, "PPREn");
    public static final BitField GA_LOG = field(CONTROL_LAYOUT, "GALogEn");
    public static final BitField GA_INTERRUPT = field(CONTROL_LAYOUT, "GAIntEn");
    public static final BitField GUEST_DIRTY_OFF = field(CONTROL_LAYOUT, "GDUpdateDis");
    public static final BitField GUEST_ACCESSED_OFF = field(CONTROL_LAYOUT, "GAUpdateDis");
    public static final BitField OWN_X2APIC = field(CONTROL_LAYOUT, "IntCapXTEn");
    public static final BitField EVENT_OVERFLOW = field(STATUS_LAYOUT, "EventOverflow");
    public static final BitField EVENT_NOTED = field(STATUS_LAYOUT, "EventLogInt");
    public static final BitField WAIT_DONE = field(STATUS_LAYOUT, "ComWaitInt");
    public static final BitField EVENTS_RUN = field(STATUS_LAYOUT, "EventLogRun");
    public static final BitField COMMANDS_RUN = field(STATUS_LAYOUT, "CmdBufRun");
    public static final BitField PPR_OVERFLOW = field(STATUS_LAYOUT, "PprOverflow");
    public static final BitField PPR_NOTED = field(STATUS_LAYOUT, "PprInt");
    public static final BitField PPR_RUN = field(STATUS_LAYOUT, "PprRun");
    public static final BitField GA_RUN = field(STATUS_LAYOUT, "GALogRun");
    public static final BitField GA_OVERFLOW = field(STATUS_LAYOUT, "GALogOverflow");
    public static final BitField GA_NOTED = field(STATUS_LAYOUT, "GAInt");
    public static final BitField PREFETCH_SUPPORTED = field(EFR_LAYOUT, "PreFSup");
    public static final BitField X2APIC_SUPPORTED = field(EFR_LAYOUT, "XTSup");
    public static final BitField INVALIDATE_ALL_SUPPORTED = field(EFR_LAYOUT, "IASup");
    public static final BitField LONG_SUPPORTED = field(EFR_LAYOUT, "GASup");
    public static final BitField GUEST_APIC_SUPPORTED = field(EFR_LAYOUT, "GAMSup");
    public static final BitField GUEST_WITHOUT_PASID = field(EFR_LAYOUT, "GIoSup");
    public static final BitField PASID_MAX = field(EFR_LAYOUT, "PASmax");
    public static final BitField MSI_SUPPORTED = field(EFR_LAYOUT, "MsiCapMmioSup");
    public static final BitField GUEST_DIRTY_OFF_SUPPORTED = field(EFR_LAYOUT, "V2HDDisSup");
    public static final BitField GUEST_ACCESSED_OFF_SUPPORTED = field(EFR_LAYOUT, "GAUpdateDisSup");
    public static final BitField INDEX_MODES = field(EFR2.layout(), "NumIntRemapSup");
    public static final BitField PPR_SUPPORTED = field(EFR_LAYOUT, "PPRSup");
    public static final BitField GUEST_SUPPORTED = field(EFR_LAYOUT, "GTSup");
    public static final BitField ACCESSED_SUPPORTED = field(EFR_LAYOUT, "HASup");
    public static final BitField DIRTY_SUPPORTED = field(EFR_LAYOUT, "HDSup");
    public static final BitField SEGMENTS_SUPPORTED = field(EFR_LAYOUT, "DevTblSegSup");
    public static final BitField HOST_LEVELS = field(EFR_LAYOUT, "HATS");
    public static final BitField GUEST_LEVELS = field(EFR_LAYOUT, "GATS");
    public static final BitField GCR3_LEVELS = field(EFR_LAYOUT, "GLXSup");
    public static final BitField NO_EXECUTE = field(EFR_LAYOUT, "NXSup");

    /** What {@code model} does not do, so that its unit does not announce it. */
    public static final long EFR_NOT_MODELLED = mask(EFR_LAYOUT, "GAPPISup", "HESup", "PCSup", "SmiFSup", "SmiFRC", "DualPprLogSup", "DualEventLogSup",
            "SATSSup", "USSup", "PprOvrflwEarlySup", "PPRAutoRspSup", "MarcSup", "BlkStopMrkSup", "PerfOptSup", "SnoopAttrSup", "EPHSup",
            "AttrFWSup", "InvIotlbTypeSup", "vIommuSup", "VmGuardIOSup", "VmTableSize", "ForcePhyDestSup", "SNPSup");

    private ControlRegisters() {
    }

    private static long mask(StructureLayout layout, String... names) {
        long mask = 0;
        for (String name : names) {
            mask |= field(layout, name).put(-1L);
        }
        return mask;
    }

    /** Bits of CONTROL that software may set in a unit with these features; what is not modelled stays 0. */
    public static long controlMask(long efr, long efr2) {
        long mask = mask(CONTROL_LAYOUT, "IommuEn", "HtTunEn", "EventLogEn", "EventIntEn", "ComWaitIntEn", "InvTimeOut", "PassPW", "ResPassPW",
                "Coherent", "Isoc", "CmdBufEn", "CRW");
        return mask | needs(efr, PPR_SUPPORTED, "PPRLogEn", "PprIntEn", "PPREn") | needs(efr, GUEST_SUPPORTED, "GTEn")
                | needs(efr, LONG_SUPPORTED, "GAEn") | needs(efr, GUEST_APIC_SUPPORTED, "GAMEn", "GALogEn", "GAIntEn")
                | needs(efr, SEGMENTS_SUPPORTED, "DevTblSegEn") | needs(efr2, INDEX_MODES, "NumIntRemapMode")
                | needs(efr, ACCESSED_SUPPORTED, "HADUpdate") | needs(efr, GUEST_DIRTY_OFF_SUPPORTED, "GDUpdateDis")
                | needs(efr, GUEST_ACCESSED_OFF_SUPPORTED, "GAUpdateDis") | needs(efr, X2APIC_SUPPORTED, "XTEn", "IntCapXTEn");
    }

    private static long needs(long features, BitField feature, String... names) {
        return feature.get(features) == 0 ? 0 : mask(CONTROL_LAYOUT, names);
    }

    private static Register xt(int offset, String name, String title) {
        return Register.of(offset, AmdVi.structure(name, 64, title, CHAPTER + String.format("MMIO %04Xh", offset))
                .value("DM", 2, 2, "destination mode", Map.of(0L, "physical", 1L, "logical"))
                .value("Destination", 31, 8, "destination 23:0")
                .value("Vector", 39, 32, "vector")
                .flag("DeliveryMode", 40, "1: arbitrated")
                .value("DestinationHigh", 63, 56, "destination 31:24")
                .build());
    }
}
