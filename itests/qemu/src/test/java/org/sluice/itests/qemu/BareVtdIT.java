// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.FaultRecord;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.WatchService.Pace;
import org.sluice.core.inspect.Watch;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * A machine without any software: a ROM that halts the processor, tables written into RAM from outside, the unit programmed and
 * DMA started over QEMU's test socket. What the device does shows where an address leads.
 */
public class BareVtdIT {
    private static final DeviceId EDU = DeviceId.parse("00:06.0");
    private static final long VTD = 0xfed90000L;
    private static final long BAR = 0xe0000000L;
    private static final long BUFFER = 0x40000;
    private static final long ROOT = 0x100000;
    private static final long CONTEXT = 0x101000;
    private static final long LEVEL4 = 0x102000;
    private static final long LEVEL1 = 0x105000;
    private static final long DATA = 0x106000;
    private static final long IOVA = 0x123456789000L;
    private static final int HALT = 0xfdebf4fa;

    private final Platform platform = new Platform();
    private Qemu qemu;
    private Qtest cpu;
    private RandomAccessFile ram;

    @Before
    public void start() throws Exception {
        Path rom = Files.createTempFile("sluice-halt-", ".rom");
        // CLI, HLT, and a jump back, all over: whichever of them the reset vector meets.
        try (RandomAccessFile out = new RandomAccessFile(rom.toFile(), "rw")) {
            byte[] bytes = new byte[0x20000];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (HALT >>> (i % 4 << 3));
            }
            out.write(bytes);
        }
        qemu = Qemu.start("qemu-system-x86_64", List.of("-bios", rom.toString(), "-machine", "q35,memory-backend=ram", "-m", "64M", "-no-user-config",
                "-object", "memory-backend-file,id=ram,size=64M,share=on,mem-path={}/ram", "-device", "intel-iommu,aw-bits=48,intremap=off",
                "-device", "edu,addr=6,dma_mask=0xffffffffffffffff", "-qtest", "unix:{}/qtest,server=on,wait=off", "-qtest-log", "/dev/null"));
        Files.delete(rom);
        cpu = new Qtest(qemu.folder.resolve("qtest"));
        ram = new RandomAccessFile(qemu.folder.resolve("ram").toFile(), "rw");
    }

    @After
    public void end() throws Exception {
        if (qemu != null) {
            cpu.close();
            ram.close();
            qemu.close();
        }
    }

    private void write64(long address, long value) throws IOException {
        ram.seek(address);
        ram.writeLong(Long.reverseBytes(value));
    }

    /** Second-stage tables of four levels with one page that can be read and written. VT-d 4.1, 9.1, 9.3, 9.8. */
    private void program() throws IOException {
        cpu.config32(6 << 3, 0x10, (int) BAR);
        cpu.config32(6 << 3, 4, 6);
        write64(ROOT, CONTEXT | 1);
        write64(CONTEXT + (6 << 3) * 16, LEVEL4 | 1);
        write64(CONTEXT + (6 << 3) * 16 + 8, 7 << 8 | 2);
        for (int level = 4; level > 1; level--) {
            long table = LEVEL4 + (4 - level) * 0x1000L;
            write64(table + (IOVA >>> 12 + 9 * (level - 1) & 511) * 8, table + 0x1000 | 3);
        }
        write64(LEVEL1 + (IOVA >>> 12 & 511) * 8, DATA | 3);
        cpu.write64(VTD + 0x20, ROOT);
        cpu.write32(VTD + 0x18, 1 << 30);
        cpu.write64(VTD + 0x28, 1L << 63 | 1L << 61);
        cpu.write32(VTD + 0x18, 1 << 31);
        assertEquals("translation and root pointer are on", 0xc, cpu.read32(VTD + 0x1c) >>> 28 & 0xc);
    }

    /** The device copies four bytes from its buffer. */
    private void deviceWrites(long iova) throws Exception {
        cpu.write64(BAR + 0x80, BUFFER);
        cpu.write64(BAR + 0x88, iova);
        cpu.write64(BAR + 0x90, 4);
        cpu.write32(BAR + 0x98, 3);
        Await.until("the device is done", Duration.ofSeconds(20), () -> (cpu.read32(BAR + 0x98) & 1) == 0);
    }

    @Test
    public void aWalkLeadsWhereTheDeviceWrites() throws Exception {
        program();
        platform.machines.open(qemu.origin(), "bare", Progress.NONE);
        try (Lease lease = platform.lease("bare")) {
            TranslationReport report = platform.walk(lease, EDU, IOVA + 0x124, Access.WRITE);
            assertEquals(TranslationReport.Result.MAPPED, report.result());
            write64(report.output(), -1);
            deviceWrites(IOVA + 0x124);
            ram.seek(report.output());
            assertEquals("four bytes of the device's empty buffer, four of ours", 0x00000000_ffffffffL, ram.readLong());
            assertTrue("firmware has not run: its tables are told to be missing",
                    lease.machine().description().extra().text("unknown").orElseThrow().contains("firmware tables"));
        }
        platform.machines.close("bare");
    }

    @Test
    public void aFaultShowsInTheTail() throws Exception {
        program();
        platform.machines.open(qemu.origin(), "bare", Progress.NONE);
        List<FaultRecord> told = new ArrayList<>();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (Lease lease = platform.lease("bare")) {
            Future<?> tail = other.submit(() -> new Watch().faults(lease, new Pace(20, 0, 20_000), told::add, () -> {
                if (!told.isEmpty()) {
                    Thread.currentThread().interrupt();
                }
            }));
            deviceWrites(IOVA + 0x1000);
            tail.get();
        } finally {
            other.shutdownNow();
        }
        assertEquals(EDU, told.get(0).device());
        assertEquals(IOVA + 0x1000, told.get(0).iova());
        assertEquals("VT-d 4.1, table of fault reasons: write not permitted", 5, told.get(0).fault().code());
        platform.machines.close("bare");
    }

    @Test
    public void anEndedQemuIsOneLineAndNothingIsLeft() throws Exception {
        program();
        platform.machines.open(qemu.origin(), "bare", Progress.NONE);
        try (Lease lease = platform.lease("bare")) {
            qemu.kill();
            assertEquals("what was looked at before stays", 1, lease.machine().units().size());
            IommuException e = assertThrows(IommuException.class, lease::renew);
            assertEquals(Reason.IO, e.reason());
            assertFalse(e.getMessage(), e.getMessage().contains("\n"));
        }
        assertThrows(IommuException.class, () -> platform.lease("bare"));
        platform.machines.close("bare");
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            assertEquals("only the test's own", 1, descriptors.filter(d -> leadsTo(d, qemu.folder.resolve("ram"))).count());
        }
    }

    private static boolean leadsTo(Path descriptor, Path file) {
        try {
            return Files.readSymbolicLink(descriptor).equals(file);
        } catch (IOException e) {
            // Closed in between.
            return false;
        }
    }

    @Test
    public void aRamFileCutShortEndsTheWorkAndNotTheProcess() throws Exception {
        program();
        platform.machines.open(qemu.origin(), "bare", Progress.NONE);
        try (Lease lease = platform.lease("bare")) {
            ram.setLength(ROOT);
            IommuException e = assertThrows(IommuException.class, () -> platform.walk(lease, EDU, IOVA, Access.READ));
            assertEquals(Reason.TRUNCATED, e.reason());
        }
        platform.machines.close("bare");
    }
}
