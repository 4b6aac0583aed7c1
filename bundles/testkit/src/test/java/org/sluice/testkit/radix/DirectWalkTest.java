// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.PageWord;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.Seed;

/** What a walk without a walker finds, and what it leaves to one: it must never find what the general way does not. */
public class DirectWalkTest {
    private static final long ROOT = 0x1_0000;
    private static final long MIDDLE = 0x1_1000;
    private static final long LEAVES = 0x1_2000;
    private static final AddressRange RAM = AddressRange.ofSize(ROOT, 0x1_0000);
    private static final RadixFormat PLAIN = SampleFormats.plain(3);
    private static final int RW = Permissions.READ_WRITE;
    /** Bits that mean nothing to the plain format. */
    private static final long A = 0x20;
    private static final long D = 0x40;

    private final PhysicalMemory memory = PhysicalMemory.allocate(RAM);
    private final RadixWalker walker = new RadixWalker(memory, true);

    private void entry(long table, int index, long value) {
        memory.writeLong(table + index * 8L, value);
    }

    private void tables(long marks) {
        entry(ROOT, 0, MIDDLE | RW | marks);
        entry(MIDDLE, 0, LEAVES | RW | marks);
    }

    private long find(Marks marks, long iova) {
        return DirectWalk.of(memory, PLAIN, ROOT, marks).find(iova);
    }

    @Test
    public void pagesOfEverySizeAreFound() {
        tables(0);
        entry(LEAVES, 3, 0x1234_5000 | RW);
        entry(MIDDLE, 1, 0x20_0000 | 0x80 | RW);
        assertEquals(PageWord.of(0x1234_5000, 12, RW), find(Marks.NONE, 0x3abc));
        assertEquals(PageWord.of(0x20_0000, 21, RW), find(Marks.NONE, 0x2f_ffff));
        assertEquals("the next page", PageWord.NONE, find(Marks.NONE, 0x4000));
        assertEquals("beyond the width", PageWord.NONE, find(Marks.NONE, 1L << 39 | 0x3abc));
    }

    @Test
    public void anythingUnusualIsLeftToAWalker() {
        tables(0);
        entry(LEAVES, 0, 0x1234_5000 | Permissions.READ);
        entry(LEAVES, 1, 0x1234_6000 | RW);
        entry(MIDDLE, 1, 0x20_1000 | 0x80 | RW);
        entry(MIDDLE, 2, RAM.last() + 1 | RW);
        assertEquals("read-only", PageWord.NONE, find(Marks.NONE, 0));
        assertEquals(PageWord.of(0x1234_6000, 12, RW), find(Marks.NONE, 0x1000));
        assertEquals("reserved bits", PageWord.NONE, find(Marks.NONE, 0x20_0000));
        assertEquals("no memory", PageWord.NONE, find(Marks.NONE, 0x40_0000));
        entry(MIDDLE, 0, LEAVES | Permissions.READ);
        assertEquals("a table that forbids writing", PageWord.NONE, find(Marks.NONE, 0x1000));
    }

    @Test
    public void marksAreAskedForWhereTheyBelong() {
        Marks each = new Marks(A, A, D);
        tables(A);
        entry(LEAVES, 0, 0x5000 | RW | A | D);
        entry(LEAVES, 1, 0x6000 | RW | A);
        entry(LEAVES, 2, 0x7000 | RW | D);
        assertEquals(PageWord.of(0x5000, 12, RW), find(each, 0));
        assertEquals("not yet written", PageWord.of(0x6000, 12, Permissions.READ), find(each, 0x1000));
        assertEquals("not yet used", PageWord.NONE, find(each, 0x2000));
        entry(MIDDLE, 0, LEAVES | RW);
        assertEquals("a table not yet used", PageWord.NONE, find(each, 0));
        assertEquals("no mark of tables", PageWord.of(0x5000, 12, RW), find(new Marks(0, A, 0), 0));
        assertEquals(PageWord.NONE, find(new Marks(0, A, 0), 0x2000));
    }

    @Test
    public void thereIsNoneWhereNoneCouldFindAnything() {
        assertNull(DirectWalk.of(memory, SampleFormats.bigEndian(), ROOT, Marks.NONE));
        assertNull("no root", DirectWalk.of(memory, PLAIN, RAM.last() + 1, Marks.NONE));
        assertNotNull(DirectWalk.of(memory, SampleFormats.signExtended(), ROOT, Marks.NONE));
    }

    /** Against the general way, which asks for no permission. */
    @Test
    public void randomTablesAreReadAsAWalkerReadsThem() {
        Random random = Seed.random();
        int found = 0;
        for (long at = RAM.start(); at < RAM.last(); at += 8) {
            long near = RAM.start() + (random.nextInt((int) RAM.size()) & -4096);
            memory.writeLong(at, random.nextInt(8) == 0 ? random.nextLong() : near | RW | (random.nextInt(4) == 0 ? 0 : A) | random.nextInt(2) * D
                    | (random.nextInt(8) == 0 ? random.nextInt(4096) : 0));
        }
        Marks marks = new Marks(A, A, D);
        for (int i = 0; i < 100_000; i++) {
            long root = RAM.start() + (random.nextInt((int) RAM.size()) & -4096);
            long iova = random.nextLong() >>> 24 + random.nextInt(30);
            long page = DirectWalk.of(memory, PLAIN, root, marks).find(iova);
            if (page != PageWord.NONE) {
                found++;
                assertEquals(walker.walk(PLAIN, root, iova, 0), PageWord.output(page, iova));
                assertEquals(walker.pageShift(), PageWord.shift(page));
                assertEquals(A, walker.common() & A);
                assertEquals((walker.entry() & D) != 0 ? RW : Permissions.READ, PageWord.permissions(page));
                assertEquals(RW, walker.permissions());
            }
        }
        assertTrue("found " + found, found > 1000);
    }
}
