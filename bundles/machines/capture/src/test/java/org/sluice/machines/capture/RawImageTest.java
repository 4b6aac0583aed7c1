// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.machine.IommuException;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.spi.MachineSource.OpenedMachine;

/** A raw RAM file with a description: two pieces of RAM one after the other in the file, as QEMU lays them out. */
public class RawImageTest {
    private static final String DESCRIPTION = """
            {"schema": "iommu-capture/1", "name": "raw", "arch": "x86_64",
             "ram": [{"start": "0x0", "last": "0x1fff"}, {"start": "0x100000000", "last": "0x100001fff"}],
             "units": [{"name": "dmar0", "type": "intel-vtd", "mmioBase": "0xfed90000",
                        "registers": {"RTADDR": {"offset": "0x20", "value": "0x1000", "bits": 64}}}],
             "extra": {"registersUnknown": ["CAP"],
                       "rawMemory": [{"start": "0x0", "last": "0x1fff", "offset": "0x0"},
                                     {"start": "0x100000000", "last": "0x100000fff", "offset": "0x2000"}]}}
            """;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private static byte[] image() {
        ByteBuffer bytes = ByteBuffer.allocate(0x3000).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putLong(0x1000, 11).putLong(0x2008, 22).array();
    }

    private static void check(Path path) {
        try (OpenedMachine machine = new CaptureSource().open(path.toString(), Progress.NONE)) {
            assertEquals(11, machine.memory().readLong(0x1000));
            assertEquals(22, machine.memory().readLong(0x100000008L));
            assertEquals(Presence.UNKNOWN, machine.memory().presence(0x100001000L, 8));
            assertEquals(Presence.OUTSIDE, machine.memory().presence(0x2000, 8));
            var registers = machine.registers(machine.description().units().get(0));
            assertEquals(0x1000, registers.read64(0x20));
            assertTrue("partly known", registers.isKnown(0x24, 4) && !registers.isKnown(0x8, 8));
        }
    }

    @Test
    public void aFolderMayHoldARawImage() throws IOException {
        Path path = folder.getRoot().toPath();
        Files.write(path.resolve("memory.raw"), image());
        Files.writeString(path.resolve("machine.json"), DESCRIPTION);
        check(path);
        check(path.resolve("machine.json"));
    }

    @Test
    public void aDescriptionMayLieBesideAnImage() throws IOException {
        Path ram = folder.getRoot().toPath().resolve("ram.bin");
        Files.write(ram, image());
        Files.writeString(folder.getRoot().toPath().resolve("ram.bin.json"), DESCRIPTION);
        check(ram);
    }

    @Test
    public void aRawImageNeedsToBeExplained() throws IOException {
        Path ram = folder.getRoot().toPath().resolve("ram.bin");
        Files.write(ram, image());
        assertRefused(ram, "ram.bin.json");
        Files.writeString(folder.getRoot().toPath().resolve("ram.bin.json"), DESCRIPTION.replace("rawMemory", "other"));
        assertRefused(ram, "extra.rawMemory");
        Files.writeString(folder.getRoot().toPath().resolve("ram.bin.json"), DESCRIPTION.replace("\"0x2000\"", "\"0x2001\""));
        assertRefused(ram, "has 12288 bytes");
        Files.writeString(folder.getRoot().toPath().resolve("ram.bin.json"), DESCRIPTION.replace("0x100000fff", "0x100002fff"));
        assertRefused(ram, "lies outside 'ram'");
    }

    private static void assertRefused(Path path, String part) {
        IommuException e = assertThrows(IommuException.class, () -> new CaptureSource().open(path.toString(), Progress.NONE));
        assertTrue(e.getMessage(), e.getMessage().contains(part));
    }
}
