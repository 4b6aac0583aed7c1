// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.ControlRegisters.control;
import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.register.Register;

/** The three queues and the messages that interrupts are sent with (section 6.3). */
public final class QueueRegisters {
    /** Registers of a queue whose PROD and CONS are on page 1 lie there. */
    private static final int PAGE_1 = 0x1_0000;

    public static final Register CMDQ_BASE = Register.of(0x090, base("CMDQ_BASE", "Command queue", "RA"));
    public static final Register CMDQ_PROD = Register.of(0x098, control("CMDQ_PROD", 32, "Where software writes the next command")
            .value("index", 19, 0, "index and wrap bit").ignored(31, 20).build());
    public static final Register CMDQ_CONS = Register.of(0x09c, control("CMDQ_CONS", 32, "Which command the unit reads next")
            .value("RD", 19, 0, "index and wrap bit").ignored(23, 20)
            .value("ERR", 30, 24, "why it stopped", CommandError.names())
            .ignored(31, 31).build());
    public static final Register EVENTQ_BASE = Register.of(0x0a0, base("EVENTQ_BASE", "Event queue", "WA"));
    public static final Register EVENTQ_PROD = Register.of(PAGE_1 + 0x0a8, index("EVENTQ_PROD", "Where the unit writes the next event", "OVFLG"));
    public static final Register EVENTQ_CONS = Register.of(PAGE_1 + 0x0ac, index("EVENTQ_CONS", "Which event software reads next", "OVACKFLG"));
    public static final Register PRIQ_BASE = Register.of(0x0c0, base("PRIQ_BASE", "Page request queue", "WA"));
    public static final Register PRIQ_PROD = Register.of(PAGE_1 + 0x0c8, index("PRIQ_PROD", "Where the unit writes the next request", "OVFLG"));
    public static final Register PRIQ_CONS = Register.of(PAGE_1 + 0x0cc, index("PRIQ_CONS", "Which request software reads next", "OVACKFLG"));

    public static final List<Register> ERROR_MESSAGE = messages("GERROR", 0x068);
    public static final List<Register> EVENT_MESSAGE = messages("EVENTQ", 0x0b0);
    public static final List<Register> PAGE_REQUEST_MESSAGE = messages("PRIQ", 0x0d0);

    public static final BitField ADDRESS = field(CMDQ_BASE.layout(), "ADDR");
    public static final BitField LOG2SIZE = field(CMDQ_BASE.layout(), "LOG2SIZE");

    public static final BitField INDEX = field(CMDQ_PROD.layout(), "index");
    public static final BitField ERROR = field(CMDQ_CONS.layout(), "ERR");
    public static final BitField OVERFLOW = field(EVENTQ_PROD.layout(), "OVFLG");
    public static final BitField OVERFLOW_SEEN = field(EVENTQ_CONS.layout(), "OVACKFLG");
    public static final BitField MESSAGE_ADDRESS = field(ERROR_MESSAGE.get(0).layout(), "ADDR");
    public static final BitField MESSAGE_ATTRIBUTE = field(ERROR_MESSAGE.get(2).layout(), "MemAttr");
    public static final BitField MESSAGE_SHARE = field(ERROR_MESSAGE.get(2).layout(), "SH");
    public static final BitField ONLY_LAST = field(PAGE_REQUEST_MESSAGE.get(2).layout(), "LO");

    private QueueRegisters() {
    }

    private static List<Register> messages(String source, int offset) {
        return List.of(Register.of(offset, control(source + "_IRQ_CFG0", 64, "Where the message goes; 0: none is sent")
                        .ignored(1, 0).address("ADDR", 51, 2, "address").ignored(63, 52).build()),
                Register.of(offset + 8, control(source + "_IRQ_CFG1", 32, "What the message says").value("DATA", 31, 0, "data").build()),
                Register.of(offset + 12, control(source + "_IRQ_CFG2", 32, "Memory type of the message").value("MemAttr", 3, 0, "memory type")
                        .value("SH", 5, 4, "shareability").ignored(30, 6).flag("LO", 31, "page requests: only on the last of a group").build()));
    }

    private static StructureLayout base(String name, String title, String hint) {
        return control(name, 64, title).value("LOG2SIZE", 4, 0, "log2 of entries").address("ADDR", 51, 5, "queue").ignored(61, 52)
                .flag(hint, 62, "allocation hint").ignored(63, 63).build();
    }

    private static StructureLayout index(String name, String title, String overflow) {
        return control(name, 32, title).value("index", 19, 0, "index and wrap bit").ignored(30, 20).flag(overflow, 31, "overflow").build();
    }
}
