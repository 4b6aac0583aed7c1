// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.Register.Condition;

/** What the unit is and can do: VER, CAP, ECAP. */
public final class CapabilityRegisters {
    private static final String CHAPTER = "register descriptions, ";

    public static final StructureLayout VER_LAYOUT = Vtd.structure("VER", 32, "Version", CHAPTER + "VER_REG")
            .value("MIN", 3, 0, "minor version")
            .value("MAX", 7, 4, "major version")
            .reserved(31, 8)
            .build();

    public static final StructureLayout CAP_LAYOUT = Vtd.structure("CAP", 64, "Capabilities", CHAPTER + "CAP_REG")
            .value("ND", 2, 0, "domain ids have 4 + 2 * ND bits")
            .flag("AFL", 3, "advanced fault log")
            .flag("RWBF", 4, "software flushes write buffers after table updates")
            .flag("PLMR", 5, "protected low memory")
            .flag("PHMR", 6, "protected high memory")
            .flag("CM", 7, "caching mode: not-present entries may be cached")
            .value("SAGAW", 12, 8, "second-stage widths: bit 1 39-bit, bit 2 48-bit, bit 3 57-bit")
            .reserved(15, 13)
            .value("MGAW", 21, 16, "highest input address width, less 1")
            .flag("ZLR", 22, "zero-length reads of write-only pages allowed")
            .reserved(23, 23)
            .value("FRO", 33, 24, "offset of the fault records in 16-byte units")
            .value("SSLPS", 37, 34, "second-stage superpages: bit 0 2 MiB, bit 1 1 GiB")
            .reserved(38, 38)
            .flag("PSI", 39, "page-selective invalidation")
            .value("NFR", 47, 40, "number of fault records, less 1")
            .value("MAMV", 53, 48, "highest address mask of a page-selective invalidation")
            .flag("DWD", 54, "write draining")
            .flag("DRD", 55, "read draining")
            .flag("FS1GP", 56, "first-stage 1-GiB pages")
            .reserved(58, 57)
            .flag("PI", 59, "posted interrupts")
            .flag("FS5LP", 60, "first-stage tables with 5 levels")
            .flag("ECMDS", 61, "enhanced commands")
            .flag("ESIRTPS", 62, "setting IRTA invalidates the interrupt entry cache")
            .flag("ESRTPS", 63, "setting RTADDR invalidates all translation caches")
            .build();

    public static final StructureLayout ECAP_LAYOUT = Vtd.structure("ECAP", 64, "Extended capabilities", CHAPTER + "ECAP_REG")
            .flag("C", 0, "legacy table reads are coherent")
            .flag("QI", 1, "queued invalidation")
            .flag("DT", 2, "device-TLBs")
            .flag("IR", 3, "interrupt remapping")
            .flag("EIM", 4, "32-bit interrupt destinations")
            .reserved(5, 5)
            .flag("PT", 6, "pass-through")
            .flag("SC", 7, "snoop control: the SNP bit of leaves")
            .value("IRO", 17, 8, "offset of the IOTLB registers in 16-byte units")
            .reserved(19, 18)
            .value("MHMV", 23, 20, "highest index mask of an interrupt entry invalidation")
            .reserved(24, 24)
            .flag("MTS", 25, "memory types")
            .flag("NEST", 26, "nested translation")
            .reserved(28, 27)
            .flag("PRS", 29, "page requests")
            .flag("ERS", 30, "execute requests")
            .flag("SRS", 31, "supervisor requests")
            .reserved(32, 32)
            .flag("NWFS", 33, "no-write flag")
            .flag("EAFS", 34, "extended accessed flag")
            .value("PSS", 39, 35, "PASIDs have PSS + 1 bits")
            .flag("PASID", 40, "requests with PASID")
            .flag("DIT", 41, "device-TLB invalidation throttle")
            .flag("PDS", 42, "page-request drain")
            .flag("SMTS", 43, "scalable mode")
            .flag("VCS", 44, "virtual commands")
            .flag("SSADS", 45, "second-stage accessed and dirty bits")
            .flag("SSTS", 46, "second-stage translation in scalable mode")
            .flag("FSTS", 47, "first-stage translation")
            .flag("SMPWCS", 48, "scalable table reads can be coherent")
            .flag("RPS", 49, "RID_PASID can be other than 0")
            .flag("TDXIO", 50, "trusted I/O")
            .flag("PMS", 51, "performance monitoring")
            .flag("ADMS", 52, "abort-DMA mode")
            .flag("RPRIVS", 53, "RID_PRIV")
            .reserved(57, 54)
            .flag("SMS", 58, "stop marker")
            .reserved(63, 59)
            .build();

    public static final Register VER = Register.of(0x00, VER_LAYOUT);
    public static final Register CAP = Register.of(0x08, CAP_LAYOUT);
    public static final Register ECAP = Register.of(0x10, ECAP_LAYOUT);

    public static final BitField ND = field(CAP_LAYOUT, "ND");
    public static final BitField CM = field(CAP_LAYOUT, "CM");
    public static final BitField SAGAW = field(CAP_LAYOUT, "SAGAW");
    public static final BitField MGAW = field(CAP_LAYOUT, "MGAW");
    public static final BitField FRO = field(CAP_LAYOUT, "FRO");
    public static final BitField SSLPS = field(CAP_LAYOUT, "SSLPS");
    public static final BitField NFR = field(CAP_LAYOUT, "NFR");
    public static final BitField FS1GP = field(CAP_LAYOUT, "FS1GP");
    public static final BitField WRITE_DRAIN = field(CAP_LAYOUT, "DWD");
    public static final BitField READ_DRAIN = field(CAP_LAYOUT, "DRD");
    public static final BitField PLMR = field(CAP_LAYOUT, "PLMR");
    public static final BitField PHMR = field(CAP_LAYOUT, "PHMR");
    public static final BitField MAMV = field(CAP_LAYOUT, "MAMV");
    public static final BitField PSI = field(CAP_LAYOUT, "PSI");
    public static final BitField ESIRTPS = field(CAP_LAYOUT, "ESIRTPS");
    public static final BitField ESRTPS = field(CAP_LAYOUT, "ESRTPS");
    public static final BitField PI = field(CAP_LAYOUT, "PI");
    public static final BitField FS5LP = field(CAP_LAYOUT, "FS5LP");

    public static final BitField QI = field(ECAP_LAYOUT, "QI");
    public static final BitField COHERENT = field(ECAP_LAYOUT, "C");
    public static final BitField EIM = field(ECAP_LAYOUT, "EIM");
    public static final BitField IR = field(ECAP_LAYOUT, "IR");
    public static final BitField MHMV = field(ECAP_LAYOUT, "MHMV");
    public static final BitField DT = field(ECAP_LAYOUT, "DT");
    public static final BitField PT = field(ECAP_LAYOUT, "PT");
    public static final BitField SC = field(ECAP_LAYOUT, "SC");
    public static final BitField IRO = field(ECAP_LAYOUT, "IRO");
    public static final BitField NEST = field(ECAP_LAYOUT, "NEST");
    public static final BitField PRS = field(ECAP_LAYOUT, "PRS");
    public static final BitField PDS = field(ECAP_LAYOUT, "PDS");
    public static final BitField ERS = field(ECAP_LAYOUT, "ERS");
    public static final BitField SRS = field(ECAP_LAYOUT, "SRS");
    public static final BitField PSS = field(ECAP_LAYOUT, "PSS");
    public static final BitField PASID = field(ECAP_LAYOUT, "PASID");
    public static final BitField EAFS = field(ECAP_LAYOUT, "EAFS");
    public static final BitField SMTS = field(ECAP_LAYOUT, "SMTS");
    public static final BitField SSADS = field(ECAP_LAYOUT, "SSADS");
    public static final BitField SSTS = field(ECAP_LAYOUT, "SSTS");
    public static final BitField FSTS = field(ECAP_LAYOUT, "FSTS");
    public static final BitField SMPWCS = field(ECAP_LAYOUT, "SMPWCS");
    public static final BitField RPS = field(ECAP_LAYOUT, "RPS");
    public static final BitField ADMS = field(ECAP_LAYOUT, "ADMS");

    static final Condition WITH_AFL = new Condition(false, field(CAP_LAYOUT, "AFL"));
    static final Condition WITH_PLMR = new Condition(false, field(CAP_LAYOUT, "PLMR"));
    static final Condition WITH_PHMR = new Condition(false, field(CAP_LAYOUT, "PHMR"));
    static final Condition WITH_ECMDS = new Condition(false, field(CAP_LAYOUT, "ECMDS"));
    static final Condition WITH_QI = new Condition(true, field(ECAP_LAYOUT, "QI"));
    static final Condition WITH_IR = new Condition(true, field(ECAP_LAYOUT, "IR"));
    static final Condition WITH_PRS = new Condition(true, PRS);
    static final Condition WITH_PMS = new Condition(true, field(ECAP_LAYOUT, "PMS"));
    static final Condition WITH_MTS = new Condition(true, field(ECAP_LAYOUT, "MTS"));

    /** Of CAP: what a unit may have that the model does not. */
    public static final long CAP_NOT_MODELLED = bits(CAP_LAYOUT, "AFL", "ECMDS");
    /** Of ECAP likewise. */
    public static final long ECAP_NOT_MODELLED = bits(ECAP_LAYOUT, "MTS", "PMS", "EAFS", "SRS");

    private CapabilityRegisters() {
    }

    private static long bits(StructureLayout layout, String... names) {
        long bits = 0;
        for (String name : names) {
            bits |= field(layout, name).put(-1);
        }
        return bits;
    }
}
