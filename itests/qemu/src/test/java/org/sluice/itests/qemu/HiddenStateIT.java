// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.DeviceSummary;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.TranslationReport;
import org.sluice.machine.DeviceId;

/** Units whose state QEMU keeps to itself: what can be told is told, the rest is unknown and never guessed. */
public class HiddenStateIT {
    private final Platform platform = new Platform();

    @Test
    public void virtioIommuIsListedAndItsMappingsAreUnknown() throws Exception {
        DeviceId network = DeviceId.parse("00:03.0");
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", List.of("-S", "-no-user-config", "-m", "64M", "-machine", "q35,memory-backend=ram",
                "-object", "memory-backend-memfd,id=ram,size=64M", "-device", "virtio-iommu-pci,addr=1", "-device", "virtio-net-pci,addr=3,romfile="));
                Lease lease = platform.lease(qemu.origin())) {
            assertEquals("virtio", lease.machine().units().get(0).backend());
            assertEquals("virtio-iommu0", lease.machine().description().device(network).orElseThrow().unit());
            assertEquals("the unit does not serve itself", null,
                    lease.machine().description().device(DeviceId.parse("00:01.0")).orElseThrow().unit());
            TranslationReport report = platform.walk(lease, network, 0x1000, Access.READ);
            assertEquals(report.reason(), TranslationReport.Result.UNKNOWN, report.result());
        }
    }

    /** One region-third table with one segment table and one page table below it, as Linux makes them. zPCI sheet, tables. */
    @Test
    public void anchorsOfZpciAreFoundByTheLookOfTheirTables() throws Exception {
        long region = 0x1004000;
        long segment = 0x1008000;
        long pages = 0x100c000;
        try (Qemu qemu = Qemu.start("qemu-system-s390x", List.of("-S", "-m", "64M", "-machine", "s390-ccw-virtio,memory-backend=ram",
                "-object", "memory-backend-memfd,id=ram,size=64M", "-device", "zpci,uid=7,fid=0x30,target=p", "-device", "virtio-rng-pci,id=p"))) {
            try (RandomAccessFile ram = new RandomAccessFile(qemu.ram(), "rw")) {
                table(ram, region, 2048, 0x20, segment | 0x007);
                table(ram, segment, 2048, 0x20, pages);
                table(ram, pages, 256, 0x400, 0x2000000);
            }
            try (Lease lease = platform.lease(qemu.origin())) {
                DeviceId function = DeviceId.parse("0007:00:00.0");
                assertEquals(0x30, lease.machine().description().device(function).orElseThrow().requesterId());
                List<DeviceSummary> devices = platform.devices(lease);
                DeviceSummary known = devices.stream().filter(d -> d.device().equals(function)).findFirst().orElseThrow();
                assertEquals("UNKNOWN", known.status().state());
                assertTrue(known.status().text(), known.status().text().contains("0x1004804"));
                assertEquals("the table itself is listed, under its own name", 1,
                        devices.stream().filter(d -> d.status().state().equals("TRANSLATED") && d.mappings() == 1).count());
            }
        }
    }

    /** Big-endian words: one entry in use, the rest marked. */
    private static void table(RandomAccessFile ram, long address, int entries, long unused, long used) throws Exception {
        ram.seek(address);
        for (int i = 0; i < entries; i++) {
            ram.writeLong(i == 3 ? used : unused);
        }
    }

    @Test
    public void aMachineWithoutUnitsHasNone() throws Exception {
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", List.of("-S", "-no-user-config", "-m", "64M", "-machine", "q35,memory-backend=ram",
                "-object", "memory-backend-memfd,id=ram,size=64M")); Lease lease = platform.lease(qemu.origin())) {
            assertEquals(List.of(), lease.machine().units());
            assertTrue(platform.devices(lease).stream().allMatch(d -> d.status().state().equals("NO_UNIT")));
        }
    }
}
