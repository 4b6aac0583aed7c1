// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;

import java.util.List;
import java.util.Set;

import org.junit.Test;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;

/** What the unit's reader takes from firmware. */
public class UnitFirmwareTest {
    @Test
    public void captureTellsWidthSegmentAndIoApic() {
        try (OpenCapture capture = new OpenCapture("vtd-legacy")) {
            MachineDescription m = capture.machine.description();
            assertEquals(new UnitFirmware(48, 0, Set.of(0xff00)), UnitFirmware.of(m, m.units().get(0)));
            MachineDescription tableOnly = new MachineDescription("m", null, List.of(), m.units(), List.of(), List.of(), List.of(), m.firmware(),
                    Attributes.EMPTY);
            assertEquals(new UnitFirmware(48, 0, Set.of(0xff00)), UnitFirmware.of(tableOnly, m.units().get(0)));
        }
    }

    @Test
    public void brokenTablesTellNothing() {
        try (OpenCapture capture = new OpenCapture("vtd-legacy")) {
            MachineDescription m = capture.machine.description();
            for (int length = 0; length < 60; length++) {
                MachineDescription broken = new MachineDescription("m", null, List.of(), m.units(), List.of(), List.of(), List.of(),
                        List.of(new FirmwareTable("DMAR", new byte[length])), Attributes.EMPTY);
                assertEquals(new UnitFirmware(0, 0, Set.of()), UnitFirmware.of(broken, m.units().get(0)));
            }
        }
    }
}
