// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Before;
import org.junit.Test;
import org.sluice.machine.PhysicalMemory;

/** Error events: each code that the unit raises, what the block says, and the error state ("error events" in docs/backends/zpci.md). */
public class EventTest {
    private static final long MESSAGES = 0xfe00_0000_0000_0000L;

    private final Unit unit = new Unit(Functions.two());
    private final Tables tables = new Tables(unit.memory);
    private final long handle = unit.enabled();

    @Before
    public void onePageIsMapped() {
        tables.map(0, 0x40_0001);
        assertEquals(0, unit.register(handle, Tables.IOTA));
    }

    private void assertEvent(int code, long address, long detail) {
        long[] event = unit.event();
        assertEquals("handle", handle, event[0]);
        assertEquals("function id, with " + Long.toHexString(detail), (long) Functions.FID << 32 | detail, event[1]);
        assertEquals("address", address, event[2]);
        assertEquals("code", code, event[3]);
        assertNull("one event", unit.event());
    }

    /** Address given, and for a write RW; the table where it ended. */
    private static long detail(boolean write, int table) {
        return (long) table << 28 | 2 | (write ? 1 : 0);
    }

    @Test
    public void invalas01() {
        assertEquals(0, unit.modify(handle, 5));
        assertEquals(-1 - 0x01, unit.write(Tables.BASE));
        assertEvent(0x01, Tables.BASE, detail(true, 0));
    }

    @Test
    public void oorange02() {
        assertEquals(-1 - 0x02, unit.read(Functions.FIRST - 1));
        assertEvent(0x02, Functions.FIRST - 1, detail(false, 0));
        unit.recover(handle);
        assertEquals(-1 - 0x02, unit.read(Functions.LAST + 1));
        assertEvent(0x02, Functions.LAST + 1, detail(false, 0));
    }

    /** An anchor that no instruction registers, found in a description. */
    @Test
    public void invaltf03() {
        Unit other = new Unit(new Functions().function(Functions.FID, Tables.REGION_THIRD | 0x814));
        assertEquals(-1 - 0x03, other.read(Tables.BASE));
        assertEquals(0x03, other.code());
    }

    @Test
    public void tprote04() {
        assertEquals(-1 - 0x04, unit.write(Tables.address(1)));
        assertEvent(0x04, Tables.address(1), detail(true, 1));
        unit.recover(handle);
        assertEquals(-1 - 0x04, unit.read(Tables.BASE + (1 << 20)));
        assertEvent(0x04, Tables.BASE + (1 << 20), detail(false, 2));
        unit.recover(handle);
        tables.map(2, 0x40_0201);
        assertEquals("a protected page", -1 - 0x04, unit.write(Tables.address(2)));
        assertEvent(0x04, Tables.address(2), detail(true, 1));
    }

    @Test
    public void invalte07() {
        tables.map(1, 0);
        assertEquals(-1 - 0x07, unit.read(Tables.address(1)));
        assertEvent(0x07, Tables.address(1), detail(false, 1));
        unit.recover(handle);
        tables.put(Tables.SEGMENT + 8, Functions.RAM.last() + 1);
        assertEquals("a table outside storage", -1 - 0x07, unit.read(Tables.BASE + (1 << 20)));
        assertEvent(0x07, Tables.BASE + (1 << 20), detail(false, 1));
    }

    @Test
    public void invaltl08() {
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 5);
        assertEquals(-1 - 0x08, unit.read(Tables.BASE));
        assertEvent(0x08, Tables.BASE, detail(false, 3));
    }

    @Test
    public void tt09() {
        tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 3);
        assertEquals(-1 - 0x09, unit.read(Tables.BASE));
        assertEvent(0x09, Tables.BASE, detail(false, 3));
    }

    private void registerInterrupts() {
        assertEquals(0, unit.registerInterrupts(handle, 0x2020_0080L, 0x7000, 0x7100));
    }

    @Test
    public void invalms0a() {
        registerInterrupts();
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 32));
        assertEvent(0x0a, MESSAGES, 32 << 16 | detail(true, 0));
        assertEquals("stopped", -1, unit.read(Tables.BASE));
    }

    @Test
    public void nomsi10() {
        assertTrue(unit.model.interrupt(Functions.FID, MESSAGES, 3));
        assertEvent(0x10, MESSAGES, 3 << 16 | detail(true, 0));
    }

    /** Vectors in storage that cannot be written, as in an image. */
    private Unit readOnly(String aibv, String aisb) {
        PhysicalMemory memory = PhysicalMemory.builder().ram(Functions.RAM).data(0, ByteBuffer.allocateDirect(1 << 20), true)
                .data(1 << 20, ByteBuffer.allocateDirect(1 << 20), false).build();
        return new Unit(new Functions().function(Functions.FID, 0L, Functions.FIRST, Functions.LAST,
                Map.of("interruptWord", "0x20200080", "aibv", aibv, "aisb", aisb)), memory);
    }

    @Test
    public void aibv12() {
        Unit other = readOnly("0x100000", "0x7000");
        assertTrue(other.model.interrupt(Functions.FID, MESSAGES, 3));
        assertEquals(0x12, other.code());
    }

    @Test
    public void airerr13() {
        Unit other = readOnly("0x7000", "0x100000");
        assertTrue(other.model.interrupt(Functions.FID, MESSAGES, 3));
        assertEquals(0x13, other.code());
    }

    @Test
    public void fmba2a() {
        unit.put(Unit.FIB, 0, 0, 0, 0, 0, 0, 0, 0, Functions.RAM.last() + 1, 0);
        assertEquals(0, unit.modify(handle, 10));
        assertEquals("refreshed all the same", 0, unit.refresh(handle, Tables.BASE, 0x1000));
        assertEquals(0x2a, unit.code());
        assertEquals("the function goes on", 0x40_0000, unit.read(Tables.BASE));
        assertEquals("nothing is measured any more", 0, unit.refresh(handle, Tables.BASE, 0x1000));
        assertNull(unit.event());
    }

    @Test
    public void fmbpro2c() {
        unit.put(Unit.FIB, 0, 0, 0, 0, 0, 0, 0, 0, 0x6001, 0);
        assertEquals(1, unit.modify(handle, 10));
        assertEquals(0x2c, unit.code());
        assertEquals("the function goes on", 0x40_0000, unit.read(Tables.BASE));
    }

    /** Section 7: DMA is blocked until the error is reset; events say it once. */
    @Test
    public void aFunctionInErrorDropsItsDmaUntilReset() {
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        for (int i = 0; i < 5; i++) {
            assertEquals("dropped", -1, unit.read(Tables.BASE));
            assertEquals("dropped", -1, unit.read(Tables.address(1)));
            assertTrue("messages too", unit.model.interrupt(Functions.FID, MESSAGES, 3));
        }
        assertEquals("one event waits", 1, unit.port.read32(0x30));
        assertEquals(0x04, unit.code());
        unit.put(Unit.FIB, 0);
        assertEquals(0, unit.modify(handle, 9));
        assertEquals("blocked: dropped", -1, unit.read(Tables.BASE));
        assertEquals(0, unit.modify(handle, 7));
        assertEquals("what is registered stays", 0x40_0000, unit.read(Tables.BASE));
        assertNull(unit.event());
    }

    @Test
    public void resettingTheErrorAloneIsEnoughAndDisablingToo() {
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        unit.put(Unit.FIB, 0);
        assertEquals(0, unit.modify(handle, 7));
        assertEquals(0x40_0000, unit.read(Tables.BASE));
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        assertEquals(0x10, unit.call(5, handle << 32 | 1 << 8, 32));
        long again = unit.enable(unit.response(2) >>> 32);
        assertEquals("nothing is registered", -1 - 0x01, unit.read(Tables.BASE));
        assertEquals(3, unit.modify(handle, 7));
        unit.put(Unit.FIB, 0);
        assertEquals(0, unit.modify(again, 7));
    }

    @Test
    public void oneFunctionsErrorIsNotAnothers() {
        long other = unit.enable(unit.handles().get(1));
        assertEquals(0, unit.register(other, Tables.IOTA));
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        assertEquals(0x40_0000, unit.translate(Functions.OTHER_FID, Tables.BASE, 2));
        assertEquals("an id of nobody", -1 - 0x01, unit.translate(0x99, Tables.BASE, 1));
    }

    /** As many events wait as there is room for; the newest are lost, the oldest kept, and later ones come again. */
    @Test
    public void eventsThatNobodyTakesAreBounded() {
        for (int i = 0; i < 1000; i++) {
            assertEquals(-1 - 0x04, unit.read(Tables.address(1 + i % 16)));
            unit.recover(handle);
        }
        List<Long> addresses = new ArrayList<>();
        for (long[] event = unit.event(); event != null; event = unit.event()) {
            addresses.add(event[2]);
        }
        assertTrue(addresses.size() > 0 && addresses.size() < 1000);
        for (int i = 0; i < addresses.size(); i++) {
            assertEquals(Tables.address(1 + i % 16), (long) addresses.get(i));
        }
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        assertEquals(0x04, unit.code());
    }

    @Test
    public void callsForOtherThingsThanEventsAreRefused() {
        unit.put(Unit.EVENT, 0x0010_0002_0000_0000L, 1L << 61);
        assertEquals(0, unit.execute(Unit.CHSC, 0x10, Unit.EVENT, 0, 0, 0));
        assertEquals("not provided", 4, unit.word(Unit.EVENT + 16) >>> 32 & 0xffff);
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        unit.put(Unit.EVENT, 0x0010_000e_0000_0000L, 0);
        assertEquals(0, unit.execute(Unit.CHSC, 0x10, Unit.EVENT, 0, 0, 0));
        assertEquals("events about PCI were not asked for", 5, unit.word(Unit.EVENT + 16) >>> 32 & 0xffff);
        assertEquals("misaligned", -1, unit.execute(Unit.CHSC, 0x10, Unit.EVENT + 8, 0, 0, 0));
        assertEquals(0x06, unit.exception);
        assertEquals("outside storage", -1, unit.execute(Unit.CHSC, 0x10, Functions.RAM.last() + 1, 0, 0, 0));
        assertEquals(0x05, unit.exception);
        unit.put(Unit.EVENT, 0x0018_000e_0000_0000L, 0);
        assertEquals("length", -1, unit.execute(Unit.CHSC, 0x10, Unit.EVENT, 0, 0, 0));
        assertEquals(0x15, unit.exception);
    }

    @Test
    public void moreEventsAreAnnounced() {
        long other = unit.enable(unit.handles().get(1));
        assertEquals(-1 - 0x04, unit.read(Tables.address(1)));
        assertEquals(-1 - 0x01, unit.translate(Functions.OTHER_FID, Tables.BASE, 1));
        assertEquals(handle, unit.event()[0]);
        assertEquals("more wait", 1, unit.word(Unit.EVENT + 24) >>> 63);
        assertEquals(other, unit.event()[0]);
        assertEquals(0, unit.word(Unit.EVENT + 24) >>> 63);
        assertFalse(unit.model.interrupt(0x99, MESSAGES, 0));
    }
}
