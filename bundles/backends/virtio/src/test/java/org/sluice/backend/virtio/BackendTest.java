// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ReadmeTable;

/** What the backend says of itself. */
public class BackendTest {
    private final VirtioBackend backend = new VirtioBackend("1.2.3");

    @Test
    public void theReadmeHasTheCapabilities() {
        ReadmeTable.assertHasCapabilities(backend.info());
    }

    @Test
    public void whereQemuDiffersIsSaid() {
        EmulatorQuirks.assertDocumented("## virtio-iommu", backend);
    }

    @Test
    public void onlyItsOwnUnitsAreSupported() {
        assertTrue(backend.supports(new UnitDescription("viommu", "virtio-iommu", -1, Attributes.EMPTY)));
        assertFalse(backend.supports(new UnitDescription("dmar0", "intel-vtd", -1, Attributes.EMPTY)));
        assertEquals("virtio", backend.info().name());
        assertEquals("1.2.3", backend.info().version());
    }

    @Test
    public void layoutsHaveUniqueNames() {
        assertEquals(backend.layouts().size(), backend.layouts().stream().map(StructureLayout::name).distinct().count());
    }

    @Test
    public void layoutsHaveTheSizesOfTheSpecification() {
        assertEquals(40, bytes("config"));
        assertEquals(20, bytes("attach"));
        assertEquals(20, bytes("detach"));
        assertEquals(36, bytes("map"));
        assertEquals(28, bytes("unmap"));
        assertEquals(72, bytes("probe"));
        assertEquals(4, bytes("request-tail"));
        assertEquals(24, bytes("fault-event"));
        assertEquals(24, bytes("property-resv-mem"));
        assertEquals(16, bytes("descriptor"));
    }

    private int bytes(String layout) {
        return backend.layouts().stream().filter(l -> l.name().equals(layout)).findFirst().orElseThrow().bytes();
    }

    @Test
    public void theConfigurationIsListedAtItsOffsets() {
        var registers = new Rig().inspector().registers();
        assertEquals(List.of("page_size_mask", "input_range.start", "input_range.end", "domain_range.start", "domain_range.end", "probe_size", "bypass",
                "common.driver_feature"), registers.stream().map(r -> r.name()).toList());
        assertEquals(List.of(0, 8, 16, 24, 28, 32, 36, 12), registers.stream().map(r -> r.offset()).toList());
        assertEquals(List.of(512L), registers.get(5).words());
        assertTrue(registers.get(7).fields().stream().anyMatch(f -> f.field().name().equals("PROBE") && f.value() == 1));
    }
}
