// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.ConditionCodes.Instruction;
import org.sluice.backend.zpci.layout.ConditionCodes.Status;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Condition codes and statuses of sheet section 2, and where they stand when an instruction has ended. */
public class StatusTest extends DrivenUnit {
    /** The sheet's list: load, store and refresh; MPCIFC; STPCIFC; RPCIT of its own. */
    private static final Map<Instruction, List<Integer>> STATUSES = Map.of(Instruction.LOAD_STORE, List.of(4, 8, 12, 16, 20, 24, 28, 36, 40, 44),
            Instruction.MODIFY_CONTROLS, List.of(4, 16, 24, 28, 32, 40), Instruction.STORE_CONTROLS, List.of(8, 28, 40),
            Instruction.REFRESH_TRANSLATIONS, List.of(16));

    @Test
    public void everyInstructionHasItsOwnStatuses() {
        for (Instruction instruction : Instruction.values()) {
            for (int code = 0; code < 256; code++) {
                boolean listed = STATUSES.get(instruction).contains(code);
                assertEquals(instruction + " " + code, listed, ConditionCodes.status(instruction, code).isPresent());
            }
            for (int code : STATUSES.get(instruction)) {
                Status status = ConditionCodes.status(instruction, code).orElseThrow();
                assertEquals(instruction, status.instruction());
                assertEquals(code, status.code());
            }
        }
        assertEquals("insufficient resources", ConditionCodes.status(Instruction.REFRESH_TRANSLATIONS, 16).orElseThrow().meaning());
        assertEquals("permanent error", ConditionCodes.status(Instruction.STORE_CONTROLS, 8).orElseThrow().meaning());
        assertEquals("function in error state", ConditionCodes.status(Instruction.LOAD_STORE, 8).orElseThrow().meaning());
    }

    @Test
    public void conditionCodesHaveMeanings() {
        assertEquals(List.of("done", "error, see status", "busy, try again", "invalid function handle"),
                List.of(ConditionCodes.meaning(0), ConditionCodes.meaning(1), ConditionCodes.meaning(2), ConditionCodes.meaning(3)));
        assertThrows(IllegalArgumentException.class, () -> ConditionCodes.meaning(4));
    }

    /** R1 bits 31:24 get the status; handle, DMA address space and operation stay, and no status of before shines through. */
    @Test
    public void theStatusReplacesOneByteOfTheFirstOperand() {
        long handle = unit.enabled();
        unit.put(Unit.FIB, 0, 0, Functions.FIRST, Functions.LAST, Tables.IOTA);
        for (long before : new long[] {0, 0xff00_0000L, 0x0700_0000L}) {
            assertEquals(1, unit.execute(Unit.MPCIFC, 0x10, handle << 32 | before | 5, 0, 0, Unit.FIB));
            assertEquals("sequence", handle << 32 | 24 << 24 | 5, unit.first);
            assertEquals(1, unit.execute(Unit.MPCIFC, 0x10, handle << 32 | before | 7 << 16 | 4, 0, 0, Unit.FIB));
            assertEquals("address space", handle << 32 | 28 << 24 | 7 << 16 | 4, unit.first);
        }
    }

    /** Calls have no statuses: any condition code but 0 is an error of the unit. */
    @Test
    public void callsThatDoNotEndWellAreErrors() {
        for (int code : new int[] {STALE, 1}) {
            port.answer(Unit.CLP, f -> true, code, 0, 1);
            IommuException refused = assertThrows(IommuException.class, driver::start);
            assertEquals(Reason.IO, refused.reason());
            assertTrue(refused.getMessage(), refused.getMessage().contains("condition code " + code));
            assertTrue(port.isDone());
        }
        driver.start();
        port.answer(Unit.CHSC, f -> true, STALE, 0, 1);
        assertRefused(Reason.IO, () -> driver.drainFaults(f -> { }));
        assertTrue(port.isDone());
    }

    @Test
    public void theBlocksRegistersAreAmongTheLayouts() {
        List<String> names = new ZpciBackend("1").layouts().stream().map(StructureLayout::name).toList();
        for (String name : List.of("block-operand-1", "block-operand-2", "block-operand-3", "block-storage", "block-pending")) {
            assertTrue(name + " in " + names, names.contains(name));
        }
        assertEquals(9, InstructionBlock.layouts().size());
        assertTrue(names.containsAll(InstructionBlock.layouts().stream().map(StructureLayout::name).toList()));
    }

    @Test
    public void instructionsHaveNames() {
        assertEquals("MPCIFC", InstructionBlock.name(Unit.MPCIFC));
        assertEquals("RPCIT", InstructionBlock.name(Unit.RPCIT));
        assertEquals("instruction b9a1", InstructionBlock.name(0xb9a1));
    }
}
