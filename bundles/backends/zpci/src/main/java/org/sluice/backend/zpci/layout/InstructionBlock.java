// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.register.Register;

/**
 * How the instructions of zPCI are reached through a register port, since a unit of zPCI has no registers of its own: operands are written,
 * then the instruction's text, which executes it; condition code, status and program interruption are there when that write returns
 * ("instruction block" in docs/backends/zpci.md). Blocks that instructions address lie in memory and are big-endian; the registers are
 * little-endian words like those of every other unit.
 */
public final class InstructionBlock {
    public static final int BYTES = 0x40;
    /** {@code zPCI}. */
    public static final int IDENTITY_VALUE = 0x7a50_4349;
    public static final int VERSION_VALUE = 1;

    /** Call Logical Processor: R2 addresses the block. */
    public static final int CLP = 0xb9a0;
    /** Refresh PCI Translations: R1 handle, R2 (even) first address, R2 + 1 bytes. */
    public static final int RPCIT = 0xb9d3;
    /** Modify PCI Function Controls (first and last byte of its six): R1 request, storage operand FIB. */
    public static final int MPCIFC = 0xe3d0;
    /** Store PCI Function Controls (likewise): R1 handle, storage operand FIB. */
    public static final int STPCIFC = 0xe3d4;
    /** Channel Subsystem Call: R1 addresses the block. */
    public static final int CHSC = 0xb25f;

    /** Program interruptions of the processor's architecture. */
    public static final int OPERATION_EXCEPTION = 0x01;
    public static final int ADDRESSING_EXCEPTION = 0x05;
    public static final int SPECIFICATION_EXCEPTION = 0x06;
    public static final int OPERAND_EXCEPTION = 0x15;

    private static final Map<Long, String> OPCODES = Map.of((long) CLP, "CLP", (long) RPCIT, "RPCIT", (long) MPCIFC, "MPCIFC",
            (long) STPCIFC, "STPCIFC", (long) CHSC, "CHSC");
    private static final String CLAUSE = "instruction block";

    public static final Register IDENTITY = register(0x00, Zpci.structure("block-identity", 32, "Identity of the block", CLAUSE)
            .value("ID", 31, 0, "0x7a504349").build());
    public static final Register VERSION = register(0x04, Zpci.structure("block-version", 32, "Version of the block", CLAUSE)
            .value("VERSION", 31, 0, "1").build());
    public static final Register INSTRUCTION = register(0x08, Zpci.structure("block-instruction", 32, "Instruction; a write executes it", CLAUSE)
            .value("R2", 3, 0, "number of the second register")
            .value("R1", 7, 4, "number of the first register")
            .reserved(15, 8)
            .value("OPCODE", 31, 16, "operation code", OPCODES)
            .build());
    public static final Register COMPLETION = register(0x0c, Zpci.structure("block-completion", 32, "How the last instruction ended", CLAUSE)
            .value("CC", 1, 0, "condition code")
            .reserved(7, 2)
            .value("PIC", 15, 8, "program interruption code; 0 is none", Map.of((long) OPERATION_EXCEPTION, "operation",
                    (long) ADDRESSING_EXCEPTION, "addressing", (long) SPECIFICATION_EXCEPTION, "specification", (long) OPERAND_EXCEPTION, "operand"))
            .reserved(31, 16)
            .build());
    public static final Register OPERAND_1 = word(0x10, "block-operand-1", "Content of the register R1; a status comes back in it");
    public static final Register OPERAND_2 = word(0x18, "block-operand-2", "Content of the register R2");
    public static final Register OPERAND_3 = word(0x20, "block-operand-3", "Content of the register R2 + 1");
    public static final Register STORAGE = word(0x28, "block-storage", "Address of the storage operand");
    public static final Register PENDING = register(0x30, Zpci.structure("block-pending", 32, "Events that wait for CHSC", CLAUSE)
            .value("COUNT", 31, 0, "events").build());

    public static final BitField SECOND_REGISTER = Zpci.field(INSTRUCTION.layout(), "R2");
    public static final BitField FIRST_REGISTER = Zpci.field(INSTRUCTION.layout(), "R1");
    public static final BitField OPCODE = Zpci.field(INSTRUCTION.layout(), "OPCODE");
    public static final BitField CONDITION = Zpci.field(COMPLETION.layout(), "CC");
    public static final BitField INTERRUPTION = Zpci.field(COMPLETION.layout(), "PIC");

    private InstructionBlock() {
    }

    private static Register register(int offset, StructureLayout layout) {
        return Register.of(offset, layout);
    }

    private static Register word(int offset, String name, String title) {
        return register(offset, Zpci.structure(name, 64, title, CLAUSE).value("VALUE", 63, 0, title).build());
    }

    public static List<StructureLayout> layouts() {
        return Stream.of(IDENTITY, VERSION, INSTRUCTION, COMPLETION, OPERAND_1, OPERAND_2, OPERAND_3, STORAGE, PENDING).map(Register::layout).toList();
    }

    /** Name of an operation code, for messages. */
    public static String name(int opcode) {
        String name = OPCODES.get((long) opcode);
        return name != null ? name : "instruction " + Integer.toHexString(opcode);
    }
}
