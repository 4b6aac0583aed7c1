// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/**
 * The function information block (FIB, 80 bytes) and the operands of the instructions that use it: Modify PCI Function Controls
 * (MPCIFC), Store PCI Function Controls (STPCIFC), Refresh PCI Translations (RPCIT).
 */
public final class FunctionBlock {
    public static final int BYTES = 80;
    /** Words of the block by what they hold. */
    public static final int FORMAT_WORD = 0;
    public static final int STATE_WORD = 1;
    public static final int PBA_WORD = 2;
    public static final int PAL_WORD = 3;
    public static final int IOTA_WORD = 4;
    public static final int INTERRUPT_WORD_HIGH = 5;
    public static final int AIBV_WORD = 6;
    public static final int AISB_WORD = 7;
    public static final int FMB_WORD = 8;
    /** Operations of MPCIFC. */
    public static final int REGISTER_INTERRUPTS = 2;
    public static final int UNREGISTER_INTERRUPTS = 3;
    public static final int REGISTER_TRANSLATION = 4;
    public static final int UNREGISTER_TRANSLATION = 5;
    public static final int REREGISTER_TRANSLATION = 6;
    public static final int RESET_ERROR = 7;
    public static final int RESET_BLOCK = 9;
    public static final int SET_MEASUREMENT = 10;

    public static final int PBA_OFFSET = 16;
    public static final int PAL_OFFSET = 24;
    public static final int IOTA_OFFSET = 32;

    public static final StructureLayout FIB = Zpci.structure("fib", 640, "Function information block", "function information block")
            .reserved(55, 0)
            .value("FMT", 63, 56, "0; 1 with directed interrupts")
            .reserved(123, 64)
            .flag("DMAAS", 124, "an address space is registered (stored by STPCIFC only)")
            .flag("B", 125, "load/store and DMA blocked")
            .flag("ERR", 126, "error state")
            .flag("E", 127, "enabled")
            .ignored(139, 128)
            .address("PBA", 191, 140, "first DMA address; its low 12 bits are taken as zeros")
            .ignored(203, 192)
            .address("PAL", 255, 204, "last DMA address; its low 12 bits are taken as ones")
            .value("IOTA", 319, 256, "I/O translation anchor")
            .reserved(351, 320)
            .value("AISBO", 357, 352, "bit of the summary")
            .reserved(358, 358)
            .flag("SUM", 359, "there is a summary bit")
            .value("AIBVO", 365, 360, "first bit of the vector")
            .reserved(367, 366)
            .value("NOI", 379, 368, "number of interrupts")
            .value("ISC", 382, 380, "interruption subclass")
            .reserved(383, 383)
            .address("AIBV", 447, 384, "interrupt bit vector")
            .address("AISB", 511, 448, "interrupt summary")
            .value("FMB", 575, 512, "measurement block: address and key")
            .value("GD", 607, 576, "designation of the interruption state (format 1)")
            .reserved(639, 608)
            .build();

    /** The 32-bit interrupt word at offset 40 of the FIB, format 0. */
    public static final StructureLayout INTERRUPT_WORD = Zpci.structure("interrupt-word", 32, "Interrupt word of the FIB", "interrupts")
            .value("AISBO", 5, 0, "bit of the summary")
            .reserved(6, 6)
            .flag("SUM", 7, "there is a summary bit")
            .value("AIBVO", 13, 8, "first bit of the vector")
            .reserved(15, 14)
            .value("NOI", 27, 16, "number of interrupts")
            .value("ISC", 30, 28, "interruption subclass")
            .reserved(31, 31)
            .build();

    public static final StructureLayout MPCIFC = Zpci.structure("mpcifc-request", 64, "First operand of MPCIFC", "modify function controls")
            .value("OC", 7, 0, "operation", Map.of(2L, "register interrupts", 3L, "unregister interrupts", 4L, "register translation",
                    5L, "unregister translation", 6L, "re-register translation", 7L, "reset error state", 9L, "reset blocked state",
                    10L, "set measurement", 16L, "register directed interrupts", 17L, "unregister directed interrupts"))
            .reserved(15, 8)
            .value("DMAAS", 23, 16, "DMA address space; only 0 exists")
            .value("STATUS", 31, 24, "status, when stored")
            .value("FH", 63, 32, "function handle")
            .build();

    public static final StructureLayout RPCIT = Zpci.structure("rpcit-request", 64, "First operand of RPCIT", "refresh translations")
            .reserved(23, 0)
            .value("STATUS", 31, 24, "status, when stored")
            .value("FH", 63, 32, "function handle")
            .build();

    public static final BitField FORMAT = field(FIB, "FMT");
    public static final BitField REGISTERED = field(FIB, "DMAAS");
    public static final BitField BLOCKED = field(FIB, "B");
    public static final BitField IN_ERROR = field(FIB, "ERR");
    public static final BitField ENABLED = field(FIB, "E");
    public static final BitField OPERATION = field(MPCIFC, "OC");
    public static final BitField ADDRESS_SPACE = field(MPCIFC, "DMAAS");
    public static final BitField STATUS = field(MPCIFC, "STATUS");
    public static final BitField HANDLE = field(MPCIFC, "FH");
    public static final BitField AISBO = field(INTERRUPT_WORD, "AISBO");
    public static final BitField SUMMARY = field(INTERRUPT_WORD, "SUM");
    public static final BitField AIBVO = field(INTERRUPT_WORD, "AIBVO");
    public static final BitField INTERRUPTS = field(INTERRUPT_WORD, "NOI");
    public static final BitField SUBCLASS = field(INTERRUPT_WORD, "ISC");

    private FunctionBlock() {
    }
}
