// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;

import org.junit.Test;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.Placement;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;

/** Ranges that are unmapped may reach far beyond what is mapped and what the unit covers. */
public class WideUnmapTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;

    private void mapTwo() {
        space.map(BASE, ram, PAGE, READ_WRITE);
        space.map(BASE + 5 * PAGE, ram + PAGE, 2 * PAGE, READ_WRITE);
        assertEquals(ram, nic.translate(BASE, READ));
        assertEquals(ram + PAGE, nic.translate(BASE + 5 * PAGE, READ));
    }

    private void nothingIsLeft() {
        for (long page : new long[] {0, 5, 6}) {
            assertTrue(nic.translate(BASE + page * PAGE, READ) < 0);
            platform.drain(machine);
        }
        assertEquals(0, space.info().mappings());
        assertEquals("the unit serves on", backend, machine.units().get(0).backend());
    }

    @Test
    public void everythingIsUnmapped() {
        mapTwo();
        assertEquals(3 * PAGE, space.unmap(0, 0));
        nothingIsLeft();
        assertThrows(RefusedException.class, () -> space.unmap(0, 0));
    }

    @Test
    public void everythingFromAnAddressOnIsUnmapped() {
        mapTwo();
        assertEquals(2 * PAGE, space.unmap(BASE + PAGE, 0));
        assertEquals(ram, nic.translate(BASE, READ));
        assertEquals(PAGE, space.unmap(BASE, -BASE));
        nothingIsLeft();
    }

    @Test
    public void aSetUnmapsEverythingToo() {
        mapTwo();
        space.change(List.of(Change.unmap(0, 0)));
        nothingIsLeft();
    }

    @Test
    public void partsOfMappingsAreCutOutOfWhateverRange() {
        mapTwo();
        assertEquals(2 * PAGE, space.cut(0, BASE + 6 * PAGE));
        assertEquals(ram + 2 * PAGE, nic.translate(BASE + 6 * PAGE, READ));
        assertTrue(nic.translate(BASE + 5 * PAGE, READ) < 0);
        platform.drain(machine);
        assertEquals(PAGE, space.cut(BASE, -BASE));
        nothingIsLeft();
    }

    @Test
    public void whatIsNoRangeIsRefusedWithItsReason() {
        mapTwo();
        AddressSpace unused = platform.spaces.create(machine, SpaceOptions.named("unused"));
        unused.map(0, 0, PAGE, READ_WRITE);
        for (AddressSpace one : List.of(space, unused)) {
            assertEquals(Rule.INVALID, assertThrows(RefusedException.class, () -> one.cut(-PAGE, 2 * PAGE)).rule());
            assertEquals(Rule.INVALID, assertThrows(RefusedException.class, () -> one.unmap(-PAGE, 2 * PAGE)).rule());
            assertEquals(Rule.PAGE_SIZE, assertThrows(RefusedException.class, () -> one.cut(128, 256)).rule());
            assertEquals(Rule.PAGE_SIZE, assertThrows(RefusedException.class, () -> one.cut(0, 128)).rule());
            assertEquals(Rule.PAGE_SIZE, assertThrows(RefusedException.class, () -> one.cut(0, 0)).rule());
        }
        assertEquals(256, unused.cut(256, 256));
        assertEquals(2, space.info().mappings());
    }

    /** No number of bytes says 2^64, and none above 2^63 is positive. */
    @Test
    public void whatIsUnmappedMayBeHalfOfAllAddressesAndMore() {
        AddressSpace unused = platform.spaces.create(machine, SpaceOptions.named("unused"));
        long half = Long.MIN_VALUE;
        takesTheFirstFreePage(unused);
        unused.map(0, 0, half, READ_WRITE);
        unused.map(half, 0, half, READ_WRITE);
        assertEquals("2^64", 0, unused.unmap(0, 0));
        assertEquals(0, unused.info().mappings());
        takesTheFirstFreePage(unused);
        assertEquals(Rule.NOT_FOUND, assertThrows(RefusedException.class, () -> unused.unmap(0, 0)).rule());
        unused.map(0, 0, half, READ_WRITE);
        assertEquals(half, unused.unmap(0, half));
        takesTheFirstFreePage(unused);
        unused.map(0, 0, half, READ_WRITE);
        assertEquals(half, unused.cut(0, half));
        assertEquals(0, unused.info().mappings());
        takesTheFirstFreePage(unused);
    }

    private void takesTheFirstFreePage(AddressSpace unused) {
        assertEquals("nobody is given page 0", PAGE, unused.place(ram, PAGE, READ_WRITE, Placement.ANYWHERE));
        assertEquals(PAGE, unused.unmap(PAGE, PAGE));
    }

    /** An end that is no multiple of the unit's page lies beside what is mapped. */
    @Test
    public void theEndsNeedNotBeThoseOfPages() {
        mapTwo();
        assertEquals(3 * PAGE, space.unmap(BASE - 256, 20 * PAGE + 512));
        nothingIsLeft();
    }
}
