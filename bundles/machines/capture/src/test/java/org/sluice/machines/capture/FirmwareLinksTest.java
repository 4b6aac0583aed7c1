// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.InterruptSource;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.testkit.Captures;

/** Real firmware tables against what the captures say. */
public class FirmwareLinksTest {
    private static final List<String> WITH_ACPI = List.of("vtd-legacy", "vtd-legacy-linux72", "vtd-scalable", "vtd-scalable-fs", "amdvi",
            "amdvi-linux72", "smmuv3-4k-acpi", "virtio-iommu-x86");

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private static MachineDescription open(Path path) {
        try (OpenedMachine machine = new CaptureSource().open(path.toString(), Progress.NONE)) {
            return machine.description();
        }
    }

    private Path without(String name, String... keys) throws IOException {
        Path copy = Captures.copy(name, folder.getRoot().toPath());
        Path json = copy.resolve("machine.json");
        String text = Files.readString(json);
        for (String key : keys) {
            text = text.replaceAll(",\\s*\"" + key + "\": (\"[^\"]*\"|null)(?=\\s*[,}])", "");
        }
        Files.writeString(json, text);
        return copy;
    }

    @Test
    public void firmwareTablesAssignEveryDeviceAsTheCaptureDoes() throws IOException {
        for (String name : WITH_ACPI) {
            MachineDescription stated = open(Captures.path(name));
            MachineDescription derived = open(without(name, "unit", "sourceId", "streamId", "endpointId"));
            for (DeviceDescription device : stated.devices()) {
                DeviceDescription other = derived.device(device.device()).orElseThrow();
                assertFalse(name, other.attributes().has("unit"));
                assertTrue(name + " " + device.device() + " " + other.attributes().raw("unitUnknown"), other.unitStated());
                assertEquals(name + " " + device.device(), device.unit(), other.unit());
                if (device.unit() != null) {
                    assertEquals(name + " " + device.device(), device.requesterId(), other.requesterId());
                }
            }
        }
    }

    @Test
    public void withoutFirmwareTablesTheUnitStaysUnknown() throws IOException {
        MachineDescription machine = open(without("smmuv3-16k-dt", "unit"));
        DeviceDescription device = machine.devices().get(1);
        assertFalse(device.unitStated());
        assertEquals(null, device.unit());
        assertTrue(device.attributes().text("unitUnknown").orElseThrow().contains("smmuv3-0"));
    }

    @Test
    public void theInterruptControllersIdIsTheOneThatTheCaptureNames() {
        for (String name : List.of("vtd-legacy", "amdvi-linux72")) {
            MachineDescription machine = open(Captures.path(name));
            InterruptSource source = FirmwareTables.of(machine.firmware()).interruptSources(PciTopology.of(machine.devices())).get(0);
            int stated = machine.interruptControllers().stream().filter(c -> c.type().equals("io-apic")).findFirst().orElseThrow().sourceId();
            assertEquals(name, stated, source.requester().requesterId());
            assertEquals(InterruptSource.Kind.IO_APIC, source.kind());
        }
        assertEquals(DeviceId.parse("ff:00.0"), FirmwareTables.of(open(Captures.path("vtd-legacy")).firmware())
                .interruptSources(PciTopology.of(List.of())).get(0).requester());
    }
}
