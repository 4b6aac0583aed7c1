// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Context descriptors, which configure stage 1 (section 5.4), and the level-1 descriptors of tables of them (section 5.3). */
public final class ContextDescriptor {
    /** Address sizes by number, in the CD, the STE and IDR5. */
    static final Map<Long, String> SIZES = Map.of(0L, "32-bit", 1L, "36-bit", 2L, "40-bit", 3L, "42-bit", 4L, "44-bit", 5L, "48-bit", 6L, "52-bit");
    private static final Map<Long, String> CACHEABILITY = Map.of(0L, "non-cacheable", 1L, "write-back", 2L, "write-through", 3L, "write-back, no write-allocate");
    private static final Map<Long, String> SHAREABILITY = Map.of(0L, "non-shareable", 1L, "reserved", 2L, "outer", 3L, "inner");

    public static final StructureLayout LEVEL_1 = Smmu.structure("l1-context-descriptor", 64,
                    "Level-1 context descriptor: one block of SubstreamIDs", "section 5.3")
            .flag("V", 0, "the descriptor is valid")
            .reserved(11, 1)
            .address("L2Ptr", 51, 12, "table of context descriptors")
            .reserved(63, 52)
            .build();

    public static final StructureLayout LAYOUT = Smmu.structure("context-descriptor", 512, "Context descriptor: stage 1 of one substream", "section 5.4")
            .value("T0SZ", 5, 0, "64 minus the width of the lower half")
            .value("TG0", 7, 6, "granule of the lower half", Map.of(0L, "4K", 1L, "64K", 2L, "16K", 3L, "reserved"))
            .value("IR0", 9, 8, "inner cacheability of walks", CACHEABILITY)
            .value("OR0", 11, 10, "outer cacheability of walks", CACHEABILITY)
            .value("SH0", 13, 12, "shareability of walks", SHAREABILITY)
            .flag("EPD0", 14, "the lower half is not translated: every access faults")
            .flag("ENDI", 15, "tables are big-endian")
            .value("T1SZ", 21, 16, "64 minus the width of the upper half")
            .value("TG1", 23, 22, "granule of the upper half", Map.of(0L, "reserved", 1L, "16K", 2L, "4K", 3L, "64K"))
            .value("IR1", 25, 24, "inner cacheability of walks", CACHEABILITY)
            .value("OR1", 27, 26, "outer cacheability of walks", CACHEABILITY)
            .value("SH1", 29, 28, "shareability of walks", SHAREABILITY)
            .flag("EPD1", 30, "the upper half is not translated: every access faults")
            .flag("V", 31, "the descriptor is valid")
            .value("IPS", 34, 32, "output size", SIZES)
            .flag("AFFD", 35, "an access flag of 0 does not fault")
            .flag("WXN", 36, "writable pages are not executable")
            .flag("UWXN", 37, "pages writable without privilege are not executable with it")
            .flag("TBI0", 38, "the top byte of lower addresses is ignored")
            .flag("TBI1", 39, "the top byte of upper addresses is ignored")
            .flag("PAN", 40, "privileged data accesses to unprivileged pages fault")
            .flag("AA64", 41, "tables are VMSAv8-64")
            .flag("HD", 42, "hardware marks pages dirty")
            .flag("HA", 43, "hardware sets access flags")
            .flag("S", 44, "faults stall")
            .flag("R", 45, "faults are recorded")
            .flag("A", 46, "terminated accesses abort; 0: read as zero, write ignored")
            .flag("ASET", 47, "the ASID is not shared with processors")
            .value("ASID", 63, 48, "address space id")
            .flag("NSCFG0", 64, "security state; Secure streams only")
            .flag("HAD0", 65, "table attributes of the lower half are ignored")
            .reserved(67, 66)
            .address("TTB0", 115, 68, "table of the lower half")
            .reserved(123, 116)
            .value("HWU0", 127, 124, "hardware use of bits 62:59")
            .flag("NSCFG1", 128, "security state; Secure streams only")
            .flag("HAD1", 129, "table attributes of the upper half are ignored")
            .reserved(131, 130)
            .address("TTB1", 179, 132, "table of the upper half")
            .reserved(185, 180)
            .flag("DS", 186, "52-bit addresses with 4K or 16K")
            .flag("PIE", 187, "permission indirection")
            .value("HWU1", 191, 188, "hardware use of bits 62:59")
            .value("MAIR", 255, 192, "memory types by index, eight of 8 bits")
            .value("AMAIR", 319, 256, "implementation defined memory types")
            .ignored(351, 320)
            .value("PARTID", 367, 352, "MPAM partition")
            .value("PMG", 375, 368, "MPAM performance group")
            .ignored(383, 376)
            .reserved(511, 384)
            .build();

    public static final BitField L1_VALID = field(LEVEL_1, "V");
    public static final BitField L2_POINTER = field(LEVEL_1, "L2Ptr");

    public static final BitField T0SZ = field(LAYOUT, "T0SZ");
    public static final BitField TG0 = field(LAYOUT, "TG0");
    public static final BitField INNER0 = field(LAYOUT, "IR0");
    public static final BitField OUTER0 = field(LAYOUT, "OR0");
    public static final BitField SHARE0 = field(LAYOUT, "SH0");
    public static final BitField EPD0 = field(LAYOUT, "EPD0");
    public static final BitField BIG_ENDIAN = field(LAYOUT, "ENDI");
    public static final BitField T1SZ = field(LAYOUT, "T1SZ");
    public static final BitField TG1 = field(LAYOUT, "TG1");
    public static final BitField EPD1 = field(LAYOUT, "EPD1");
    public static final BitField VALID = field(LAYOUT, "V");
    public static final BitField IPS = field(LAYOUT, "IPS");
    public static final BitField AF_DISABLE = field(LAYOUT, "AFFD");
    public static final BitField WXN = field(LAYOUT, "WXN");
    public static final BitField UWXN = field(LAYOUT, "UWXN");
    public static final BitField TBI0 = field(LAYOUT, "TBI0");
    public static final BitField TBI1 = field(LAYOUT, "TBI1");
    public static final BitField PAN = field(LAYOUT, "PAN");
    public static final BitField AARCH64 = field(LAYOUT, "AA64");
    public static final BitField HARDWARE_DIRTY = field(LAYOUT, "HD");
    public static final BitField HARDWARE_ACCESS = field(LAYOUT, "HA");
    public static final BitField STALL = field(LAYOUT, "S");
    public static final BitField RECORD = field(LAYOUT, "R");
    public static final BitField ABORT = field(LAYOUT, "A");
    public static final BitField ASID_PRIVATE = field(LAYOUT, "ASET");
    public static final BitField ASID = field(LAYOUT, "ASID");
    public static final BitField HAD0 = field(LAYOUT, "HAD0");
    public static final BitField TTB0 = field(LAYOUT, "TTB0");
    public static final BitField HAD1 = field(LAYOUT, "HAD1");
    public static final BitField TTB1 = field(LAYOUT, "TTB1");
    public static final BitField DS = field(LAYOUT, "DS");
    public static final BitField MAIR = field(LAYOUT, "MAIR");

    private ContextDescriptor() {
    }
}
