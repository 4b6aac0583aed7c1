// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.testkit.Captures;

/** Whatever is done to its files, a capture opens or is refused with one line; nothing else escapes. */
public class CaptureFuzzTest {
    private static final int ROUNDS = 2000;
    /** ELF header and program headers. */
    private static final int HEADERS = 64 + 56 * 6;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private final long seed = Long.getLong("sluice.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test(timeout = 300_000)
    public void cutAtEveryByte() throws IOException {
        Path folder = Captures.copy(Captures.SMMUV3_VECTORS, temporary.getRoot().toPath());
        Path json = folder.resolve("machine.json");
        byte[] text = Files.readAllBytes(json);
        for (int length = 0; length < text.length - 1; length++) {
            Files.write(json, Arrays.copyOf(text, length));
            if (open(folder)) {
                throw new AssertionError("a description cut at " + length + " opened");
            }
        }
        Files.write(json, text);
        Path elf = folder.resolve("memory.elf");
        byte[] image = Files.readAllBytes(elf);
        for (int length = 0; length < image.length; length += length < HEADERS ? 1 : 997) {
            Files.write(elf, Arrays.copyOf(image, length));
            if (open(folder) || open(elf)) {
                throw new AssertionError("an image cut at " + length + " opened");
            }
        }
    }

    @Test(timeout = 300_000)
    public void flippedBytesInTheDescription() throws IOException {
        Path folder = Captures.copy("vtd-legacy", temporary.getRoot().toPath());
        Path json = folder.resolve("machine.json");
        byte[] text = Files.readAllBytes(json);
        for (int round = 0; round < ROUNDS; round++) {
            Files.write(json, flipped(text, text.length));
            open(folder);
        }
    }

    @Test(timeout = 300_000)
    public void flippedBytesInTheHeadersOfTheImage() throws IOException {
        Path folder = Captures.copy(Captures.SMMUV3_VECTORS, temporary.getRoot().toPath());
        Path elf = folder.resolve("memory.elf");
        Path bare = temporary.getRoot().toPath().resolve("bare");
        byte[] image = Files.readAllBytes(elf);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = flipped(image, HEADERS + 8);
            Files.write(elf, damaged);
            open(folder);
            Files.write(bare, damaged);
            open(bare);
        }
    }

    @Test(timeout = 300_000)
    public void flippedBytesInTheFirmwareTablesInMemory() throws IOException {
        Path source = Captures.path("vtd-legacy").resolve("memory.elf");
        byte[] image = Files.readAllBytes(source);
        Path bare = temporary.getRoot().toPath().resolve("bare");
        for (int round = 0; round < ROUNDS / 2; round++) {
            // The first segment holds the root pointer, the last ones the tables.
            byte[] damaged = image.clone();
            for (int i = 0; i < 40; i++) {
                int page = random.nextBoolean() ? 0x1000 : image.length - 0x5000;
                damaged[page + random.nextInt(random.nextBoolean() ? 0x1000 : 0x5000)] = (byte) random.nextInt(256);
            }
            Files.write(bare, damaged);
            open(bare);
        }
    }

    private byte[] flipped(byte[] good, int range) {
        byte[] bytes = good.clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
            int at = random.nextInt(range);
            bytes[at] = (byte) switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^ 1 << random.nextInt(8);
                case 1 -> 0xff;
                case 2 -> "0123456789abcdefx\"{}[],:-.".charAt(random.nextInt(26));
                default -> random.nextInt(256);
            };
        }
        return bytes;
    }

    /** Opens and touches everything; true if it opened. */
    private boolean open(Path path) {
        try (OpenedMachine machine = new CaptureSource().open(path.toString(), Progress.NONE)) {
            for (AddressRange range : machine.memory().present()) {
                machine.memory().readByte(range.start());
                machine.memory().readByte(range.last());
            }
            machine.description().units().forEach(unit -> machine.registers(unit).isKnown(0, 8));
            return true;
        } catch (IommuException e) {
            if (e.getMessage().chars().anyMatch(c -> c < ' ')) {
                throw new AssertionError("seed " + seed + ": not one plain line: " + e.getMessage(), e);
            }
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e, e);
        }
    }
}
