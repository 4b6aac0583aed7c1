// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

import org.junit.Test;

public class RendererTest {
    private record Part(String name, long at) {
    }

    private record Sample(String name, long address, long bytes, long count, Boolean flag, List<Long> sizes, List<String> words,
            List<Part> parts, Part best) {
        static Sample named(String name) {
            return new Sample(name, 0x1000, 4096, 3, true, List.of(4096L, 2097152L), List.of("a", "b"),
                    List.of(new Part("x", 1), new Part("y", 2)), new Part("z", 255));
        }

        static Sample unknown() {
            return new Sample(null, -1, -1, -1, null, List.of(), List.of(), List.of(), null);
        }
    }

    private static final Schema<Part> PART = Schema.of(Part.class).text("name", Part::name).address("at", Part::at).build();

    private static final Schema<Sample> SCHEMA = Schema.of(Sample.class)
            .text("name", Sample::name)
            .address("iova", Sample::address, s -> s.address() != -1)
            .bytes("mappedBytes", Sample::bytes)
            .number("count", Sample::count)
            .flag("dirty", Sample::flag)
            .sizes("pageSizes", Sample::sizes)
            .texts("words", Sample::words)
            .rows("parts", PART, Sample::parts, Part::name)
            .jsonOnly()
            .row("best", PART, Sample::best)
            .code("code", Sample::count, s -> s.count() >= 0)
            .tableOnly()
            .text("remark", s -> s.name() == null ? "" : "see " + s.name())
            .build();

    @Test
    public void tableIsAligned() throws IOException {
        assertEquals("""
                NAME     IOVA                MAPPED BYTES  COUNT  DIRTY  PAGE SIZES  WORDS  PARTS  REMARK
                nic      0x0000000000001000            4K      3  yes    4K,2M       a,b    x y    see nic
                -        -                              -      -  -      -           -      -      -
                longest  0x0000000000001000            4K      3  yes    4K,2M       a,b    x y    see longest
                """, render(Format.TABLE, Sample.named("nic"), Sample.unknown(), Sample.named("longest")));
    }

    @Test
    public void tabSeparatedLinesAreExact() throws IOException {
        assertEquals("""
                name\tiova\tmappedBytes\tcount\tdirty\tpageSizes\twords\tparts\tremark
                nic\t0x1000\t4096\t3\tyes\t4096,2097152\ta,b\tx y\tsee nic
                -\t-\t-\t-\t-\t-\t-\t-\t-
                """, render(Format.PLAIN, Sample.named("nic"), Sample.unknown()));
    }

    @Test
    public void jsonIsOneObjectPerLineWithoutWhatIsNotKnown() throws IOException {
        assertEquals("""
                {"name":"nic","iova":"0x1000","mappedBytes":4096,"count":3,"dirty":true,"pageSizes":[4096,2097152],"words":["a","b"],\
                "parts":[{"name":"x","at":"0x1"},{"name":"y","at":"0x2"}],"best":{"name":"z","at":"0xff"},"code":"0x3"}
                {"pageSizes":[],"words":[]}
                """, render(Format.JSON, Sample.named("nic"), Sample.unknown()));
    }

    @Test
    public void columnsWithoutAnyValueAreLeftOutOfATable() throws IOException {
        assertEquals("", render(Format.TABLE));
        Sample bare = new Sample("n", 0, -1, -1, null, List.of(), List.of(), List.of(), null);
        assertEquals("NAME  IOVA                REMARK\nn     0x0000000000000000  see n\n", render(Format.TABLE, bare));
    }

    /** Sizes have 64 bits without a sign: a stretch may be nearly all there are. */
    @Test
    public void sizesAreUnsigned() throws IOException {
        Schema<Long> schema = Schema.of(Long.class).bytes("free", v -> v, v -> true).build();
        assertEquals(" FREE\n16.0E\n   4K\n", render(schema, Format.TABLE, -4096L, 4096L));
        assertEquals("{\"free\":18446744073709547520}\n{\"free\":4096}\n", render(schema, Format.JSON, -4096L, 4096L));
    }

    @Test
    public void addressesReachToTheTopOf64Bits() throws IOException {
        Schema<Long> schema = Schema.of(Long.class).address("at", a -> a).build();
        assertEquals("AT\n0xffffffffffffffff\n0x0000000000000000\n", render(schema, Format.TABLE, -1L, 0L));
        assertEquals("{\"at\":\"0xffffffffffffffff\"}\n{\"at\":\"0x0\"}\n{\"at\":\"0xf0\"}\n{\"at\":\"0x10\"}\n",
                render(schema, Format.JSON, -1L, 0L, 0xf0L, 0x10L));
    }

    @Test
    public void textCannotBreakALineOrReachTheTerminal() throws IOException {
        Schema<String> schema = Schema.of(String.class).text("text", s -> s).build();
        assertEquals("text\na b c\n", render(schema, Format.PLAIN, "a\tb\nc"));
        assertEquals("TEXT\n [31mred\n", render(schema, Format.TABLE, "\u001b[31mred"));
        assertEquals("{\"text\":\"a\\tb\\u001B\\\"\"}\n", render(schema, Format.JSON, "a\tb\u001b\""));
    }

    @Test
    public void longTableStreamsAfterItsFirstRows() throws IOException {
        Schema<String> schema = Schema.of(String.class).text("name", s -> s).text("note", s -> "-").build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Renderer<String> renderer = Renderer.of(Format.TABLE, schema, out);
        for (String row : Collections.nCopies(499, "abc")) {
            renderer.row(row);
        }
        assertEquals(0, out.size());
        renderer.row("abc");
        int shown = out.size();
        assertTrue(shown > 0);
        renderer.row("wider than all before");
        assertTrue(out.size() > shown);
        renderer.finish();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals("NAME  NOTE", lines.get(0));
        assertEquals(502, lines.size());
        assertEquals("wider than all before  -", lines.get(501));
    }

    @Test
    public void singleRecordIsOneLinePerField() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Renderer<Sample> renderer = new VerticalRenderer<>(SCHEMA, out);
        renderer.row(new Sample("nic", 0x1000, 8192, -1, null, List.of(), List.of(), List.of(), null));
        renderer.finish();
        assertEquals("""
                name          nic
                iova          0x0000000000001000
                mapped bytes  8K
                remark        see nic
                """, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    public void sizesAreExactWhereTheyCanBe() {
        assertEquals("0", Sizes.text(0));
        assertEquals("512B", Sizes.text(512));
        assertEquals("4K", Sizes.text(4096));
        assertEquals("6M", Sizes.text(6L << 20));
        assertEquals("2.1M", Sizes.text(2240512));
        assertEquals("1G", Sizes.text(1L << 30));
        assertEquals("4E", Sizes.text(1L << 62));
        assertEquals("16.0E", Sizes.text(-4096));
        assertEquals("8E", Sizes.text(Long.MIN_VALUE));
    }

    private static String render(Format format, Sample... rows) throws IOException {
        return render(SCHEMA, format, rows);
    }

    @SafeVarargs
    private static <T> String render(Schema<T> schema, Format format, T... rows) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Renderer<T> renderer = Renderer.of(format, schema, out);
        for (T row : rows) {
            renderer.row(row);
        }
        renderer.finish();
        return out.toString(StandardCharsets.UTF_8);
    }
}
