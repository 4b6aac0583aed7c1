// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.PhysicalMemory;

/** RAM as QEMU lays it out: what the product reads at an address is what QEMU's own monitor prints for it. */
public class RamLayoutIT {
    private static final long FOUR_GIB = 1L << 32;

    private final Platform platform = new Platform();

    private static Qemu start(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-S", "-no-user-config", "-device", "intel-iommu"));
        all.addAll(List.of(arguments));
        return Qemu.start("qemu-system-x86_64", all);
    }

    /** Writes each range's last page through the file, at an offset found by what the monitor reads, and asks both. */
    private void agree(Qemu qemu, List<AddressRange> expected) throws Exception {
        try (Lease lease = platform.lease(qemu.origin())) {
            PhysicalMemory memory = lease.machine().memory();
            assertEquals(expected, memory.ram());
            for (AddressRange range : expected) {
                for (long address : List.of(range.start() + 0x1238, range.last() - 7)) {
                    assertEquals(monitorReads(qemu, address), memory.readLong(address));
                }
            }
        }
    }

    private static long monitorReads(Qemu qemu, long address) throws Exception {
        String answer = qemu.monitor().execute("{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"xp /1gx 0x"
                + Long.toHexString(address) + "\"}}");
        return Long.parseUnsignedLong(answer.replaceAll(".*: 0x([0-9a-f]+).*", "$1"), 16);
    }

    private static void fill(Path file, long... offsets) throws Exception {
        try (RandomAccessFile ram = new RandomAccessFile(file.toFile(), "rw")) {
            for (long offset : offsets) {
                ram.seek(offset);
                ram.writeLong(offset * 31 + 7);
            }
        }
    }

    @Test
    public void ramAboveTheHoleGoesOnAtFourGigabytes() throws Exception {
        try (Qemu qemu = start("-m", "3G", "-machine", "q35,memory-backend=ram", "-object",
                "memory-backend-file,id=ram,size=3G,share=on,mem-path={}/ram")) {
            fill(qemu.folder.resolve("ram"), 0x1238, (2L << 30) - 8, (2L << 30) + 0x1238, (3L << 30) - 8);
            agree(qemu, List.of(new AddressRange(0, (2L << 30) - 1), AddressRange.ofSize(FOUR_GIB, 1L << 30)));
        }
    }

    @Test
    public void numaNodesOfOneSizeAreToldApart() throws Exception {
        try (Qemu qemu = start("-m", "128M", "-machine", "q35", "-object", "memory-backend-memfd,id=b,size=64M", "-object", "memory-backend-memfd,id=a,size=64M",
                "-numa", "node,memdev=a", "-numa", "node,memdev=b")) {
            // The first made is node 1.
            fill(qemu.ram().toPath(), 0x3fffff8, 0x1238);
            agree(qemu, List.of(new AddressRange(0, (128 << 20) - 1)));
            try (Lease lease = platform.lease(qemu.origin())) {
                assertEquals("node b, the upper one, was made first", Long.reverseBytes(0x1238 * 31L + 7), lease.machine().memory().readLong(0x4001238));
            }
        }
    }

    @Test
    public void privateRamIsRefusedWithTheOptionThatHelps() throws Exception {
        try (Qemu qemu = start("-m", "64M", "-machine", "q35")) {
            IommuException e = assertThrows(IommuException.class, () -> platform.machines.lease(qemu.origin(), Progress.NONE));
            assertTrue(e.getMessage(), e.getMessage().contains("share=on -machine ...,memory-backend=ram"));
        }
        try (Qemu qemu = start("-m", "64M", "-machine", "q35,memory-backend=ram", "-object", "memory-backend-file,id=ram,size=64M,mem-path={}/ram")) {
            IommuException e = assertThrows(IommuException.class, () -> platform.machines.lease(qemu.origin(), Progress.NONE));
            assertTrue(e.getMessage(), e.getMessage().contains("add share=on"));
        }
    }

    @Test
    public void anUnnamedFileInAFolderIsFound() throws Exception {
        try (Qemu qemu = start("-m", "64M", "-machine", "q35,memory-backend=ram", "-object", "memory-backend-file,id=ram,size=64M,share=on,mem-path={}")) {
            agree(qemu, List.of(new AddressRange(0, (64 << 20) - 1)));
        }
    }
}
