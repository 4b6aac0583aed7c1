// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;

/** What QEMU 7.2 printed for two functions, in its order. */
public class ZpciDevicesTest {
    private static final String QTREE = """
            bus: main-system-bus
              type System
              dev: s390-pcihost, id ""
                bypass-iommu = false
                bus: s390-pcibus.0
                  type s390-pcibus
                  dev: zpci, id ""
                    uid = 4 (0x4)
                    fid = 48 (0x30)
                    target = "p3"
                    interpret = false
                  dev: zpci, id ""
                    uid = 1 (0x1)
                    fid = 16 (0x10)
                    target = "p0"
                bus: pci.0
                  type PCI
                  dev: virtio-rng-pci, id "p3"
                    addr = 01.0
            """;

    @Test
    public void functionsAreNamedByTheirUid() {
        DeviceDescription target = new DeviceDescription(DeviceId.parse("00:01.0"), 8, null, false, null, -1,
                new Attributes(Map.of("qdevId", "p3", "vendor", "0x1af4")));
        List<DeviceDescription> devices = ZpciDevices.read(QTREE, List.of(target));
        assertEquals(List.of("0001:00:00.0", "0004:00:00.0"), devices.stream().map(d -> d.device().toString()).toList());
        assertEquals(List.of(0x10L, 0x30L), devices.stream().map(DeviceDescription::requesterId).toList());
        assertEquals("0x1af4", devices.get(1).attributes().text("vendor").orElseThrow());
        assertEquals("zpci0", devices.get(0).unit());
    }

    @Test
    public void aTreeWithoutThemHasNone() {
        assertEquals(List.of(), ZpciDevices.read("bus: main-system-bus\n  dev: zpci, id \"\"\n    fid = 1 (0x1)\n", List.of()));
        assertEquals(List.of(), ZpciDevices.read("", List.of()));
    }
}
