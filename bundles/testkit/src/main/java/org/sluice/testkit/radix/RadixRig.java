// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.PageWord;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixSweep;
import org.sluice.kit.radix.RadixTable;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;

/** One tree of one format and what a test asks of it. Not thread-safe: all rigs build their tables in the same memory. */
final class RadixRig {
    static final long TABLES = 0x8000_0000L;
    static final long TABLE_BYTES = 64L << 20;
    private static final PhysicalMemory MEMORY = PhysicalMemory.allocate(AddressRange.ofSize(TABLES, TABLE_BYTES));

    /** A mapping as a sweep finds it. */
    record Leaf(long iova, long last, long output, int permissions) {
    }

    final RadixFormat format;
    final PhysicalMemory memory = MEMORY;
    final PageAllocator pages;
    final RadixEditor editor;
    final RadixWalker walker;
    private final RadixWalker keeping;

    RadixRig(RadixFormat format, long pageSizes) {
        this(format, pageSizes, TABLE_BYTES);
    }

    /** @param tableBytes memory that the allocator may use; the editor is null if not even the root fits */
    RadixRig(RadixFormat format, long pageSizes, long tableBytes) {
        this.format = format;
        this.pages = new PageAllocator(memory, AddressRange.ofSize(TABLES, tableBytes));
        this.editor = RadixEditor.create(memory, pages, format, pageSizes);
        this.walker = new RadixWalker(memory);
        this.keeping = new RadixWalker(memory, true);
    }

    RadixRig(RadixFormat format) {
        this(format, -1L);
    }

    /** log2 of the page sizes that belong to a level, smallest first. */
    static List<Integer> pageShifts(RadixFormat format) {
        List<Integer> shifts = new ArrayList<>();
        for (int level = 0; level < format.levels(); level++) {
            TableFormat.Level described = format.description().levels().get(format.levels() - 1 - level);
            if (described.leafSizes().contains(1L << format.shift(level))) {
                shifts.add(format.shift(level));
            }
        }
        return shifts;
    }

    /** The input address with these bits, in the form that the format accepts. */
    static long input(RadixFormat format, long bits) {
        int unused = Long.SIZE - format.description().inputBits();
        long plain = bits << unused >>> unused;
        return format.accepts(plain) ? plain : bits << unused >> unused;
    }

    static long outputMask(RadixFormat format) {
        return -1L >>> Long.SIZE - format.description().outputBits();
    }

    /** Walks with a path and without, which may go short ways through tables, and, where a page is found, the general way, which asks for no permission. */
    long walk(long iova, int need) {
        long traced = keeping.walk(format, editor.root(), iova, need);
        long answer = walker.walk(format, editor.root(), iova, need);
        assertEquals(traced, answer);
        assertSameEnd(answer);
        if (answer >= 0) {
            assertEquals(answer, keeping.walk(format, editor.root(), iova, 0));
            assertSameEnd(answer);
        }
        walkDirectly(iova);
        return answer;
    }

    /** What a direct walk finds is what the general way finds; it may find nothing. */
    private void walkDirectly(long iova) {
        long page = directly(Marks.NONE, iova);
        if (page != PageWord.NONE) {
            assertEquals(keeping.walk(format, editor.root(), iova, 0), PageWord.output(page, iova));
            assertEquals(keeping.permissions(), PageWord.permissions(page));
            assertEquals(keeping.pageShift(), PageWord.shift(page));
        }
    }

    /** A direct walk where leaves and what leads to them have to have these marks. */
    long directly(Marks marks, long iova) {
        DirectWalk direct = DirectWalk.of(memory, format, editor.root(), marks);
        return direct == null ? PageWord.NONE : direct.find(iova);
    }

    private void assertSameEnd(long answer) {
        assertEquals(keeping.level(), walker.level());
        assertEquals(keeping.entry(), walker.entry());
        assertEquals(keeping.entryAddress(), walker.entryAddress());
        if (answer >= 0) {
            assertEquals(keeping.pageShift(), walker.pageShift());
            assertEquals(keeping.permissions(), walker.permissions());
        }
        long common = -1L;
        for (int i = 0; i < keeping.depth(); i++) {
            common &= keeping.pathEntry(i);
        }
        assertEquals(common, walker.common());
    }

    long read(long iova) {
        return walk(iova, Permissions.READ);
    }

    int map(long iova, long output, long size) {
        return editor.map(iova, output, size, Permissions.READ_WRITE, 0);
    }

    List<Leaf> sweep() {
        List<Leaf> leaves = new ArrayList<>();
        new RadixTable(memory, format, editor.root(), entry -> "").visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                leaves.add(new Leaf(iova, last, output, permissions));
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("the table at " + Long.toHexString(tableAddress) + " is not there");
            }
        });
        return leaves;
    }

    /** Every table of the tree, word by word. */
    Map<Long, List<Long>> tables() {
        Map<Long, List<Long>> tables = new TreeMap<>();
        tables.put(editor.root(), words(editor.root(), format.levels() - 1));
        new RadixSweep(memory, format, new RadixSweep.Visitor() {
            @Override
            public boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
                tables.put(table, words(table, below));
                return true;
            }

            @Override
            public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
                return true;
            }

            @Override
            public boolean absent(long iova, long last, int level, long table) {
                throw new AssertionError("the table at " + Long.toHexString(table) + " is not there");
            }
        }).run(editor.root());
        return tables;
    }

    private List<Long> words(long table, int level) {
        List<Long> words = new ArrayList<>();
        for (long at = table; at < table + format.tableBytes(level); at += Long.BYTES) {
            words.add(memory.readLong(at));
        }
        return words;
    }

    /** Where the only leaf of the tree stands. */
    long leafEntryAddress() {
        long[] found = new long[1];
        new RadixSweep(memory, format, new RadixSweep.Visitor() {
            @Override
            public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
                found[0] = entryAddress;
                return true;
            }

            @Override
            public boolean absent(long iova, long last, int level, long table) {
                return true;
            }
        }).run(editor.root());
        return found[0];
    }
}
