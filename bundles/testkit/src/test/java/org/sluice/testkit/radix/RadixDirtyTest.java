// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.EntryFlags;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixDirty;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** Marks that hardware sets and software finds and clears. */
public class RadixDirtyTest {
    private static final AddressRange RAM = new AddressRange(0, (4 << 20) - 1);
    private static final long DIRTY = 1L << 9;
    private static final long SMALL = 4096;
    private static final long LARGE = 2 << 20;

    private final PhysicalMemory memory = PhysicalMemory.allocate(RAM);
    private final RadixFormat format = SampleFormats.plain(3);
    private final RadixEditor editor = RadixEditor.create(memory, new PageAllocator(memory, RAM), format, -1L);
    private final RadixDirty dirty = new RadixDirty(memory, format, DIRTY, DIRTY, 0);

    private boolean mark(long iova) {
        RadixWalker walker = new RadixWalker(memory);
        walker.walk(format, editor.root(), iova, Permissions.WRITE);
        return EntryFlags.set(memory, walker.entryAddress(), walker.entry(), DIRTY);
    }

    private List<String> seen(long iova, long last, boolean clear) {
        List<String> seen = new ArrayList<>();
        dirty.visit(editor.root(), iova, last, clear, (at, size) -> seen.add(Long.toHexString(at) + "+" + Long.toHexString(size)));
        return seen;
    }

    @Test
    public void markedPagesOfTheRangeAreToldAndCleared() {
        editor.map(0, 0x1000_0000, 16 * SMALL, Permissions.READ_WRITE, 0);
        editor.map(LARGE, 0x2000_0000, 2 * LARGE, Permissions.READ_WRITE, 0);
        for (long at : new long[] {0, 3 * SMALL, 15 * SMALL, LARGE + 5 * SMALL}) {
            assertTrue(mark(at));
        }
        assertEquals(List.of("0+1000", "3000+1000", "f000+1000", "200000+200000"), seen(0, -1L, false));
        assertEquals(List.of("3000+1000"), seen(SMALL, 14 * SMALL, true));
        assertEquals(List.of("0+1000"), seen(0, 15 * SMALL - 1, true));
        assertEquals("within a large page", List.of("200000+200000"), seen(LARGE + SMALL, LARGE + SMALL, true));
        assertEquals(List.of("f000+1000"), seen(0, -1L, true));
        assertEquals(List.of(), seen(0, -1L, true));
    }

    @Test
    public void anEntryThatChangedSinceTheWalkIsNotMarked() {
        editor.map(0, 0x1000_0000, SMALL, Permissions.READ_WRITE, 0);
        RadixWalker walker = new RadixWalker(memory);
        walker.walk(format, editor.root(), 0, Permissions.WRITE);
        editor.unmap(0, SMALL);
        assertFalse(EntryFlags.set(memory, walker.entryAddress(), walker.entry(), DIRTY));
        assertEquals(0, memory.readLong(walker.entryAddress()));
        assertFalse("nowhere", EntryFlags.set(memory, RAM.last() + 1, 0, DIRTY));
    }
}
