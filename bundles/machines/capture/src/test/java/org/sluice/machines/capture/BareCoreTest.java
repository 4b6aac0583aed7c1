// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.testkit.Captures;

public class BareCoreTest {
    private static final long GIB = 1L << 30;
    private static final long PAGE = 4096;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private Path file() {
        return folder.getRoot().toPath().resolve("dump.elf");
    }

    private static OpenedMachine open(Path file) {
        return new CaptureSource().open(file.toString(), Progress.NONE);
    }

    @Test
    public void unitsComeFromFirmwareTablesInMemoryAndRegistersAreUnknown() throws IOException {
        Path elf = Files.copy(Captures.path("vtd-legacy").resolve("memory.elf"), file());
        try (OpenedMachine machine = open(elf)) {
            UnitDescription unit = machine.description().units().get(0);
            assertEquals("intel-vtd", unit.type());
            assertEquals(0xfed90000L, unit.registerBase());
            assertFalse(machine.registers(unit).isKnown(0, 4));
            assertEquals("dump", machine.description().name());
            assertEquals(168, machine.description().firmware("DMAR").orElseThrow().bytes().length);
            assertTrue("dumps leave out pages: what is RAM is not known", machine.description().ram().isEmpty());
            assertEquals(Presence.UNKNOWN, machine.memory().presence(0x1a01000, 8));
        }
    }

    @Test
    public void everyOtherCapturesImageOpensAloneToo() throws IOException {
        for (String name : Captures.all()) {
            Path elf = Files.copy(Captures.path(name).resolve("memory.elf"), folder.getRoot().toPath().resolve(name + ".elf"));
            try (OpenedMachine machine = open(elf)) {
                boolean acpiInLowMemory = machine.description().architecture() == Architecture.X86_64;
                assertEquals(name, acpiInLowMemory ? 1 : 0, machine.description().units().size());
            }
        }
    }

    @Test
    public void notesTellTheKernelAndItsProcessors() throws IOException {
        new ElfFile().note("CORE", 1, "x".repeat(336)).note("CORE", 1, "y").note("QEMU", 0, "z")
                .note("VMCOREINFO", 0, "OSRELEASE=6.1.0-53-amd64\nPAGESIZE=4096\nSYMBOL(x)=ffff\n").load(0, PAGE).write(file());
        try (OpenedMachine machine = open(file())) {
            Attributes extra = machine.description().extra();
            assertEquals("2", extra.text("processors").orElseThrow());
            assertEquals("6.1.0-53-amd64", extra.text("kernelRelease").orElseThrow());
            assertFalse(extra.has("SYMBOL(x)"));
        }
    }

    @Test
    public void bytesThatOnlyMemoryHasAreUnknown() throws IOException {
        new ElfFile().partial(0x100000, PAGE, 3 * PAGE).write(file());
        try (OpenedMachine machine = open(file())) {
            assertEquals(Presence.PRESENT, machine.memory().presence(0x100000, 4096));
            assertEquals(Presence.UNKNOWN, machine.memory().presence(0x101000, 8));
        }
    }

    @Test
    public void aKernelsTextNamedTwiceIsTakenOnce() throws IOException {
        new ElfFile().load(0x1000000, 4 * PAGE, 7).load(0, GIB).load(0xffffffff80000000L, PAGE).write(file());
        try (OpenedMachine machine = open(file())) {
            assertEquals(GIB, machine.memory().present().stream().mapToLong(r -> r.size()).sum());
        }
    }

    @Test
    public void piecesThatFollowEachOtherInMemoryAndFileBecomeOne() throws IOException {
        ElfFile elf = new ElfFile();
        for (int i = 0; i < 100; i++) {
            elf.load(i * PAGE, PAGE, i);
        }
        elf.load(200 * PAGE, PAGE, 200).write(file());
        try (OpenedMachine machine = open(file())) {
            assertEquals(2, machine.memory().present().size());
            assertEquals(42, machine.memory().readLong(42 * PAGE));
            assertEquals(200, machine.memory().readLong(200 * PAGE));
        }
    }

    @Test
    public void bigEndianCoresAreReadAsTheyAre() throws IOException {
        new ElfFile().machine(22, ByteOrder.BIG_ENDIAN).load(0x2000, PAGE, 0x0102030405060708L).write(file());
        try (OpenedMachine machine = open(file())) {
            assertEquals(Architecture.S390X, machine.description().architecture());
            assertEquals("read little-endian, always", 0x0807060504030201L, machine.memory().readLong(0x2000));
        }
    }

    @Test
    public void fiveGigabytesOpenFastAndTakeNoHeap() throws IOException {
        new ElfFile().load(0, 2 * GIB, 1).load(4 * GIB, 3 * GIB, 2).write(file());
        long heapBefore = usedHeap();
        long start = System.nanoTime();
        try (OpenedMachine machine = open(file())) {
            PhysicalMemory memory = machine.memory();
            assertEquals(1, memory.readLong(0));
            assertEquals(2, memory.readLong(4 * GIB));
            assertEquals(0, memory.readLong(7 * GIB - 8));
            assertEquals(Presence.UNKNOWN, memory.presence(3 * GIB, 8));
            assertNotNull("across the end of a mapping", memory.window(GIB + 4096));
            assertEquals(Presence.PRESENT, memory.presence(GIB - 4096 * 5000, 4096 * 10000));
            long millis = (System.nanoTime() - start) / 1_000_000;
            long heap = usedHeap() - heapBefore;
            assertTrue("took " + millis + " ms", millis < 2000);
            assertTrue("took " + heap + " bytes of heap", heap < 16 << 20);
        }
    }

    @Test
    public void sixtyThousandSegmentsWithExtendedNumberingOpenFast() throws IOException {
        int count = 70_000;
        ElfFile elf = new ElfFile().extendedNumbering();
        for (int i = 0; i < count; i++) {
            elf.load(2L * i * PAGE, PAGE);
        }
        elf.write(file());
        long start = System.nanoTime();
        try (OpenedMachine machine = open(file())) {
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertEquals(count, machine.memory().present().size());
            assertEquals(Presence.PRESENT, machine.memory().presence(2L * (count - 1) * PAGE, 4096));
            assertEquals(Presence.UNKNOWN, machine.memory().presence(PAGE, 8));
            assertTrue("took " + millis + " ms", millis < 5000);
        }
    }

    @Test
    public void anUnalignedSegmentIsCutAtWholeWordsAndPages() throws IOException {
        // A firmware memory map may end RAM anywhere; the file keeps the address's place in its page.
        new ElfFile().load(0x1003, GIB + 5 * PAGE).write(file());
        try (OpenedMachine machine = open(file())) {
            List<Long> starts = machine.memory().present().stream().map(r -> r.start()).toList();
            assertEquals(0x1008L, (long) starts.get(0));
            assertTrue(starts.toString(), starts.stream().skip(1).allMatch(s -> s % PAGE == 0));
            assertEquals(Presence.PRESENT, machine.memory().presence(0x2000, 1 << 30));
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
