// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machines.qemu.FlatView.Region;

/** What QEMU 7.2 printed for a q35 machine with two NUMA nodes after its firmware had run. */
public class FlatViewTest {
    static final String Q35 = """
            FlatView #0
             AS "vtd-root", root: vtd-00.0
             Root memory region: vtd-nodmar
              0000000000000000-00000000000bffff (prio 0, ram): other
              00000000fed90000-00000000fed9022f (prio 0, i/o): intel_iommu

            FlatView #1
             AS "I/O", root: io
             Root memory region: io
              0000000000000000-0000000000000007 (prio 0, i/o): dma-chan

            FlatView #2
             AS "memory", root: system
             AS "cpu-memory-0", root: system
             Root memory region: system
              0000000000000000-00000000000bffff (prio 0, ram): a
              00000000000c0000-00000000000cafff (prio 1, rom): a @00000000000c0000
              00000000000cb000-00000000000cdfff (prio 1, ram): a @00000000000cb000
              00000000000e0000-00000000000fffff (prio 0, rom): pc.bios @0000000000020000
              0000000000100000-0000000001ffffff (prio 0, ram): a @0000000000100000
              0000000002000000-0000000003ffffff (prio 0, ram): /objects/b
              00000000fec00000-00000000fec00fff (prio 0, i/o): ioapic
              00000000fed90000-00000000fed9022f (prio 0, i/o): intel_iommu
              00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi
              0000000100000000-000000013fffffff (prio 0, ram): a @0000000002000000 KVM

            FlatView #3
             AS "edu", root: bus master container
             Root memory region: (none)
              No rendered FlatView
            """;

    @Test
    public void onlyTheMachinesOwnAddressSpaceCounts() {
        FlatView view = FlatView.parse(Q35);
        assertEquals(10, view.regions().size());
        assertEquals(new Region(new AddressRange(0, 0xbffff), "ram", "a", 0), view.regions().get(0));
        assertEquals(new Region(new AddressRange(0xc0000, 0xcafff), "rom", "a", 0xc0000), view.regions().get(1));
        assertEquals(new Region(new AddressRange(0x1_0000_0000L, 0x1_3fff_ffffL), "ram", "a", 0x2000000), view.regions().get(9));
    }

    @Test
    public void registersAreFoundByName() {
        List<Region> units = FlatView.parse(Q35).named("intel_iommu");
        assertEquals(1, units.size());
        assertEquals(0x230, units.get(0).range().size());
        assertFalse(units.get(0).isMemory());
    }

    @Test
    public void whatIsNotThereIsEmpty() {
        assertTrue(FlatView.parse("").regions().isEmpty());
        assertTrue(FlatView.parse("unknown command").regions().isEmpty());
        assertTrue(FlatView.parse(" AS \"memory\", root: system\n  zzzz-000 (prio 0, ram): a\n").regions().isEmpty());
        assertTrue("a range that ends before it starts",
                FlatView.parse(" AS \"memory\", root: system\n  0000000000002000-0000000000001fff (prio 0, ram): a\n").regions().isEmpty());
    }
}
