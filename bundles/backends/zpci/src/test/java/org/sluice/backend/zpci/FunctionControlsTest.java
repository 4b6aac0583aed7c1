// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;

import java.util.Map;

import org.junit.Before;
import org.junit.Test;
import org.sluice.spi.UnitModel;

/** MPCIFC and STPCIFC: every operation with every condition code and status that sections 2 and 7 of the sheet give it. */
public class FunctionControlsTest {
    private static final int OPERAND = 0x15;
    private static final int SPECIFICATION = 0x06;
    private static final int ADDRESSING = 0x05;
    private static final long WORD = 0x2020_0080L;

    private final Unit unit = new Unit(Functions.two());
    private final long handle = unit.enabled();

    @Before
    public void onePageIsMapped() {
        new Tables(unit.memory).map(0, 0x40_0001);
    }

    private void assertStatus(int status, int condition) {
        assertEquals(1, condition);
        assertEquals(status, unit.status());
    }

    private void assertException(int code, int condition) {
        assertEquals(-1, condition);
        assertEquals(code, unit.exception);
    }

    @Test
    public void translationIsRegisteredReplacedAndUnregistered() {
        assertEquals(0, unit.register(handle, Tables.IOTA));
        assertEquals(0x40_0008, unit.read(Tables.BASE + 8));
        unit.put(Unit.FIB, 0, 0, Functions.FIRST, Functions.LAST, 0, 0, 0, 0, 0, 0);
        assertEquals("re-register, T=0", 0, unit.modify(handle, 6));
        assertEquals(UnitModel.PASS_THROUGH, unit.read(Tables.BASE));
        assertEquals(0, unit.modify(handle, 5));
        assertEquals(-1 - 0x01, unit.read(Tables.BASE));
    }

    @Test
    public void whatIsOutOfSequenceIsStatus24() {
        assertStatus(24, unit.modify(handle, 5));
        unit.put(Unit.FIB, 0, 0, Functions.FIRST, Functions.LAST, Tables.IOTA);
        assertStatus(24, unit.modify(handle, 6));
        assertEquals(0, unit.register(handle, Tables.IOTA));
        assertStatus(24, unit.register(handle, Tables.IOTA));
        assertStatus(24, unit.modify(handle, 3));
        assertStatus("not in error", 24, unit.modify(handle, 7));
        assertStatus("not in error", 24, unit.modify(handle, 9));
        assertEquals(0, unit.registerInterrupts(handle, WORD, 0x7000, 0x7100));
        assertStatus(24, unit.registerInterrupts(handle, WORD, 0x7000, 0x7100));
        assertEquals(0, unit.modify(handle, 3));
    }

    private void assertStatus(String message, int status, int condition) {
        assertEquals(message, 1, condition);
        assertEquals(message, status, unit.status());
    }

    @Test
    public void onlyAddressSpace0Exists() {
        unit.put(Unit.FIB, 0, 0, Functions.FIRST, Functions.LAST, Tables.IOTA);
        for (int operation : new int[] {4, 5, 6}) {
            assertStatus(28, unit.modify(handle, 1 << 16 | operation));
        }
        assertStatus(28, unit.execute(Unit.STPCIFC, 0x10, handle << 32 | 1 << 16, 0, 0, Unit.FIB));
    }

    @Test
    public void handlesThatAreNotCurrentAreConditionCode3() {
        assertEquals(3, unit.modify(handle ^ 0x8000_0000L, 7));
        assertEquals("another instance", 3, unit.modify(handle + 0x0100_0000, 7));
        assertEquals("no such index", 3, unit.modify(handle + 5, 7));
        assertEquals("disabled function", 3, unit.modify(unit.handles().get(1), 7));
        assertEquals(0x10, unit.call(5, handle << 32 | 1 << 8, 32));
        assertEquals("the handle before disabling", 3, unit.modify(handle, 7));
        long again = unit.enable(unit.handles().get(0));
        assertNotEquals("the handle changes", handle, again);
        assertEquals(3, unit.modify(handle, 7));
    }

    @Test
    public void statesWithoutAUsableFunctionAreConditionCode3() {
        for (String state : new String[] {"reserved", "standby", "disabled", "permanent-error"}) {
            Unit other = new Unit(new Functions().function(Functions.FID, null, Functions.FIRST, Functions.LAST,
                    Map.of("state", state, "functionHandle", "0x80020000")));
            assertEquals(state, 3, other.modify(0x8002_0000L, 4));
            assertEquals(state, 3, other.refresh(0x8002_0000L, Functions.FIRST, 0x1000));
        }
    }

    @Test
    public void blocksThatDoNotFitAreProgramInterruptions() {
        assertException(SPECIFICATION, unit.execute(Unit.MPCIFC, 0x10, handle << 32 | 4, 0, 0, Unit.FIB + 4));
        assertException(SPECIFICATION, unit.execute(Unit.STPCIFC, 0x10, handle << 32, 0, 0, Unit.FIB + 4));
        assertException(ADDRESSING, unit.execute(Unit.MPCIFC, 0x10, handle << 32 | 4, 0, 0, Functions.RAM.last() + 1 - 72));
        assertException(ADDRESSING, unit.execute(Unit.STPCIFC, 0x10, handle << 32, 0, 0, Functions.RAM.last() + 1 - 72));
        unit.put(Unit.FIB, 1L << 56, 0, Functions.FIRST, Functions.LAST, Tables.IOTA);
        assertException(OPERAND, unit.modify(handle, 4));
        unit.put(Unit.FIB, 0);
        for (int operation : new int[] {0, 1, 8, 11, 16, 17, 255}) {
            assertException(OPERAND, unit.modify(handle, operation));
        }
        assertException("operation", 1, unit.execute(0xb9d4, 0, 0, 0, 0, 0));
    }

    private void assertException(String message, int code, int condition) {
        assertEquals(message, -1, condition);
        assertEquals(message, code, unit.exception);
    }

    @Test
    public void rangesAndAnchorsThatAreNotAllowedAreOperandExceptions() {
        assertException(OPERAND, unit.register(handle, Tables.IOTA, Functions.FIRST + 0x1000, Functions.FIRST - 0x1000));
        assertException(OPERAND, unit.register(handle, Tables.IOTA, Functions.FIRST - 0x1000, Functions.LAST));
        assertException(OPERAND, unit.register(handle, Tables.IOTA, Functions.FIRST, Functions.LAST + 1));
        for (int type : new int[] {5, 6, 7}) {
            assertException("type " + type, OPERAND, unit.register(handle, Tables.REGION_THIRD | 0x800 | type << 2));
        }
        assertException("frame size 3", OPERAND, unit.register(handle, Tables.REGION_THIRD | 0x813));
        assertEquals("low bits of the range do not count", 0, unit.register(handle, Tables.IOTA, Functions.FIRST + 0xfff, Functions.LAST - 0xfff));
        assertEquals(0x40_0000, unit.read(Tables.BASE));
    }

    /** DTSM: type 1 at mask 0x40 is QEMU's; the other types beside it by their number. */
    @Test
    public void groupsAllowTypesAndRelaxedTranslation() {
        Unit strict = new Unit(Functions.two().group("dtsm", 0x40L).group("relaxed", false));
        long enabled = strict.enabled();
        for (int type : new int[] {0, 2, 3, 4}) {
            assertEquals(-1, strict.register(enabled, Tables.REGION_THIRD | 0x800 | type << 2));
            assertEquals(OPERAND, strict.exception);
        }
        assertEquals(-1, strict.register(enabled, 0));
        assertEquals(OPERAND, strict.exception);
        assertEquals(0, strict.register(enabled, Tables.IOTA));
    }

    @Test
    public void interruptsNeedTheirVectorsInStorage() {
        assertStatus(4, unit.registerInterrupts(handle, WORD, Functions.RAM.last() + 1, 0x7100));
        assertStatus(4, unit.registerInterrupts(handle, WORD, 0x7000, Functions.RAM.last() + 1));
        assertStatus("the last bit counts", 4, unit.registerInterrupts(handle, 0x2100_0000L, Functions.RAM.last() - 7, 0));
        assertEquals("without a summary its address does not count", 0, unit.registerInterrupts(handle, 0x2020_0000L, 0x7000, Functions.RAM.last() + 1));
        assertEquals(0, unit.modify(handle, 3));
        assertStatus("more than the group has", 4, unit.registerInterrupts(handle, 0x2fff_0080L, 0x7000, 0x7100));
    }

    @Test
    public void theBlockIsStoredAsItWasRegistered() {
        assertEquals(0, unit.register(handle, Tables.IOTA));
        assertEquals(0, unit.registerInterrupts(handle, WORD, 0x7000, 0x7100));
        assertEquals(0, unit.execute(Unit.STPCIFC, 0x10, handle << 32, 0, 0, 0x5000));
        assertEquals("enabled, registered", 0x90L << 56, unit.word(0x5008));
        assertEquals(Functions.FIRST, unit.word(0x5010));
        assertEquals(Functions.LAST, unit.word(0x5018));
        assertEquals(Tables.IOTA, unit.word(0x5020));
        assertEquals(WORD << 32, unit.word(0x5028));
        assertEquals(0x7000, unit.word(0x5030));
        assertEquals(0x7100, unit.word(0x5038));
    }

    @Test
    public void theStoredStateFollowsTheFunction() {
        assertEquals(0, unit.register(handle, Tables.IOTA));
        assertEquals(-1 - 0x04, unit.read(Tables.address(9)));
        assertEquals("error, blocked", 0xf0, state(handle));
        unit.put(Unit.FIB, 0);
        assertEquals(0, unit.modify(handle, 9));
        assertEquals("blocked", 0xb0, state(handle));
        assertEquals(0, unit.modify(handle, 7));
        assertEquals(0x90, state(handle));
        assertEquals("a handle from before enabling is brought up to date", 0x90, state(handle & 0xffff));
        assertEquals(handle, unit.first >>> 32);
        assertEquals(0x10, unit.call(5, handle << 32 | 1 << 8, 32));
        assertEquals("disabled", 0, state(handle & 0x7fff_ffffL));
        assertEquals(3, unit.execute(Unit.STPCIFC, 0x10, handle << 32, 0, 0, 0x5000));
        assertEquals("no such index", 3, unit.execute(Unit.STPCIFC, 0x10, 7L << 32, 0, 0, 0x5000));
    }

    private long state(long of) {
        assertEquals(0, unit.execute(Unit.STPCIFC, 0x10, of << 32, 0, 0, 0x5000));
        return unit.word(0x5008) >>> 56;
    }

    @Test
    public void permanentErrorIsToldByStoring() {
        Unit broken = new Unit(new Functions().function(Functions.FID, null, Functions.FIRST, Functions.LAST,
                Map.of("state", "permanent-error", "functionHandle", "0x80020000")));
        assertEquals(1, broken.execute(Unit.STPCIFC, 0x10, 0x8002_0000L << 32, 0, 0, Unit.FIB));
        assertEquals(8, broken.status());
        for (String state : new String[] {"reserved", "standby"}) {
            Unit away = new Unit(new Functions().function(Functions.FID, null, Functions.FIRST, Functions.LAST, Map.of("state", state)));
            assertEquals(state, 3, away.execute(Unit.STPCIFC, 0x10, 0x0002_0000L << 32, 0, 0, Unit.FIB));
        }
    }

    @Test
    public void measurementCountsRefreshes() {
        assertEquals(0, unit.register(handle, Tables.IOTA));
        unit.put(Unit.FIB, 0, 0, 0, 0, 0, 0, 0, 0, 0x6000, 0);
        assertEquals(0, unit.modify(handle, 10));
        for (int i = 1; i <= 3; i++) {
            assertEquals(0, unit.refresh(handle, Tables.BASE, 0x1000));
            assertEquals("samples", i, unit.word(0x6000));
            assertEquals("refreshes", i, unit.word(0x6000 + 40));
        }
        assertEquals(0, unit.execute(Unit.STPCIFC, 0x10, handle << 32, 0, 0, 0x5000));
        assertEquals(0x6000, unit.word(0x5040));
        unit.put(Unit.FIB, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertEquals("off", 0, unit.modify(handle, 10));
        assertEquals(0, unit.refresh(handle, Tables.BASE, 0x1000));
        assertEquals(3, unit.word(0x6000 + 40));
    }
}
