// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.Seed;

/** A nested walk is one walk after another where the outer table maps the inner tables one to one. */
public class NestedWalkerTest {
    private static final AddressRange INNER_TABLES = AddressRange.ofSize(0x1000_0000L, 1L << 20);
    private static final AddressRange OUTER_TABLES = AddressRange.ofSize(0x1010_0000L, 1L << 20);
    private static final RadixFormat OUTER = SampleFormats.plain(4);
    private static final long PAGE = 4096;
    private static final int PAGES = 64;
    private static final int ROUNDS = 3000;

    private final Random random = Seed.random();
    private final PhysicalMemory memory = PhysicalMemory.allocate(AddressRange.ofSize(INNER_TABLES.start(), INNER_TABLES.size() + OUTER_TABLES.size()));
    private final RadixWalker inner = new RadixWalker(memory, true);
    private final RadixWalker outer = new RadixWalker(memory);
    private final NestedWalker nested = new NestedWalker(memory);
    private final RadixEditor parent = RadixEditor.create(memory, new PageAllocator(memory, OUTER_TABLES), OUTER, -1L);

    @Test
    public void bothTablesTogetherAreOneAfterTheOther() {
        assertEquals(RadixEditor.OK, parent.map(INNER_TABLES.start(), INNER_TABLES.start(), INNER_TABLES.size(), Permissions.READ_WRITE, 0));
        for (int i = 0; i < PAGES << 4; i += 1 + random.nextInt(2)) {
            assertEquals(RadixEditor.OK, parent.map(i * PAGE, 0x4000_0000L + i * PAGE, PAGE, 1 + random.nextInt(3), 0));
        }
        SampleFormats.all().forEach(this::compare);
    }

    private void compare(RadixFormat format) {
        long size = Math.max(PAGE, 1L << format.shift(0));
        RadixEditor user = RadixEditor.create(memory, new PageAllocator(memory, INNER_TABLES), format, -1L);
        for (int i = 0; i < PAGES; i++) {
            assertEquals(RadixEditor.OK, user.map(i * size, random.nextInt(PAGES) * size, size, Permissions.READ_WRITE, 0));
        }
        int found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            found += isSame(format, user.root(), random.nextInt(PAGES + 2) * size + random.nextInt((int) PAGE), random.nextInt(4)) ? 1 : 0;
            if (round > ROUNDS / 2 && inner.depth() > 0) {
                spoil(inner.pathAddress(random.nextInt(inner.depth())));
            }
        }
        assertTrue(format.description().name(), found > ROUNDS / 8);
    }

    /** Flips a bit that is no address. */
    private void spoil(long at) {
        if (random.nextInt(16) == 0) {
            memory.writeLong(at, memory.readLong(at) ^ 1L << (random.nextBoolean() ? random.nextInt(8) : 56 + random.nextInt(8)));
        }
    }

    private boolean isSame(RadixFormat format, long root, long iova, int need) {
        long between = inner.walk(format, root, iova, need);
        long answer = nested.walk(format, root, OUTER, parent.root(), iova, need);
        long common = -1L;
        for (int i = 0; i < inner.depth(); i++) {
            common &= inner.pathEntry(i);
            assertEquals(inner.pathEntry(i), nested.pathEntry(i));
            assertEquals(inner.pathAddress(i), nested.pathPhysical(i));
        }
        assertEquals(inner.depth(), nested.depth());
        assertEquals(common, nested.common());
        assertEquals(inner.level(), nested.level());
        if (between == -1L - RadixWalker.OUTSIDE_MEMORY) {
            // A spoiled pointer to a table: the outer table has nothing there either.
            assertTrue(answer < 0 && nested.part() != NestedWalker.RESULT);
            return false;
        }
        if (between < 0) {
            assertEquals(between, answer);
            assertEquals(NestedWalker.INNER, nested.part());
            return false;
        }
        assertEquals(NestedWalker.RESULT, nested.part());
        assertEquals(between, nested.between());
        assertEquals(outer.walk(OUTER, parent.root(), between, need), answer);
        if (answer >= 0) {
            assertEquals(Math.min(inner.pageShift(), outer.pageShift()), nested.pageShift());
            assertEquals(inner.permissions() & outer.permissions(), nested.permissions());
        }
        return answer >= 0;
    }
}
