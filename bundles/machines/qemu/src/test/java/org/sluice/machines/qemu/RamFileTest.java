// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** RAM files that are what they should be, and files that are cut short under the reader's feet. */
public class RamFileTest {
    private static final long SIZE = 8 << 20;

    private Path path;

    @Before
    public void make() throws IOException {
        path = Files.createTempFile("sluice-ram-", "");
        fill();
    }

    /** Each word holds its offset. */
    private void fill() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < SIZE; at += 8) {
            bytes.putLong(at, at);
        }
        Files.write(path, bytes.array());
    }

    @After
    public void remove() throws IOException {
        Files.deleteIfExists(path);
    }

    private static ByteBuffer page(RamFile file, long offset) {
        ByteBuffer page = ByteBuffer.allocateDirect(RamFile.PAGE).order(ByteOrder.LITTLE_ENDIAN);
        file.page(offset, page);
        return page.flip();
    }

    private void truncate(long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    @Test
    public void pagesAreCopies() throws IOException {
        try (RamFile file = RamFile.open("ram", path, SIZE)) {
            ByteBuffer page = page(file, 0x5000);
            assertEquals(0x5008, page.getLong(8));
            try (RandomAccessFile other = new RandomAccessFile(path.toFile(), "rw")) {
                other.seek(0x5008);
                other.writeLong(-1);
            }
            assertEquals("the copy stays", 0x5008, page.getLong(8));
            assertEquals("a new one sees what was written", -1, page(file, 0x5000).getLong(8));
        }
    }

    @Test
    public void aFileCutShortIsAnErrorInOneLine() throws IOException {
        try (RamFile file = RamFile.open("ram", path, SIZE)) {
            assertEquals(0x7ff000, page(file, 0x7ff000).getLong(0));
            truncate(0x1000);
            IommuException e = assertThrows(IommuException.class, () -> page(file, 0x7ff000));
            assertEquals(Reason.TRUNCATED, e.reason());
            assertTrue(e.getMessage(), e.getMessage().contains("cut short") && !e.getMessage().contains("\n"));
            assertEquals("what is left can be read", 8, page(file, 0).getLong(8));
            assertThrows(IommuException.class, () -> file.read(0x2000, new byte[8]));
        }
    }

    /** The cut can come at any moment of a read. */
    @Test
    public void aFileCutShortInTheMiddleOfAReadDoesNotEndTheProcess() throws Exception {
        try (RamFile file = RamFile.open("ram", path, SIZE)) {
            AtomicBoolean over = new AtomicBoolean();
            Thread cutter = new Thread(() -> {
                try {
                    while (!over.get()) {
                        truncate(0);
                        truncate(SIZE);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            cutter.start();
            int refused = 0;
            int read = 0;
            long end = System.nanoTime() + 2_000_000_000L;
            while (System.nanoTime() < end) {
                try {
                    long offset = (long) (read + refused) % (SIZE >> 12) << 12;
                    long word = page(file, offset).getLong(8);
                    assertTrue("zero since it was made longer again: " + word, word == 0 || word == offset + 8);
                    read++;
                } catch (IommuException e) {
                    assertEquals(Reason.TRUNCATED, e.reason());
                    refused++;
                }
            }
            over.set(true);
            cutter.join();
            assertTrue("both must occur: " + read + " read, " + refused + " refused", read > 0 && refused > 0);
        }
    }

    @Test
    public void aFileThatIsTooShortIsNotOpened() {
        IommuException e = assertThrows(IommuException.class, () -> RamFile.open("ram", path, SIZE + 4096));
        assertEquals(Reason.TRUNCATED, e.reason());
    }

    @Test
    public void closingLetsGoOfTheFile() throws Exception {
        RamFile file = RamFile.open("ram", path, SIZE);
        page(file, 0);
        assertTrue(isOpen());
        assertFalse("nothing is mapped", Files.readString(Path.of("/proc/self/maps")).contains(path.getFileName().toString()));
        file.close();
        assertEquals(Reason.NOT_FOUND, assertThrows(IommuException.class, () -> page(file, 0)).reason());
        assertFalse(isOpen());
    }

    private boolean isOpen() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(d -> target(d).equals(path.toString()));
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
