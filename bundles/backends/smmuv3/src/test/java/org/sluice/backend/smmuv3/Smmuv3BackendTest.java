// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.HashSet;
import java.util.Set;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ReadmeTable;

/** What the backend says of itself. */
public class Smmuv3BackendTest {
    private final Smmuv3Backend backend = new Smmuv3Backend("test");

    @Test
    public void theReadmesTableIsWhatTheBackendSays() {
        ReadmeTable.assertHasCapabilities(backend.info());
    }

    @Test
    public void whereQemuDiffersIsSaid() {
        EmulatorQuirks.assertDocumented("## arm-smmuv3 (SMMUv3)", backend);
    }

    @Test
    public void itReadsItsOwnKindOfUnit() {
        assertTrue(backend.supports(new UnitDescription("a", "arm-smmu-v3", 0, Attributes.EMPTY)));
        assertEquals(false, backend.supports(new UnitDescription("a", "intel-vtd", 0, Attributes.EMPTY)));
    }

    @Test
    public void layoutsHaveNamesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        for (StructureLayout layout : backend.layouts()) {
            assertTrue(layout.name(), names.add(layout.name()));
            assertEquals("smmuv3", layout.backend());
        }
        Set<String> formats = new HashSet<>();
        backend.formats().forEach(f -> assertTrue(f.name(), formats.add(f.name())));
    }

    @Test
    public void everyEventHasItsNumberAndRecord() {
        for (SmmuEvent event : SmmuEvent.values()) {
            if (event.code() >= 0) {
                assertEquals(event.fault(), SmmuEvent.fault(event.code()));
                assertEquals(256, EventRecord.of(event.code()).bits());
            }
        }
        assertEquals("IMPDEF_EVENT", SmmuEvent.fault(0xe3).name());
        assertEquals("RESERVED_EVENT", SmmuEvent.fault(0x7f).name());
    }
}
