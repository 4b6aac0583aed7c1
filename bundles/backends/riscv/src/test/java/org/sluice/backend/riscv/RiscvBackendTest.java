// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.HashSet;
import java.util.Set;

import org.junit.Test;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.testkit.ReadmeTable;

/** What the backend says of itself. */
public class RiscvBackendTest {
    private final RiscvBackend backend = new RiscvBackend("test");

    @Test
    public void theReadmesTableIsWhatTheBackendSays() {
        ReadmeTable.assertHasCapabilities(backend.info());
    }

    @Test
    public void itReadsItsOwnKindOfUnit() {
        assertTrue(backend.supports(new UnitDescription("a", "riscv-iommu", 0, Attributes.EMPTY)));
        assertFalse(backend.supports(new UnitDescription("a", "intel-vtd", 0, Attributes.EMPTY)));
    }

    @Test
    public void layoutsHaveNamesOfTheirOwn() {
        Set<String> names = new HashSet<>();
        for (StructureLayout layout : backend.layouts()) {
            assertTrue(layout.name(), names.add(layout.name()));
            assertEquals("riscv", layout.backend());
        }
    }

    @Test
    public void causesAreFoundByTheirNumber() {
        for (Cause cause : Cause.values()) {
            assertEquals(cause.fault(), Cause.fault(cause.code()));
        }
        assertEquals("reserved-cause", Cause.fault(300).name());
        assertEquals("custom-cause", Cause.fault(2048).name());
    }
}
