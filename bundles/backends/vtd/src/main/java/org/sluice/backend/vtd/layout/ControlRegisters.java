// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** What software switches on and where its tables are: GCMD, GSTS, RTADDR, CCMD, IRTA, PMEN, IVA, IOTLB. */
public final class ControlRegisters {
    private static final String CHAPTER = "register descriptions, ";
    private static final Map<Long, String> SCOPES = Map.of(1L, "global", 2L, "domain", 3L, "selective");

    /** TTM: legacy tables. */
    public static final long LEGACY = 0;
    /** TTM: scalable tables. */
    public static final long SCALABLE = 1;
    /** TTM: every request is blocked. */
    public static final long ABORT = 3;

    private static final StructureLayout GCMD_LAYOUT = Vtd.structure("GCMD", 32, "Global command", CHAPTER + "GCMD_REG")
            .reserved(22, 0)
            .flag("CFI", 23, "let compatibility-format interrupts pass")
            .flag("SIRTP", 24, "take over IRTA")
            .flag("IRE", 25, "remap interrupts")
            .flag("QIE", 26, "use the invalidation queue")
            .flag("WBF", 27, "flush write buffers")
            .flag("EAFL", 28, "use the advanced fault log")
            .flag("SFL", 29, "take over AFLOG")
            .flag("SRTP", 30, "take over RTADDR")
            .flag("TE", 31, "translate")
            .build();

    private static final StructureLayout GSTS_LAYOUT = Vtd.structure("GSTS", 32, "Global status", CHAPTER + "GSTS_REG")
            .reserved(22, 0)
            .flag("CFIS", 23, "compatibility-format interrupts pass")
            .flag("IRTPS", 24, "IRTA taken over")
            .flag("IRES", 25, "interrupts are remapped")
            .flag("QIES", 26, "the invalidation queue is in use")
            .flag("WBFS", 27, "a write buffer flush is under way")
            .flag("AFLS", 28, "the advanced fault log is in use")
            .flag("FLS", 29, "AFLOG taken over")
            .flag("RTPS", 30, "RTADDR taken over")
            .flag("TES", 31, "translation is on")
            .build();

    private static final StructureLayout RTADDR_LAYOUT = Vtd.structure("RTADDR", 64, "Root table address", CHAPTER + "RTADDR_REG")
            .reserved(9, 0)
            .value("TTM", 11, 10, "form of the tables", Map.of(LEGACY, "legacy", SCALABLE, "scalable", 2L, "reserved", ABORT, "abort DMA"))
            .address("RTA", 63, 12, "root table")
            .build();

    private static final StructureLayout CCMD_LAYOUT = Vtd.structure("CCMD", 64, "Context-cache command", CHAPTER + "CCMD_REG")
            .value("DID", 15, 0, "domain id")
            .value("SID", 31, 16, "source id")
            .value("FM", 33, 32, "source id bits ignored", Map.of(0L, "none", 1L, "bit 2", 2L, "bits 2:1", 3L, "bits 2:0"))
            .reserved(58, 34)
            .value("CAIG", 60, 59, "scope done", SCOPES)
            .value("CIRG", 62, 61, "scope asked for", SCOPES)
            .flag("ICC", 63, "under way")
            .build();

    private static final StructureLayout IRTA_LAYOUT = Vtd.structure("IRTA", 64, "Interrupt remapping table address", CHAPTER + "IRTA_REG")
            .value("S", 3, 0, "the table has 2^(S+1) entries")
            .reserved(10, 4)
            .flag("EIME", 11, "32-bit destinations")
            .address("IRTA", 63, 12, "interrupt remapping table")
            .build();

    private static final StructureLayout PMEN_LAYOUT = Vtd.structure("PMEN", 32, "Protected memory enable", CHAPTER + "PMEN_REG")
            .flag("PRS", 0, "protection is on")
            .reserved(30, 1)
            .flag("EPM", 31, "protect")
            .build();

    private static final StructureLayout AFLOG_LAYOUT = Vtd.structure("AFLOG", 64, "Advanced fault log", CHAPTER + "AFLOG_REG")
            .reserved(8, 0)
            .value("FLS", 11, 9, "log size")
            .address("FLA", 63, 12, "log")
            .build();

    /** At the offset that {@link CapabilityRegisters#IRO} tells. */
    public static final StructureLayout IVA_LAYOUT = Vtd.structure("IVA", 64, "Invalidate address", CHAPTER + "IVA_REG")
            .value("AM", 5, 0, "2^AM pages")
            .flag("IH", 6, "only leaves changed")
            .reserved(11, 7)
            .address("ADDR", 63, 12, "first page")
            .build();

    /** 8 bytes behind IVA. */
    public static final StructureLayout IOTLB_LAYOUT = Vtd.structure("IOTLB", 64, "IOTLB invalidate", CHAPTER + "IOTLB_REG")
            .reserved(31, 0)
            .value("DID", 47, 32, "domain id")
            .flag("DW", 48, "drain writes")
            .flag("DR", 49, "drain reads")
            .reserved(56, 50)
            .value("IAIG", 58, 57, "scope done", SCOPES)
            .reserved(59, 59)
            .value("IIRG", 61, 60, "scope asked for", SCOPES)
            .reserved(62, 62)
            .flag("IVT", 63, "under way")
            .build();

    public static final Register GCMD = Register.of(0x18, GCMD_LAYOUT);
    public static final Register GSTS = Register.of(0x1c, GSTS_LAYOUT);
    public static final Register RTADDR = Register.of(0x20, RTADDR_LAYOUT);
    public static final Register CCMD = Register.of(0x28, CCMD_LAYOUT);
    public static final Register AFLOG = Register.of(0x58, AFLOG_LAYOUT, CapabilityRegisters.WITH_AFL);
    public static final Register PMEN = Register.of(0x64, PMEN_LAYOUT);
    public static final Register PLMBASE = Register.of(0x68, word("PLMBASE", 32, "Protected low memory base"), CapabilityRegisters.WITH_PLMR);
    public static final Register PLMLIMIT = Register.of(0x6c, word("PLMLIMIT", 32, "Protected low memory limit"), CapabilityRegisters.WITH_PLMR);
    public static final Register PHMBASE = Register.of(0x70, word("PHMBASE", 64, "Protected high memory base"), CapabilityRegisters.WITH_PHMR);
    public static final Register PHMLIMIT = Register.of(0x78, word("PHMLIMIT", 64, "Protected high memory limit"), CapabilityRegisters.WITH_PHMR);
    public static final Register IRTA = Register.of(0xb8, IRTA_LAYOUT, CapabilityRegisters.WITH_IR);

    public static final BitField PROTECTED = field(PMEN_LAYOUT, "PRS");
    public static final BitField PROTECT = field(PMEN_LAYOUT, "EPM");
    public static final BitField TRANSLATION_ON = field(GSTS_LAYOUT, "TES");
    public static final BitField ROOT_SET = field(GSTS_LAYOUT, "RTPS");
    public static final BitField REMAPPING_ON = field(GSTS_LAYOUT, "IRES");
    public static final BitField QUEUE_ON = field(GSTS_LAYOUT, "QIES");
    public static final BitField COMPATIBILITY_ON = field(GSTS_LAYOUT, "CFIS");
    public static final BitField INTERRUPTS_SET = field(GSTS_LAYOUT, "IRTPS");
    public static final BitField TABLE_MODE = field(RTADDR_LAYOUT, "TTM");
    public static final BitField ROOT_TABLE = field(RTADDR_LAYOUT, "RTA");
    public static final BitField INTERRUPT_TABLE = field(IRTA_LAYOUT, "IRTA");
    public static final BitField INTERRUPT_SIZE = field(IRTA_LAYOUT, "S");
    public static final BitField EXTENDED_DESTINATIONS = field(IRTA_LAYOUT, "EIME");

    /** Scopes of CIRG, CAIG, IIRG and IAIG: the last is one device or some pages. */
    public static final long GLOBAL = 1;
    public static final long DOMAIN = 2;
    public static final long SELECTIVE = 3;

    public static final BitField CONTEXT_DOMAIN = field(CCMD_LAYOUT, "DID");
    public static final BitField CONTEXT_SOURCE = field(CCMD_LAYOUT, "SID");
    public static final BitField CONTEXT_MASK = field(CCMD_LAYOUT, "FM");
    public static final BitField CONTEXT_DONE = field(CCMD_LAYOUT, "CAIG");
    public static final BitField CONTEXT_SCOPE = field(CCMD_LAYOUT, "CIRG");
    public static final BitField CONTEXT_START = field(CCMD_LAYOUT, "ICC");
    public static final BitField IVA_MASK = field(IVA_LAYOUT, "AM");
    public static final BitField IVA_ADDRESS = field(IVA_LAYOUT, "ADDR");
    public static final BitField IOTLB_DOMAIN = field(IOTLB_LAYOUT, "DID");
    public static final BitField IOTLB_DONE = field(IOTLB_LAYOUT, "IAIG");
    public static final BitField IOTLB_SCOPE = field(IOTLB_LAYOUT, "IIRG");
    public static final BitField IOTLB_START = field(IOTLB_LAYOUT, "IVT");

    private ControlRegisters() {
    }

    /** A register that is one number. */
    static StructureLayout word(String name, int bits, String title) {
        return Vtd.structure(name, bits, title, CHAPTER + name + "_REG").value("VALUE", bits - 1, 0, title).build();
    }
}
