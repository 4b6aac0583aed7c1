// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.core.inspect.Inspection;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;

public class MachineRegistryTest {
    private static final DeviceId NIC = DeviceId.pci(0, 0, 0x18);
    private static final DeviceId FREE = DeviceId.pci(0, 0, 0x20);
    private static final DeviceId STRANGER = DeviceId.pci(0, 9, 0);

    private final BackendRegistry backends = new BackendRegistry();
    private final MachineRegistry machines = new MachineRegistry(backends);
    private final InspectService inspect = new Inspection();

    private static DeviceDescription device(DeviceId id, String unit, boolean stated) {
        return new DeviceDescription(id, id.requesterId(), unit, stated, null, -1, Attributes.EMPTY);
    }

    private FakeSource source(List<String> units, DeviceDescription... devices) {
        FakeSource source = new FakeSource(units, devices);
        machines.bind(source);
        return source;
    }

    private static TranslationRequest read(DeviceId device, long iova) {
        return new TranslationRequest(device, TranslationRequest.NO_PASID, iova, Access.READ);
    }

    @Test
    public void aNameIsTakenOnceAndTheSecondOpenReleasesWhatItOpened() {
        FakeSource source = source(List.of("u0"));
        machines.open("fake:m", null, Progress.NONE);
        IommuException e = assertThrows(IommuException.class, () -> machines.open("fake:m", null, Progress.NONE));
        assertEquals(Reason.ALREADY_OPEN, e.reason());
        assertEquals(1, source.open());
        machines.open("fake:m", "other", Progress.NONE);
        assertEquals(List.of("m", "other"), machines.list().stream().map(Machine::name).toList());
        machines.close("m");
        machines.close("other");
        assertEquals(0, source.open());
    }

    @Test
    public void aLeaseOfAPathLivesForItsUserAlone() {
        FakeSource source = source(List.of("u0"));
        try (MachineService.Lease lease = machines.lease("fake:m", Progress.NONE)) {
            assertEquals("m", lease.machine().name());
            assertTrue(machines.list().isEmpty());
        }
        assertEquals(0, source.open());
    }

    @Test
    public void aLeaseOfAnOpenMachineLeavesItOpen() {
        FakeSource source = source(List.of("u0"));
        machines.open("fake:m", null, Progress.NONE);
        machines.lease("m", Progress.NONE).close();
        assertEquals(1, source.open());
    }

    @Test
    public void anOriginThatNobodyOpensIsRefused() {
        assertEquals(Reason.NOT_FOUND, assertThrows(IommuException.class, () -> machines.open("nowhere", null, Progress.NONE)).reason());
    }

    @Test
    public void theUnitIsAbsentUntilABackendComesAndAfterItLeft() {
        source(List.of("u0"));
        Machine machine = machines.open("fake:m", null, Progress.NONE);
        assertEquals("ABSENT", machine.units().get(0).status().state());
        assertEquals(Reason.NO_BACKEND, assertThrows(IommuException.class, () -> inspect.translate(machine, read(NIC, 0), false)).reason());
        FakeBackend backend = new FakeBackend("1.0", 0x1000);
        backends.bind(backend);
        assertEquals("ACTIVE", machine.units().get(0).status().state());
        assertEquals(0x6000, inspect.translate(machine, read(NIC, 0x5000), false).output());
        backends.unbind(backend);
        assertEquals(Reason.NO_BACKEND, assertThrows(IommuException.class, () -> inspect.translate(machine, read(NIC, 0), false)).reason());
    }

    @Test
    public void aNewVersionTakesOverWhenTheOldOneLeaves() {
        source(List.of("u0"));
        Machine machine = machines.open("fake:m", null, Progress.NONE);
        FakeBackend old = new FakeBackend("1.0", 0x1000);
        backends.bind(old);
        inspect.translate(machine, read(NIC, 0), false);
        inspect.translate(machine, read(NIC, 0), false);
        assertEquals("kept between single translations", 1, old.inspectors());
        backends.bind(new FakeBackend("1.1", 0x2000));
        backends.unbind(old);
        assertEquals(0x2000, inspect.translate(machine, read(NIC, 0), false).output());
    }

    @Test
    public void aDeviceBehindNoUnitPassesThrough() {
        source(List.of("u0"), device(FREE, null, true));
        Machine machine = machines.open("fake:m", null, Progress.NONE);
        backends.bind(new FakeBackend("1.0", 0x1000));
        assertEquals(0x5000, inspect.translate(machine, read(FREE, 0x5000), false).output());
        assertTrue(inspect.translate(machine, read(FREE, 0x5000), false).reason().startsWith("pass-through"));
    }

    @Test
    public void withSeveralUnitsAnUnknownDeviceIsAnErrorAndAKnownOneGoesToItsUnit() {
        source(List.of("u0", "u1"), device(NIC, "u1", true));
        Machine machine = machines.open("fake:m", null, Progress.NONE);
        backends.bind(new FakeBackend("1.0", 0x1000));
        assertEquals(Result.MAPPED, inspect.translate(machine, read(NIC, 0), false).result());
        assertEquals(Reason.UNKNOWN_DEVICE, assertThrows(IommuException.class, () -> inspect.translate(machine, read(STRANGER, 0), false)).reason());
    }

    @Test
    public void unitsAreFoundByIndexOrNameAndOthersAreNamedInTheRefusal() {
        source(List.of("u0", "u1"));
        OpenMachine machine = OpenMachine.of(machines.open("fake:m", null, Progress.NONE));
        assertEquals("u1", machine.slot("1").name());
        assertEquals("u1", machine.slot("u1").name());
        String message = assertThrows(IommuException.class, () -> machine.slot("2")).getMessage();
        assertTrue(message, message.contains("u0, u1"));
        assertFalse(message, message.contains("\n"));
    }
}
