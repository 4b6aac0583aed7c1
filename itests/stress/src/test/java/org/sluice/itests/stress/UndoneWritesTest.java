// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.Assume;
import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.Change;
import org.sluice.api.space.RefusedException;
import org.sluice.machine.AddressRange;

/** What devices wrote is told although a set of changes had unmapped it, if that set was refused: the pages are there as before. */
public class UndoneWritesTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;

    @Test
    public void aWriteIsToldAfterASetThatWasRefused() {
        Assume.assumeTrue(backend, platform.spaces.capabilities(machine, Platform.NIC).features().contains(Feature.DIRTY_TRACKING));
        space.map(BASE, ram, PAGE, READ_WRITE);
        space.map(BASE + PAGE, ram + PAGE, PAGE, READ_WRITE);
        space.map(BASE + 2 * PAGE, ram + 2 * PAGE, PAGE, READ_WRITE);
        space.trackDirty(true);
        assertEquals(DmaPort.OK, nic.write(BASE + 16, new byte[] {1}, 0, 1));
        assertThrows(RefusedException.class, () -> space.change(List.of(Change.unmap(BASE, 2 * PAGE), Change.unmap(BASE + 64 * PAGE, PAGE))));
        Set<Long> told = told();
        assertTrue("lost for who copies what was written", told.contains(BASE));
        assertTrue("no change touched it", !told.contains(BASE + 2 * PAGE));
        assertEquals("told once", Set.of(), told());
        space.change(List.of(Change.unmap(BASE, PAGE)));
        assertEquals("what is gone is not written", Set.of(), told());
    }

    private Set<Long> told() {
        Set<Long> pages = new TreeSet<>();
        space.dirty(new AddressRange(0, -1L), true, (iova, size) -> {
            for (long at = iova; at < iova + size; at += PAGE) {
                pages.add(at);
            }
        });
        return pages;
    }
}
