// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** The stream table: level-1 descriptors (section 5.1) and stream table entries (section 5.2). Bits count from word 0, bit 0. */
public final class StreamEntry {
    /** Config: 4 and above let transactions through; bit 0 enables stage 1, bit 1 stage 2. */
    public static final int BYPASS = 4;
    public static final int STAGE_1 = 5;
    public static final int STAGE_2 = 6;
    public static final int NESTED = 7;

    /** S1DSS: what a transaction without SubstreamID gets where there are substreams. */
    public static final int DSS_TERMINATE = 0;
    public static final int DSS_BYPASS = 1;
    public static final int DSS_SUBSTREAM_0 = 2;

    /** STRW: the translation regime of a stage-1-only stream. */
    public static final int WORLD_EL1 = 0;
    public static final int WORLD_EL2 = 2;

    /** INSTCFG: all accesses are data; reads are instruction fetches. */
    public static final int ALL_DATA = 2;
    public static final int READS_FETCH = 3;

    public static final StructureLayout LEVEL_1 = Smmu.structure("l1-stream-table-descriptor", 64,
                    "Level-1 stream table descriptor: one block of StreamIDs", "section 5.1")
            .value("Span", 4, 0, "0: none; n: the level-2 table has 2^(n-1) entries")
            .reserved(5, 5)
            .address("L2Ptr", 51, 6, "level-2 table")
            .reserved(63, 52)
            .build();

    public static final StructureLayout LAYOUT = Smmu.structure("stream-table-entry", 512, "Stream table entry: one StreamID", "section 5.2")
            .flag("V", 0, "the entry is valid")
            .value("Config", 3, 1, "what happens to transactions", Map.of(0L, "abort", 1L, "abort", 2L, "abort", 3L, "abort",
                    4L, "bypass", 5L, "stage 1", 6L, "stage 2", 7L, "stage 1 and 2"))
            .value("S1Fmt", 5, 4, "form of the context descriptor table", Map.of(0L, "linear", 1L, "two-level, 4 KiB leaves",
                    2L, "two-level, 64 KiB leaves", 3L, "reserved"))
            .address("S1ContextPtr", 51, 6, "context descriptor, or table of them; an intermediate address if stage 2 is on")
            .reserved(58, 52)
            .value("S1CDMax", 63, 59, "log2 of the number of context descriptors")
            .value("S1DSS", 65, 64, "transactions without SubstreamID", Map.of(0L, "terminate", 1L, "bypass stage 1", 2L, "substream 0", 3L, "reserved"))
            .value("S1CIR", 67, 66, "inner cacheability of descriptor fetches")
            .value("S1COR", 69, 68, "outer cacheability of descriptor fetches")
            .value("S1CSH", 71, 70, "shareability of descriptor fetches")
            .value("S2HWU", 75, 72, "hardware use of stage-2 bits 62:59")
            .flag("DRE", 76, "destructive reads enabled")
            .value("CONT", 80, 77, "contiguity hint: log2 of identical entries")
            .flag("DCP", 81, "directed cache prefetch")
            .flag("PPAR", 82, "page request responses carry the PASID")
            .flag("MEV", 83, "events may be merged")
            .ignored(87, 84)
            .flag("S1PIE", 88, "stage-1 permission indirection")
            .flag("S2FWB", 89, "stage 2 forces the cacheability")
            .flag("S1MPAM", 90, "stage 1 names the MPAM partition")
            .flag("S1STALLD", 91, "stalling disabled: a context descriptor with S = 1 is illegal")
            .value("EATS", 93, 92, "ATS", Map.of(0L, "none", 1L, "full", 2L, "split-stage", 3L, "full with device permission table"))
            .value("STRW", 95, 94, "stream world of a stage-1-only entry", Map.of(0L, "EL1", 1L, "reserved", 2L, "EL2", 3L, "reserved"))
            .value("MemAttr", 99, 96, "memory type of bypassed transactions, with MTCFG")
            .flag("MTCFG", 100, "MemAttr replaces the transaction's own")
            .value("ALLOCCFG", 104, 101, "allocation hints")
            .reserved(107, 105)
            .value("SHCFG", 109, 108, "shareability", Map.of(0L, "non-shareable", 1L, "incoming", 2L, "outer", 3L, "inner"))
            .value("NSCFG", 111, 110, "security state; Secure streams only")
            .value("PRIVCFG", 113, 112, "privilege", Map.of(0L, "incoming", 1L, "incoming", 2L, "unprivileged", 3L, "privileged"))
            .value("INSTCFG", 115, 114, "data or instruction", Map.of(0L, "incoming", 1L, "incoming", 2L, "data", 3L, "instruction"))
            .ignored(127, 116)
            .value("S2VMID", 143, 128, "virtual machine id")
            .ignored(159, 144)
            .value("S2T0SZ", 165, 160, "64 minus the width of intermediate addresses")
            .value("S2SL0", 167, 166, "start level of stage 2")
            .value("S2IR0", 169, 168, "inner cacheability of stage-2 walks")
            .value("S2OR0", 171, 170, "outer cacheability of stage-2 walks")
            .value("S2SH0", 173, 172, "shareability of stage-2 walks")
            .value("S2TG", 175, 174, "stage-2 granule", Map.of(0L, "4K", 1L, "64K", 2L, "16K", 3L, "reserved"))
            .value("S2PS", 178, 176, "stage-2 output size", ContextDescriptor.SIZES)
            .flag("S2AA64", 179, "stage-2 tables are VMSAv8-64")
            .flag("S2ENDI", 180, "stage-2 tables are big-endian")
            .flag("S2AFFD", 181, "a stage-2 access flag of 0 does not fault")
            .flag("S2PTW", 182, "stage-1 walks must not reach Device memory")
            .flag("S2HD", 183, "hardware marks stage-2 pages dirty")
            .flag("S2HA", 184, "hardware sets stage-2 access flags")
            .flag("S2S", 185, "stage-2 faults stall")
            .flag("S2R", 186, "stage-2 faults are recorded")
            .flag("S2HAFT", 187, "hardware sets access flags of stage-2 tables")
            .flag("S2PIE", 188, "stage-2 permission indirection")
            .flag("S2POE", 189, "stage-2 permission overlays")
            .value("DPT_VMATCH", 191, 190, "device permission table match")
            .flag("S2NSW", 192, "Secure streams only")
            .flag("S2NSA", 193, "Secure streams only")
            .flag("S2SL0_2", 194, "bit 2 of S2SL0")
            .flag("S2DS", 195, "52-bit stage-2 addresses with 4K or 16K")
            .address("S2TTB", 243, 196, "stage-2 table")
            .ignored(255, 244)
            .reserved(511, 256)
            .build();

    public static final BitField SPAN = field(LEVEL_1, "Span");
    public static final BitField L2_POINTER = field(LEVEL_1, "L2Ptr");

    public static final BitField VALID = field(LAYOUT, "V");
    public static final BitField CONFIG = field(LAYOUT, "Config");
    public static final BitField S1_FORMAT = field(LAYOUT, "S1Fmt");
    public static final BitField CONTEXT_POINTER = field(LAYOUT, "S1ContextPtr");
    public static final BitField CD_MAX = field(LAYOUT, "S1CDMax");
    public static final BitField DSS = field(LAYOUT, "S1DSS");
    public static final BitField RESPONSE_PASID = field(LAYOUT, "PPAR");
    public static final BitField S2_FORCE_WRITE_BACK = field(LAYOUT, "S2FWB");
    public static final BitField STALL_DISABLE = field(LAYOUT, "S1STALLD");
    public static final BitField EATS = field(LAYOUT, "EATS");
    public static final BitField S1_INNER = field(LAYOUT, "S1CIR");
    public static final BitField S1_OUTER = field(LAYOUT, "S1COR");
    public static final BitField S1_SHARE = field(LAYOUT, "S1CSH");
    public static final BitField SHARE = field(LAYOUT, "SHCFG");
    public static final BitField WORLD = field(LAYOUT, "STRW");
    public static final BitField PRIVILEGE = field(LAYOUT, "PRIVCFG");
    public static final BitField INSTRUCTION = field(LAYOUT, "INSTCFG");
    public static final BitField VMID = field(LAYOUT, "S2VMID");
    public static final BitField S2_T0SZ = field(LAYOUT, "S2T0SZ");
    public static final BitField S2_SL0 = field(LAYOUT, "S2SL0");
    public static final BitField S2_SL0_HIGH = field(LAYOUT, "S2SL0_2");
    public static final BitField S2_INNER = field(LAYOUT, "S2IR0");
    public static final BitField S2_OUTER = field(LAYOUT, "S2OR0");
    public static final BitField S2_SHARE = field(LAYOUT, "S2SH0");
    public static final BitField S2_GRANULE = field(LAYOUT, "S2TG");
    public static final BitField S2_OUTPUT_SIZE = field(LAYOUT, "S2PS");
    public static final BitField S2_AARCH64 = field(LAYOUT, "S2AA64");
    public static final BitField S2_BIG_ENDIAN = field(LAYOUT, "S2ENDI");
    public static final BitField S2_AF_DISABLE = field(LAYOUT, "S2AFFD");
    public static final BitField S2_PROTECT_WALK = field(LAYOUT, "S2PTW");
    public static final BitField S2_HARDWARE_DIRTY = field(LAYOUT, "S2HD");
    public static final BitField S2_HARDWARE_ACCESS = field(LAYOUT, "S2HA");
    public static final BitField S2_STALL = field(LAYOUT, "S2S");
    public static final BitField S2_RECORD = field(LAYOUT, "S2R");
    public static final BitField S2_52_BIT = field(LAYOUT, "S2DS");
    public static final BitField S2_TABLE = field(LAYOUT, "S2TTB");

    private StreamEntry() {
    }
}
