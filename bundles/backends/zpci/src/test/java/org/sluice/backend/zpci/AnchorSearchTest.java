// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.backend.zpci.lookup.AnchorSearch;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.Seed;

/** Root tables found by their look ("finding anchors in an image" in docs/backends/zpci.md). */
public class AnchorSearchTest {
    private final PhysicalMemory memory = PhysicalMemory.allocate(Functions.RAM);
    private final Tables tables = new Tables(memory);

    private List<Long> found() {
        return new AnchorSearch(memory, Progress.NONE).run();
    }

    @Test
    public void aRegionThirdTableIsFoundAndWhatItPointsToIsNot() {
        tables.map(3, 0x40_0001);
        assertEquals(List.of(Tables.IOTA), found());
    }

    @Test
    public void rootsOfEveryTypeAreFound() {
        tables.map(3, 0x40_0001);
        tables.put(Tables.REGION_SECOND + 8, Tables.REGION_THIRD | 0xb);
        assertEquals(List.of(Tables.REGION_SECOND | 0x808), found());
        tables.put(Tables.REGION_FIRST, Tables.REGION_SECOND | 0xf);
        assertEquals(List.of(Tables.REGION_FIRST | 0x80c), found());
        tables.put(Tables.REGION_THIRD + 16, 0x20);
        tables.put(Tables.REGION_FIRST, 0x20);
        tables.put(Tables.REGION_SECOND + 8, 0x20);
        assertEquals("nothing points to the segment table any more", List.of(Tables.SEGMENT | 0x800), found());
    }

    @Test
    public void emptyTablesAndNearMissesAreNone() {
        tables.put(Tables.REGION_THIRD + 16, 0x20);
        tables.put(Tables.SEGMENT, 0x20);
        assertEquals("all invalid", List.of(), found());
        long[] bad = {0, 0x24, Tables.SEGMENT | 3, Tables.SEGMENT | 5, Tables.SEGMENT | 0x47, Tables.SEGMENT | 0x17, Functions.RAM.last() + 1 | 7, 7};
        for (long entry : bad) {
            tables.put(Tables.REGION_THIRD + 16, Tables.SEGMENT | 7);
            tables.put(Tables.REGION_THIRD + 24, entry);
            assertEquals(Long.toHexString(entry), List.of(), found());
        }
    }

    /** The processor's own region tables carry the type beside the invalid mark; its page tables use the low bits of entries. */
    @Test
    public void theProcessorsOwnTablesAreNone() {
        for (int i = 0; i < 2048; i++) {
            tables.put(Tables.REGION_THIRD + 8L * i, i == 2 ? Tables.SEGMENT | 7 : 0x24);
        }
        tables.put(Tables.SEGMENT, 0x20);
        assertEquals(List.of(), found());
        tables.put(Tables.SEGMENT, Tables.PAGE);
        tables.map(0, 0x40_0013);
        assertEquals(List.of(), found());
    }

    @Test
    public void aRootWhoseChildrenAreOfAnotherTypeIsNone() {
        tables.map(3, 0x40_0001);
        tables.put(Tables.REGION_SECOND + 8, Tables.SEGMENT | 0xb);
        assertTrue(found().stream().noneMatch(iota -> (iota & ~0x3fffL) == Tables.REGION_SECOND));
    }

    @Test
    public void tablesThatPointAtEachOtherEndTheSearch() {
        tables.put(Tables.REGION_THIRD + 16, Tables.REGION_SECOND | 7);
        tables.put(Tables.REGION_SECOND, Tables.REGION_THIRD | 0xb);
        assertEquals(List.of(), found());
    }

    @Test
    public void whatTheImageLacksIsNoProof() {
        PhysicalMemory part = PhysicalMemory.builder().ram(Functions.RAM).data(Tables.REGION_THIRD, ByteBuffer.allocateDirect(0x4000), true).build();
        for (int i = 0; i < 2048; i++) {
            part.writeLong(Tables.REGION_THIRD + 8L * i, Long.reverseBytes(i == 5 ? Tables.SEGMENT | 7 : 0x20));
        }
        assertEquals("children that are absent do not speak against it", List.of(Tables.IOTA), new AnchorSearch(part, Progress.NONE).run());
        PhysicalMemory half = PhysicalMemory.builder().ram(Functions.RAM).data(Tables.REGION_THIRD, ByteBuffer.allocateDirect(0x2000), true).build();
        for (int i = 0; i < 1024; i++) {
            half.writeLong(Tables.REGION_THIRD + 8L * i, Long.reverseBytes(i == 5 ? Tables.SEGMENT | 7 : 0x20));
        }
        assertEquals("half a table is none", List.of(), new AnchorSearch(half, Progress.NONE).run());
    }

    @Test
    public void randomMemoryHoldsNoRoots() {
        Random random = Seed.random();
        PhysicalMemory noise = PhysicalMemory.allocate(new AddressRange(0, (4 << 20) - 1));
        for (long at = 0; at < 4 << 20; at += 8) {
            long word = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(3) == 0 ? 0x20 : random.nextInt(1 << 22) & ~0x7f8L;
            noise.writeLong(at, Long.reverseBytes(word));
        }
        assertEquals(List.of(), new AnchorSearch(noise, Progress.NONE).run());
    }

    /** Roots at the ends of memory and of windows, in ascending order. */
    @Test
    public void everyAlignedPlaceIsLookedAt() {
        List<Long> expected = new ArrayList<>();
        expected.add(Tables.IOTA);
        for (long at : new long[] {0x20_0000, Functions.RAM.last() + 1 - 0x4000}) {
            for (int i = 0; i < 2048; i++) {
                tables.put(at + 8L * i, i == 7 ? Tables.SEGMENT | 7 : 0x20);
            }
            expected.add(at | 0x804);
        }
        for (int i = 0; i < 2048; i++) {
            tables.put(0x30_1000 + 8L * i, i == 7 ? Tables.SEGMENT | 7 : 0x20);
        }
        tables.map(0, 0x40_0001);
        assertEquals(expected, found());
    }
}
