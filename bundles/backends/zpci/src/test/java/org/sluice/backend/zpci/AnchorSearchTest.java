// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.backend.zpci.lookup.AnchorSearch;
import org.sluice.machine.AddressRange;
import org.sluice.spi.RequesterContext;

/** Root tables are told by their look alone, and from the processor's own tables. */
public class AnchorSearchTest {
    private static final long REGION = 0x10_0000;
    private static final long SEGMENT = 0x10_4000;
    private static final long PAGE = 0x10_8000;
    private static final long OTHER = 0x10_c000;
    private final Rig rig = new Rig(AddressRange.ofSize(REGION, 0x4_0000));

    private List<Long> search() {
        return new AnchorSearch(rig.memory, Progress.NONE).run();
    }

    private void region(long table, int type, long child) {
        rig.fill(table, 2048, 0x20).put(table + 8, child | type << 2 | 3);
    }

    private void segment(long table) {
        rig.fill(table, 2048, 0x20).put(table, PAGE).fill(PAGE, 256, 0x400).put(PAGE + 16, 0x12_0000);
    }

    @Test
    public void rootsOfEveryTypeAreFoundAndTheirChildrenAreNot() {
        segment(SEGMENT);
        assertEquals(List.of(SEGMENT | 0x800), search());
        region(REGION, 1, SEGMENT);
        assertEquals(List.of(REGION | 0x804), search());
        region(OTHER, 2, REGION);
        assertEquals(List.of(OTHER | 0x808), search());
        region(0x11_0000, 3, OTHER);
        assertEquals(List.of(0x11_080cL), search());
    }

    @Test
    public void processorTablesAreNotTaken() {
        segment(SEGMENT);
        region(REGION, 1, SEGMENT);
        rig.put(REGION + 16, 0x24);
        assertEquals("unused entries of the processor's region tables carry their type", List.of(SEGMENT | 0x800), search());
        rig.put(PAGE + 24, 0x12_003d);
        assertEquals("the processor's page entries use the low bits", List.of(), search());
    }

    @Test
    public void aSegmentTableNeedsAPageTableInUse() {
        segment(SEGMENT);
        rig.put(PAGE + 16, 0x12_0400);
        assertEquals("an unmapped page leaves its address behind", List.of(), search());
        rig.put(PAGE + 16, 0x12_0200);
        assertEquals(List.of(SEGMENT | 0x800), search());
    }

    @Test
    public void emptyTablesAndWanderingPointersAreNoRoots() {
        rig.fill(REGION, 2048, 0x20);
        assertEquals(List.of(), search());
        region(REGION, 1, 0x4000_0000L);
        assertEquals("a pointer outside RAM", List.of(), search());
        region(REGION, 1, OTHER);
        rig.fill(OTHER, 2048, 0x1234);
        assertEquals("a pointer to something else", List.of(), search());
        rig.fill(OTHER, 2048, 0x20);
        assertEquals("a pointer to an empty table", List.of(REGION | 0x804), search());
        region(REGION, 1, REGION);
        assertEquals("a table that points to itself", List.of(), search());
    }

    @Test
    public void foundRootsAreListedUnderTheirFrameNumber() {
        segment(SEGMENT);
        region(REGION, 1, SEGMENT);
        rig.functionsStated = false;
        List<RequesterContext> contexts = new ArrayList<>();
        rig.inspector().contexts(contexts::add);
        assertEquals(List.of("fid:0x100"), contexts.stream().map(c -> c.device().toString()).toList());
        assertTrue(contexts.get(0).text(), contexts.get(0).text().contains("look in memory"));
        assertEquals("0x120123", rig.read(0x100, (1L << 31) + 0x2123));
        assertEquals("UNKNOWN", rig.read(0x10, 0x2123));
        assertEquals(List.of(), rig.defects());
    }
}
