// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.machine.DeviceId;
import org.sluice.shell.session.CommandException;

public class TsvReaderTest {
    @Test
    public void columnsAreFoundByName() throws IOException {
        TsvReader lines = reader("iova\tnote\tbdf\n1\t2\t3\n");
        assertEquals(2, lines.requiredColumn("device", "bdf"));
        assertEquals(0, lines.column("iova"));
        assertEquals(-1, lines.column("pasid"));
    }

    @Test
    public void lineEndsBlanksAndMarksDoNotMatter() throws IOException {
        TsvReader lines = reader("\ufeffa\tb\r\n\r\n# remark\n\n 1 \t2\r\n3\t4");
        assertEquals(0, lines.column("a"));
        assertTrue(lines.next());
        assertEquals(5, lines.line());
        assertEquals("1", lines.text(0));
        assertEquals("2", lines.text(1));
        assertTrue(lines.next());
        assertEquals(6, lines.line());
        assertEquals("4", lines.text(1));
        assertFalse(lines.next());
        assertFalse(lines.next());
    }

    @Test
    public void absentFieldsAndDashesSayNothing() throws IOException {
        TsvReader lines = reader("a\tb\tc\td\nx\t-\t\n");
        lines.next();
        assertTrue(lines.has(0));
        assertFalse(lines.has(1));
        assertFalse(lines.has(2));
        assertFalse(lines.has(3));
        assertFalse(lines.has(-1));
    }

    @Test
    public void foreignTextIsRefusedInOneLine() {
        for (String text : List.of("", "\n\n", "hello", "\u0000\u0001\u0002binary\u001b[31m", "device,iova\n1,2\n")) {
            CommandException refused = assertThrows(CommandException.class, () -> reader(text).requiredColumn("iova"));
            assertTrue(refused.getMessage(), refused.getMessage().startsWith("rows.tsv: no column 'iova' in the header, "));
            assertFalse(refused.getMessage(), refused.getMessage().chars().anyMatch(Character::isISOControl));
        }
    }

    @Test
    public void endlessLineIsRefused() {
        byte[] text = "x".repeat(3 << 20).getBytes(StandardCharsets.US_ASCII);
        CommandException refused = assertThrows(CommandException.class,
                () -> new TsvReader(new ByteArrayInputStream(text), "rows.tsv", () -> { }));
        assertEquals("rows.tsv: line 1 is longer than a megabyte: not a tab-separated text", refused.getMessage());
    }

    @Test
    public void linesSurviveWhateverPiecesTheyComeIn() throws IOException {
        Random random = new Random(4);
        StringBuilder text = new StringBuilder("n\ttext\n");
        for (int i = 0; i < 5000; i++) {
            text.append(i).append('\t').append("y".repeat(random.nextInt(300))).append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        InputStream pieces = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 1 + random.nextInt(5000)));
            }
        };
        TsvReader lines = new TsvReader(pieces, "rows.tsv", () -> { });
        for (int i = 0; i < 5000; i++) {
            assertTrue(lines.next());
            assertEquals(Integer.toString(i), lines.text(0));
        }
        assertFalse(lines.next());
        assertEquals(bytes.length, lines.consumed());
    }

    @Test
    public void askerIsHeardBeforeTheReaderWaits() throws IOException {
        List<String> events = new ArrayList<>();
        InputStream dialogue = new InputStream() {
            private final List<String> questions = new ArrayList<>(List.of("a\n", "1\n", "2\n"));

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] to, int offset, int length) {
                if (questions.isEmpty()) {
                    return -1;
                }
                byte[] next = questions.remove(0).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(next, 0, to, offset, next.length);
                return next.length;
            }
        };
        TsvReader lines = new TsvReader(dialogue, "rows.tsv", () -> events.add("flush"));
        while (lines.next()) {
            events.add(lines.text(0));
        }
        assertEquals(List.of("flush", "flush", "1", "flush", "2", "flush"), events.subList(0, 6));
    }

    @Test
    public void fieldsAreReadAsTheirTextWouldBe() throws IOException {
        TsvReader lines = reader("d\tn\ta\n00:03.0\t0xFfFf\tw\nsid:0x10\t18446744073709551615\t-\n"
                + "0001:02:1f.7\t0x0000000000000000010\tread\n");
        FieldReader fields = new FieldReader(lines);
        lines.next();
        assertEquals(DeviceId.parse("00:03.0"), fields.device(0));
        assertEquals(0xffff, fields.number(1, "n"));
        assertEquals(Access.WRITE, fields.access(2));
        lines.next();
        assertEquals(DeviceId.stream(0x10), fields.device(0));
        assertEquals(-1L, fields.number(1, "n"));
        assertEquals(Access.READ, fields.access(2));
        lines.next();
        assertEquals(DeviceId.pci(1, 2, 0xff), fields.device(0));
        assertEquals(0x10, fields.number(1, "n"));
        assertEquals(Access.READ, fields.access(2));
    }

    @Test
    public void whatIsNoFieldSaysWhy() throws IOException {
        TsvReader lines = reader("d\tn\ta\n1\t0x\tq\n\t0xfffffffffffffffff\t\n");
        FieldReader fields = new FieldReader(lines);
        lines.next();
        assertThrows(IllegalArgumentException.class, () -> fields.device(0));
        assertThrows(IllegalArgumentException.class, () -> fields.number(1, "n"));
        assertThrows(IllegalArgumentException.class, () -> fields.access(2));
        lines.next();
        assertEquals("no device", assertThrows(IllegalArgumentException.class, () -> fields.device(0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> fields.number(1, "n"));
    }

    private static TsvReader reader(String text) throws IOException {
        return new TsvReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "rows.tsv", () -> { });
    }
}
