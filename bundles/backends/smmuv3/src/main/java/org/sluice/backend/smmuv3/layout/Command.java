// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Every command of the command queue (chapter 4), 16 bytes each. */
public enum Command {
    PREFETCH_CONFIG(0x01, "Load a stream's configuration") {
        @Override
        void fields(LayoutBuilder b) {
            substream(b).ignored(127, 64);
        }
    },
    PREFETCH_ADDR(0x02, "Load translations of a range") {
        @Override
        void fields(LayoutBuilder b) {
            substream(b).value("Size", 68, 64, "log2 of pages").ignored(72, 69).flag("NS", 73, "security state").ignored(75, 74)
                    .address("address", 127, 76, "first page");
        }
    },
    CFGI_STE(0x03, "Drop a cached stream table entry") {
        @Override
        void fields(LayoutBuilder b) {
            stream(b).flag("Leaf", 64, "level-1 descriptors stay").ignored(127, 65);
        }
    },
    CFGI_STE_RANGE(0x04, "Drop cached stream table entries; with Range = 31 all configuration (CFGI_ALL)") {
        @Override
        void fields(LayoutBuilder b) {
            stream(b).value("Range", 68, 64, "2^(Range+1) StreamIDs", Map.of(31L, "all")).ignored(127, 69);
        }
    },
    CFGI_CD(0x05, "Drop a cached context descriptor") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(9, 8).flag("SSec", 10, "Secure stream").ignored(11, 11).value("SSID", 31, 12, "SubstreamID")
                    .value("SID", 63, 32, "StreamID").flag("Leaf", 64, "level-1 descriptors stay").ignored(127, 65);
        }
    },
    CFGI_CD_ALL(0x06, "Drop all cached context descriptors of a stream") {
        @Override
        void fields(LayoutBuilder b) {
            stream(b).ignored(127, 64);
        }
    },
    CFGI_VMS_PIDM(0x07, "Drop a cached virtual machine structure") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(31, 8).value("VMID", 47, 32, "virtual machine id").ignored(127, 48);
        }
    },
    TLBI_NH_ALL(0x10, "Drop stage-1 translations of a virtual machine") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(31, 8).value("VMID", 47, 32, "virtual machine id").ignored(127, 48);
        }
    },
    TLBI_NH_ASID(0x11, "Drop translations of an address space") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(31, 8).value("VMID", 47, 32, "virtual machine id").value("ASID", 63, 48, "address space id").ignored(127, 64);
        }
    },
    TLBI_NH_VA(0x12, "Drop translations of addresses in an address space") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).value("VMID", 47, 32, "virtual machine id").value("ASID", 63, 48, "address space id");
            where(b, 127);
        }
    },
    TLBI_NH_VAA(0x13, "Drop translations of addresses in all address spaces") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).value("VMID", 47, 32, "virtual machine id").ignored(63, 48);
            where(b, 127);
        }
    },
    TLBI_EL3_ALL(0x18, "Drop EL3 translations") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(127, 8);
        }
    },
    TLBI_EL3_VA(0x1a, "Drop EL3 translations of addresses") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).ignored(63, 32);
            where(b, 127);
        }
    },
    TLBI_EL2_ALL(0x20, "Drop EL2 translations") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(127, 8);
        }
    },
    TLBI_EL2_ASID(0x21, "Drop EL2 translations of an address space") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(47, 8).value("ASID", 63, 48, "address space id").ignored(127, 64);
        }
    },
    TLBI_EL2_VA(0x22, "Drop EL2 translations of addresses in an address space") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).ignored(47, 32).value("ASID", 63, 48, "address space id");
            where(b, 127);
        }
    },
    TLBI_EL2_VAA(0x23, "Drop EL2 translations of addresses") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).ignored(63, 32);
            where(b, 127);
        }
    },
    TLBI_S12_VMALL(0x28, "Drop all translations of a virtual machine") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(31, 8).value("VMID", 47, 32, "virtual machine id").ignored(127, 48);
        }
    },
    TLBI_S2_IPA(0x2a, "Drop stage-2 translations of intermediate addresses") {
        @Override
        void fields(LayoutBuilder b) {
            range(b).value("VMID", 47, 32, "virtual machine id").ignored(63, 48);
            where(b, 115).ignored(127, 116);
        }
    },
    TLBI_NSNH_ALL(0x30, "Drop all Non-secure translations but EL2's") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(127, 8);
        }
    },
    ATC_INV(0x40, "Drop translations in a device") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(8, 8).flag("Global", 9, "in all substreams").ignored(10, 10).flag("SSV", 11, "SubstreamID valid")
                    .value("SSID", 31, 12, "SubstreamID").value("SID", 63, 32, "StreamID")
                    .value("Size", 69, 64, "2^Size pages of 4 KiB", Map.of(52L, "all")).ignored(75, 70).address("address", 127, 76, "first page");
        }
    },
    PRI_RESP(0x41, "Answer a page request group") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(10, 8).flag("SSV", 11, "SubstreamID valid").value("SSID", 31, 12, "SubstreamID").value("SID", 63, 32, "StreamID")
                    .value("PRGIndex", 72, 64, "page request group").ignored(75, 73)
                    .value("Resp", 77, 76, "answer", Map.of(0L, "deny", 1L, "fail", 2L, "success")).ignored(127, 78);
        }
    },
    RESUME(0x44, "Go on with a stalled transaction") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(11, 8).value("Resp", 13, 12, "answer", Map.of(0L, "terminate", 1L, "retry", 2L, "abort")).ignored(31, 14)
                    .value("SID", 63, 32, "StreamID").value("STAG", 79, 64, "stall tag").ignored(127, 80);
        }
    },
    STALL_TERM(0x45, "Terminate all stalled transactions of a stream") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(31, 8).value("SID", 63, 32, "StreamID").ignored(127, 64);
        }
    },
    SYNC(0x46, "Wait until all earlier commands have taken effect") {
        @Override
        void fields(LayoutBuilder b) {
            b.ignored(11, 8).value("CS", 13, 12, "completion signal", Map.of(0L, "none", 1L, "interrupt", 2L, "event")).ignored(21, 14)
                    .value("MSH", 23, 22, "shareability of the message").value("MSIAttr", 27, 24, "memory type of the message").ignored(31, 28)
                    .value("MSIData", 63, 32, "data of the message").ignored(65, 64).address("MSIAddress", 115, 66, "where the message goes")
                    .ignored(127, 116);
        }
    };

    public static final int BYTES = 16;
    /** Completion signals of SYNC. */
    public static final int SIGNAL_NONE = 0;
    public static final int SIGNAL_MESSAGE = 1;
    public static final int SIGNAL_RESERVED = 3;
    /** Range of CFGI_STE_RANGE that means everything. */
    public static final int RANGE_ALL = 31;
    /** Answers of RESUME. */
    public static final int RESUME_RETRY = 1;
    /** Answers of PRI_RESP. */
    public static final int PAGES_DENIED = 0;
    public static final int PAGES_FAILED = 1;
    public static final int PAGES_MAPPED = 2;
    /** Answers of RESUME and PRI_RESP that are none. */
    public static final int ANSWER_RESERVED = 3;
    /** Size of ATC_INV that means all addresses. */
    public static final int SIZE_ALL = 52;

    /** Fields, which have the same place in every command that has them. */
    public static final BitField OPCODE = field(SYNC, "opcode");
    public static final BitField SSEC = field(CFGI_CD, "SSec");
    public static final BitField SSV = field(ATC_INV, "SSV");
    public static final BitField SSID = field(CFGI_CD, "SSID");
    public static final BitField SID = field(CFGI_CD, "SID");
    public static final BitField LEAF = field(CFGI_CD, "Leaf");
    public static final BitField RANGE = field(CFGI_STE_RANGE, "Range");
    public static final BitField VMID = field(TLBI_NH_VA, "VMID");
    public static final BitField ASID = field(TLBI_NH_VA, "ASID");
    public static final BitField NUM = field(TLBI_NH_VA, "NUM");
    public static final BitField SCALE = field(TLBI_NH_VA, "SCALE");
    public static final BitField GRANULE = field(TLBI_NH_VA, "TG");
    public static final BitField ADDRESS = field(TLBI_NH_VA, "address");
    public static final BitField IPA = field(TLBI_S2_IPA, "address");
    public static final BitField GLOBAL = field(ATC_INV, "Global");
    public static final BitField SIZE = field(ATC_INV, "Size");
    public static final BitField GROUP = field(PRI_RESP, "PRGIndex");
    public static final BitField GROUP_ANSWER = field(PRI_RESP, "Resp");
    public static final BitField STALL_TAG = field(RESUME, "STAG");
    public static final BitField STALL_ANSWER = field(RESUME, "Resp");
    public static final BitField SIGNAL = field(SYNC, "CS");
    public static final BitField MESSAGE_DATA = field(SYNC, "MSIData");
    public static final BitField MESSAGE_ADDRESS = field(SYNC, "MSIAddress");
    public static final BitField MESSAGE_ATTRIBUTE = field(SYNC, "MSIAttr");
    public static final BitField MESSAGE_SHARE = field(SYNC, "MSH");

    private static final int OPCODE_MASK = 0xff;
    private static final Command[] BY_OPCODE = new Command[OPCODE_MASK + 1];

    static {
        for (Command command : values()) {
            BY_OPCODE[command.opcode] = command;
        }
    }

    private final int opcode;
    private final StructureLayout layout;

    Command(int opcode, String title) {
        this.opcode = opcode;
        LayoutBuilder b = Smmu.structure("command-" + name().toLowerCase(Locale.ROOT).replace('_', '-'), 128, title, "chapter 4, CMD_" + name())
                .value("opcode", 7, 0, "command", Map.of((long) opcode, name()));
        fields(b);
        layout = b.build();
    }

    private static BitField field(Command command, String name) {
        return Smmu.field(command.layout, name);
    }

    abstract void fields(LayoutBuilder b);

    /** The command with the opcode in {@code word}, or null. */
    public static Command of(long word) {
        return BY_OPCODE[(int) word & OPCODE_MASK];
    }

    public int opcode() {
        return opcode;
    }

    public StructureLayout layout() {
        return layout;
    }

    /** All layouts, in the order of opcodes. */
    public static List<StructureLayout> layouts() {
        List<StructureLayout> list = new ArrayList<>();
        for (Command command : values()) {
            list.add(command.layout);
        }
        return list;
    }

    private static LayoutBuilder stream(LayoutBuilder b) {
        return b.ignored(9, 8).flag("SSec", 10, "Secure stream").ignored(31, 11).value("SID", 63, 32, "StreamID");
    }

    private static LayoutBuilder substream(LayoutBuilder b) {
        return b.ignored(9, 8).flag("SSec", 10, "Secure stream").flag("SSV", 11, "SubstreamID valid").value("SSID", 31, 12, "SubstreamID")
                .value("SID", 63, 32, "StreamID");
    }

    private static LayoutBuilder range(LayoutBuilder b) {
        return b.ignored(11, 8).value("NUM", 16, 12, "with TG: (NUM+1) * 2^SCALE pages").ignored(19, 17).value("SCALE", 24, 20, "see NUM")
                .ignored(31, 25);
    }

    private static LayoutBuilder where(LayoutBuilder b, int last) {
        return b.flag("Leaf", 64, "only leaves").ignored(71, 65).value("TTL", 73, 72, "level of the leaf; 0: any")
                .value("TG", 75, 74, "granule of a range", Map.of(0L, "one address", 1L, "4K", 2L, "16K", 3L, "64K"))
                .address("address", last, 76, "first page");
    }
}
