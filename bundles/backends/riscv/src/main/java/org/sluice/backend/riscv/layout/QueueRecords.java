// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import static org.sluice.backend.riscv.layout.Riscv.field;

import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** What stands in the three queues (chapter 3): commands, fault records, page requests. */
public final class QueueRecords {
    private static final int OPCODES = 128;

    private static final StructureLayout INVALIDATE = command("iotinval", "Forget translations", "section 3.1.1",
                    Map.of(0L, "VMA: first stage", 1L, "GVMA: second stage"))
            .flag("AV", 10, "one address").reserved(11, 11).value("PSCID", 31, 12, "address space id").flag("PSCV", 32, "PSCID valid").flag("GV", 33, "GSCID valid")
            .flag("NL", 34, "non-leaf entries too").reserved(43, 35).value("GSCID", 59, 44, "virtual machine id").reserved(63, 60)
            .reserved(72, 64).flag("S", 73, "a range").value("page", 125, 74, "page number").reserved(127, 126).build();
    private static final StructureLayout FENCE = command("iofence", "Wait for what went before", "section 3.1.2", Map.of(0L, "C"))
            .flag("AV", 10, "write DATA when done").flag("WSI", 11, "wired interrupt when done").flag("PR", 12, "earlier reads are done")
            .flag("PW", 13, "earlier writes are done").reserved(31, 14).value("DATA", 63, 32, "data").value("ADDR/4", 125, 64, "address / 4").reserved(127, 126).build();
    private static final StructureLayout DIRECTORY = command("iodir", "Forget directory entries", "section 3.1.3", Map.of(0L, "INVAL_DDT", 1L, "INVAL_PDT"))
            .reserved(11, 10).value("PID", 31, 12, "process id").reserved(32, 32).flag("DV", 33, "device id valid").reserved(39, 34)
            .value("DID", 63, 40, "device id").reserved(127, 64).build();
    private static final StructureLayout SERVICES = command("ats", "Message to a device", "section 3.1.4", Map.of(0L, "INVAL", 1L, "PRGR"))
            .reserved(11, 10).value("PID", 31, 12, "process id").flag("PV", 32, "process id valid").flag("DSV", 33, "segment valid").reserved(39, 34)
            .value("RID", 55, 40, "requester id").value("DSEG", 63, 56, "segment").value("payload", 127, 64, "of the message").build();

    public static final StructureLayout FAULT = Riscv.structure("fault-record", 256, "Fault record", "section 3.2")
            .value("CAUSE", 11, 0, "cause", Cause.names()).value("PID", 31, 12, "process id").flag("PV", 32, "process id valid").flag("PRIV", 33, "with privilege")
            .value("TTYP", 39, 34, "what was under way", Map.of(0L, "none", 1L, "untranslated fetch", 2L, "untranslated read", 3L, "untranslated write",
                    5L, "translated fetch", 6L, "translated read", 7L, "translated write", 8L, "ATS translation request", 9L, "message request"))
            .value("DID", 63, 40, "device id").ignored(95, 64).reserved(127, 96).value("iotval", 191, 128, "address, or as the cause says")
            .value("iotval2", 255, 192, "guest page faults: guest address; bit 0 implicit access, bit 1 write").build();
    public static final StructureLayout REQUEST = Riscv.structure("page-request", 128, "Page request of a device", "section 3.3").reserved(11, 0)
            .value("PID", 31, 12, "process id").flag("PV", 32, "process id valid").flag("PRIV", 33, "with privilege").flag("EXEC", 34, "to execute").reserved(39, 35)
            .value("DID", 63, 40, "device id").flag("R", 64, "to read").flag("W", 65, "to write").flag("L", 66, "last of its group")
            .value("PRGI", 75, 67, "group").value("page", 127, 76, "page number").build();
    public static final List<StructureLayout> ALL = List.of(INVALIDATE, FENCE, DIRECTORY, SERVICES, FAULT, REQUEST);

    public static final BitField CAUSE = field(FAULT, "CAUSE");
    public static final BitField PID = field(FAULT, "PID");
    public static final BitField PV = field(FAULT, "PV");
    public static final BitField TYPE = field(FAULT, "TTYP");
    public static final BitField DID = field(FAULT, "DID");
    public static final BitField ADDRESS = field(FAULT, "iotval");
    public static final BitField GUEST_ADDRESS = field(FAULT, "iotval2");

    private QueueRecords() {
    }

    /** The layout of a command, or null if the opcode is none of the standard's. */
    public static StructureLayout command(long firstWord) {
        return switch ((int) (firstWord & OPCODES - 1)) {
            case 1 -> INVALIDATE;
            case 2 -> FENCE;
            case 3 -> DIRECTORY;
            case 4 -> SERVICES;
            default -> null;
        };
    }

    private static LayoutBuilder command(String name, String title, String clause, Map<Long, String> functions) {
        return Riscv.structure(name, 128, title, clause).value("opcode", 6, 0, "command").value("func3", 9, 7, "function", functions);
    }
}
