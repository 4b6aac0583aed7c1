// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** A log that grows, and what may befall it. */
public class QemuLogTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private RandomAccessFile qemu;
    private QemuLog log;
    private int lost;

    @Before
    public void open() throws Exception {
        qemu = new RandomAccessFile(folder.newFile("log"), "rw");
        log = new QemuLog(folder.getRoot().toPath().resolve("log"));
    }

    @After
    public void close() throws Exception {
        log.close();
        qemu.close();
    }

    private void write(String text) throws Exception {
        qemu.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private List<String> read() throws Exception {
        List<String> lines = new ArrayList<>();
        log.read(lines::add, () -> lost++);
        return lines;
    }

    @Test
    public void onlyWholeLinesAreHandedOnAndEachOnce() throws Exception {
        write("one\ntw");
        assertEquals(List.of("one"), read());
        assertEquals(List.of(), read());
        write("o\n\nthree\n");
        assertEquals(List.of("two", "", "three"), read());
        write("old\nol");
        log.skip();
        write("d\nnew\n");
        assertEquals(List.of("d", "new"), read());
        assertEquals(0, lost);
    }

    @Test
    public void anInterruptedReaderEndsNothing() throws Exception {
        write("one\n");
        Thread.currentThread().interrupt();
        assertEquals(List.of("one"), read());
        assertTrue(Thread.interrupted());
        write("two\n");
        assertEquals(List.of("two"), read());
    }

    @Test
    public void logsLongerThanABlockAreReadInFull() throws Exception {
        StringBuilder text = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; text.length() < 3 << 20; i++) {
            expected.add("line " + i);
            text.append("line ").append(i).append('\n');
        }
        write(text.toString());
        assertEquals(expected, read());
    }

    @Test
    public void aLineWithoutEndIsPassedOver() throws Exception {
        write("x".repeat(3 << 20));
        assertEquals(List.of(), read());
        write("\nnext\n");
        assertEquals(List.of("next"), read());
    }

    @Test
    public void aLogThatWasCutShortIsToldEvenIfItHasGrownAgain() throws Exception {
        write("one\ntwo\n");
        read();
        qemu.setLength(0);
        qemu.seek(0);
        write("a\n");
        assertEquals(List.of("a"), read());
        assertEquals(1, lost);
        write("lost\n");
        long end = qemu.getFilePointer();
        qemu.setLength(2);
        qemu.seek(end);
        write("b\nc\n");
        assertEquals("zeros stand for what is gone; a line that they begin may be part of it", List.of("c"), read());
        assertEquals(2, lost);
    }
}
