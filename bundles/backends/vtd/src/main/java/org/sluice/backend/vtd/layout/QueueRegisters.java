// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Where the queues are and how far they got: IQH, IQT, IQA, IQERCD, PQH, PQT, PQA. */
public final class QueueRegisters {
    private static final String CHAPTER = "register descriptions, ";

    private static final StructureLayout IQA_LAYOUT = Vtd.structure("IQA", 64, "Invalidation queue address", CHAPTER + "IQA_REG")
            .value("QS", 2, 0, "the queue has 2^QS pages")
            .reserved(10, 3)
            .value("DW", 11, 11, "descriptor width", Map.of(0L, "128-bit", 1L, "256-bit"))
            .address("IQA", 63, 12, "invalidation queue")
            .build();

    private static final StructureLayout IQERCD_LAYOUT = Vtd.structure("IQERCD", 64, "Invalidation queue error record", CHAPTER + "IQERCD_REG")
            .value("IQEI", 3, 0, "why the queue stopped, while FSTS.IQE is set", Map.of(0L, "no information", 1L, "invalid tail",
                    2L, "descriptor fetch error", 3L, "bad type", 4L, "reserved bits", 5L, "bad descriptor width", 6L, "tail not aligned",
                    7L, "reserved TTM"))
            .reserved(31, 4)
            .value("ITESID", 47, 32, "source of a device-TLB timeout")
            .value("ICESID", 63, 48, "source of a bad device-TLB completion")
            .build();

    private static final StructureLayout PQA_LAYOUT = Vtd.structure("PQA", 64, "Page request queue address", CHAPTER + "PQA_REG")
            .value("PQS", 2, 0, "the queue has 2^PQS pages")
            .reserved(11, 3)
            .address("PQA", 63, 12, "page request queue")
            .build();

    public static final Register IQH = Register.of(0x80, pointer("IQH", "Invalidation queue head", 4), CapabilityRegisters.WITH_QI);
    public static final Register IQT = Register.of(0x88, pointer("IQT", "Invalidation queue tail", 4), CapabilityRegisters.WITH_QI);
    public static final Register IQA = Register.of(0x90, IQA_LAYOUT, CapabilityRegisters.WITH_QI);
    public static final Register IQERCD = Register.of(0xb0, IQERCD_LAYOUT, CapabilityRegisters.WITH_QI);
    public static final Register PQH = Register.of(0xc0, pointer("PQH", "Page request queue head", 5), CapabilityRegisters.WITH_PRS);
    public static final Register PQT = Register.of(0xc8, pointer("PQT", "Page request queue tail", 5), CapabilityRegisters.WITH_PRS);
    public static final Register PQA = Register.of(0xd0, PQA_LAYOUT, CapabilityRegisters.WITH_PRS);

    public static final BitField HEAD = field(IQH.layout(), "OFFSET");
    public static final BitField TAIL = field(IQT.layout(), "OFFSET");
    public static final BitField SIZE = field(IQA_LAYOUT, "QS");
    public static final BitField WIDE = field(IQA_LAYOUT, "DW");
    public static final BitField BASE = field(IQA_LAYOUT, "IQA");
    public static final BitField ERROR = field(IQERCD_LAYOUT, "IQEI");
    public static final BitField PAGE_HEAD = field(PQH.layout(), "OFFSET");
    public static final BitField PAGE_TAIL = field(PQT.layout(), "OFFSET");
    public static final BitField PAGE_SIZE = field(PQA_LAYOUT, "PQS");
    public static final BitField PAGE_BASE = field(PQA_LAYOUT, "PQA");

    private QueueRegisters() {
    }

    private static StructureLayout pointer(String name, String title, int low) {
        return Vtd.structure(name, 64, title, CHAPTER + name + "_REG")
                .reserved(low - 1, 0)
                .address("OFFSET", 18, low, "bytes from the start of the queue")
                .reserved(63, 19)
                .build();
    }
}
