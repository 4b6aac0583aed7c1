// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;

/** Call Logical Processor: what it tells, and every response code that the unit gives ("call logical processor" in docs/backends/zpci.md). */
public class CallProcessorTest {
    private static final int OK = 0x10;

    private final Unit unit = new Unit(Functions.two().group("refresh", true).group("frames", false).group("dtsm", 0x40L).group("noi", 64L).group("pfgid", 3L));

    @Test
    public void theListNamesEveryFunction() {
        assertEquals(OK, unit.call(2, 0, 0x800));
        assertEquals("bytes: header and two entries", 64, unit.response(0) >>> 48);
        assertEquals("no more", 0, unit.response(2));
        assertEquals("bytes of an entry", 16, unit.response(3) & 0xff);
        assertEquals("configured", 0x8000_0000L, unit.response(4));
        assertEquals(Functions.FID, unit.response(5) >>> 32);
        assertEquals("class of emulated functions, index 0", 0x0002_0000L, unit.response(5) & 0xffff_ffffL);
        assertEquals(Functions.OTHER_FID, unit.response(7) >>> 32);
        assertEquals(0x0002_0001L, unit.response(7) & 0xffff_ffffL);
    }

    @Test
    public void aListThatDoesNotFitGoesOnWithItsToken() {
        assertEquals(OK, unit.call(2, 0, 48));
        long token = unit.response(2);
        assertTrue(token != 0);
        assertEquals(Functions.FID, unit.response(5) >>> 32);
        assertEquals(OK, unit.call(2, token, 48));
        assertEquals(Functions.OTHER_FID, unit.response(5) >>> 32);
        assertEquals(0, unit.response(2));
        assertEquals("a token of nobody", 0x10a, unit.call(2, 77, 48));
        assertEquals("no room for an entry", 0x60, unit.call(2, 0, 40));
    }

    @Test
    public void reservedFunctionsAreNotListedAndStandbyIsTold() {
        Unit some = new Unit(new Functions().function(1, null, Functions.FIRST, Functions.LAST, Map.of("state", "reserved"))
                .function(2, null, Functions.FIRST, Functions.LAST, Map.of("state", "standby")));
        assertEquals(OK, some.call(2, 0, 0x100));
        assertEquals(48, some.response(0) >>> 48);
        assertEquals("standby", 0, some.response(4));
        assertEquals(2, some.response(5) >>> 32);
        assertEquals("not to be enabled", 0x102, some.call(5, some.response(5) << 32 | 1, 32));
    }

    @Test
    public void aFunctionTellsItsRangeAndGroup() {
        long handle = unit.handles().get(0);
        assertEquals(OK, unit.call(3, handle << 32, 192));
        assertEquals(192, unit.response(0) >>> 48);
        assertEquals(Functions.FID, unit.response(2) & 0xffff_ffffL);
        assertEquals("group", 3, unit.response(2) >>> 32 & 0xff);
        assertEquals(Functions.FIRST, unit.response(8));
        assertEquals(Functions.LAST, unit.response(9));
        assertEquals(0x101, unit.call(3, handle + 9 << 32, 192));
        assertEquals(0x50, unit.call(3, handle << 32, 184));
    }

    @Test
    public void aFunctionWithoutKnownRangeHasNoData() {
        Map<String, Object> unknown = new HashMap<>();
        unknown.put("pba", null);
        unknown.put("pal", null);
        Unit blank = new Unit(new Functions().function(1, null, 0, 0, unknown));
        assertEquals(0x80, blank.call(3, blank.handles().get(0) << 32, 192));
    }

    @Test
    public void aGroupTellsWhatItsFunctionsCan() {
        assertEquals(OK, unit.call(4, 3L << 32, 64));
        assertEquals("interrupts", 64, unit.response(2) >>> 48 & 0xfff);
        assertEquals("refresh and relaxed translation, no frames", 0x21, unit.response(2) >>> 32 & 0xff);
        assertEquals("designations", 0x40, unit.response(3) >>> 56);
        assertEquals("address spaces", 1, unit.response(4));
        assertEquals("messages", 0xfe00_0000_0000_0000L, unit.response(5));
        assertEquals(0x10b, unit.call(4, 4L << 32, 64));
        assertEquals(0x50, unit.call(4, 3L << 32, 56));
    }

    @Test
    public void functionsAreEnabledAndDisabled() {
        List<Long> handles = unit.handles();
        assertEquals(OK, unit.call(5, handles.get(0) << 32 | 1, 32));
        long enabled = unit.response(2) >>> 32;
        assertEquals("enabled, next instance", 0x8102_0000L, enabled);
        assertEquals("already", 0x105, unit.call(5, enabled << 32 | 1, 32));
        assertEquals("a handle from before", 0x101, unit.call(5, handles.get(0) << 32 | 1, 32));
        assertEquals("no such operation", 0x102, unit.call(5, enabled << 32 | 9 << 8 | 1, 32));
        assertEquals(OK, unit.call(5, enabled << 32 | 1 << 8, 32));
        long disabled = unit.response(2) >>> 32;
        assertEquals(0x0102_0000L, disabled);
        assertEquals("already", 0x105, unit.call(5, disabled << 32 | 1 << 8, 32));
        assertEquals("no address space", 0x103, unit.call(5, disabled << 32, 32));
        assertEquals("two address spaces", 0x104, unit.call(5, disabled << 32 | 2, 32));
        assertEquals(0x50, unit.call(5, disabled << 32 | 1, 24));
        assertEquals("each enabling is another instance", 0x8202_0000L, unit.enable(disabled));
    }

    @Test
    public void permanentErrorIsTold() {
        Unit broken = new Unit(new Functions().function(1, null, Functions.FIRST, Functions.LAST, Map.of("state", "permanent-error")));
        assertEquals(0x106, broken.call(5, broken.handles().get(0) << 32 | 1, 32));
    }

    @Test
    public void requestsThatAreNotWellFormedAreTold() {
        assertEquals("command", 0x20, unit.call(9, 0, 64));
        unit.put(Unit.CALL, 32L << 48 | 2L << 32 | 1L << 28, 0, 0, 0, 64L << 48);
        assertEquals(0, unit.execute(Unit.CLP, 0x02, 0, Unit.CALL, 0, 0));
        assertEquals("format", 0x40, unit.response(0) >>> 32 & 0xffff);
        unit.put(Unit.CALL, 24L << 48 | 2L << 32, 0, 0, 64L << 48);
        assertEquals(0, unit.execute(Unit.CLP, 0x02, 0, Unit.CALL, 0, 0));
        assertEquals("length", 0x50, unit.word(Unit.CALL + 24) >>> 32 & 0xffff);
    }

    @Test
    public void blocksThatDoNotFitAreProgramInterruptions() {
        unit.put(Unit.CALL, 32L << 48 | 2L << 32, 0, 0, 0, 64L << 48);
        assertException(0x06, Unit.CALL + 4);
        assertException(0x05, Functions.RAM.last() + 1);
        for (long length : new long[] {8, 20, 8184}) {
            unit.put(Unit.CALL, length << 48 | 2L << 32);
            assertException(0x15, Unit.CALL);
        }
        for (long room : new long[] {8, 20, 8184}) {
            unit.put(Unit.CALL, 32L << 48 | 2L << 32, 0, 0, 0, room << 48);
            assertException(0x15, Unit.CALL);
        }
        long end = Functions.RAM.last() + 1 - 48;
        unit.put(end, 32L << 48 | 2L << 32, 0, 0, 0, 64L << 48);
        assertException(0x05, end);
        unit.put(end + 24, 32L << 48 | 2L << 32);
        assertException(0x05, end + 24);
    }

    private void assertException(int code, long block) {
        assertEquals(-1, unit.execute(Unit.CLP, 0x02, 0, block, 0, 0));
        assertEquals(code, unit.exception);
    }
}
