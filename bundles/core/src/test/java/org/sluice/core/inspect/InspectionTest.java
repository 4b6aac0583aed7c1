// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.DeviceSummary;
import org.sluice.api.InspectService.Coverage;
import org.sluice.api.Machine;
import org.sluice.api.Mapping;
import org.sluice.api.MachineService;
import org.sluice.api.Progress;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.FakeBackend;
import org.sluice.core.registry.FakeSource;
import org.sluice.core.registry.TestRegistries;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;

public class InspectionTest {
    private static final DeviceId NIC = DeviceId.pci(0, 0, 0x18);
    private static final DeviceId TWIN = DeviceId.pci(0, 0, 0x19);
    private static final DeviceId QUIET = DeviceId.pci(0, 0, 0x20);

    private final Inspection inspect = new Inspection();
    private Machine machine;

    @Before
    public void open() {
        BackendRegistry backends = new BackendRegistry();
        backends.bind(new FakeBackend("1.0", 0, FakeBackend.context(NIC, 0x1000, 0x80000, 0x81000, -1, 0x90000),
                FakeBackend.context(TWIN, 0x1000, 0x80000, 0x81000, -1, 0x90000)));
        MachineService machines = TestRegistries.machines(backends, new FakeSource(List.of("u0"),
                new DeviceDescription(QUIET, 0x20, "u0", true, null, -1, Attributes.EMPTY)));
        machine = machines.open("fake:m", null, Progress.NONE);
    }

    @Test
    public void mappingsAreMergedAndGapsOfTheImageAreTold() {
        List<Mapping> found = new ArrayList<>();
        Coverage coverage = inspect.mappings(machine, NIC, -1, Progress.NONE, found::add);
        assertEquals(2, found.size());
        assertEquals(0x1fff, found.get(0).last());
        assertEquals(List.of(4096L), found.get(0).pageSizes());
        assertEquals(3, coverage.items());
        assertEquals(List.of(0xdead000L), coverage.unknown());
    }

    @Test
    public void everyRequesterOfTablesAndFirmwareIsListedOnceInOrder() {
        List<DeviceSummary> found = new ArrayList<>();
        inspect.devices(machine, Progress.NONE, found::add);
        assertEquals(List.of(NIC, TWIN, QUIET), found.stream().map(DeviceSummary::device).toList());
        assertEquals(3, found.get(0).mappings());
        assertEquals(3 * 4096, found.get(0).mappedBytes());
        assertEquals("INCOMPLETE", found.get(0).status().detail());
        assertEquals("BLOCKED", found.get(2).status().state());
    }
}
