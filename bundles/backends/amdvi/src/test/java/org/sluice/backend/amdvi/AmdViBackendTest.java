// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.HashSet;
import java.util.Set;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ReadmeTable;

/** What the backend says of itself. */
public class AmdViBackendTest {
    private final AmdViBackend backend = new AmdViBackend("test");

    @Test
    public void theCapabilityTableIsTheReadmes() {
        ReadmeTable.assertHasCapabilities(backend.info());
    }

    @Test
    public void whereQemuDiffersIsSaid() {
        EmulatorQuirks.assertDocumented("## amd-iommu (AMD-Vi)", backend);
    }

    @Test
    public void everyEventCodeStandsInTheCatalogue() {
        Set<Long> codes = new HashSet<>();
        for (Event event : Event.values()) {
            if (event.code() >= 0) {
                codes.add((long) event.code());
                assertEquals(event.label(), LogEntries.EVENT_CODES.get((long) event.code()));
                assertTrue(event.fault(true).name().startsWith(event.label()));
            }
            assertFalse(event.meaning().isEmpty());
        }
        assertEquals(LogEntries.EVENT_CODES.keySet(), codes);
    }

    @Test
    public void layoutsAndFormatsHaveNamesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        for (StructureLayout layout : backend.layouts()) {
            assertTrue(layout.name(), names.add(layout.name()));
        }
        Set<String> formats = new HashSet<>();
        for (TableFormat format : backend.formats()) {
            assertTrue(format.name(), formats.add(format.name()));
            format.levels().forEach(level -> assertTrue(names.contains(level.entry())));
        }
        assertEquals(11, formats.size());
    }

    @Test
    public void reservedBitsOfTheDeviceTableEntry() {
        assertEquals(0x8000_0000_0000_007cL, DeviceTableEntry.reservedMask(0));
        assertEquals(0, DeviceTableEntry.reservedMask(1));
        assertEquals(0x0030_0000_0000_0000L, DeviceTableEntry.reservedMask(2));
        assertEquals(0x003f_ffff_ffff_ffffL, DeviceTableEntry.reservedMask(3));
    }
}
