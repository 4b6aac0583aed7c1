// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.machine.PhysicalMemory.Presence;

public class PhysicalMemoryTest {
    private static final long TOP = 1L << 52;

    private static ByteBuffer bytes(int count) {
        ByteBuffer data = ByteBuffer.allocateDirect(count).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            data.put(i, (byte) i);
        }
        return data;
    }

    @Test
    public void unknownIsNeitherZeroNorOutside() {
        PhysicalMemory memory = PhysicalMemory.builder()
                .ram(new AddressRange(0, 0x4fff))
                .data(0x1000, bytes(0x1000), false)
                .zeros(new AddressRange(0x3000, 0x3fff))
                .build();
        assertEquals(Presence.UNKNOWN, memory.presence(0, 8));
        assertEquals(Presence.PRESENT, memory.presence(0x1000, 0x1000));
        assertEquals(Presence.UNKNOWN, memory.presence(0x1ff8, 16));
        assertEquals(Presence.PRESENT, memory.presence(0x3ff8, 8));
        assertEquals(Presence.UNKNOWN, memory.presence(0x4ff8, 8));
        assertEquals(Presence.OUTSIDE, memory.presence(0x5000, 1));
        assertEquals(0L, memory.readLong(0x3008));
        assertEquals(0, memory.readInt(0x3ffc));
        assertEquals(0, memory.readByte(0x3fff));
        assertThrows(IommuException.class, () -> memory.readLong(0x4000));
        assertThrows(IommuException.class, () -> memory.readByte(0x5000));
    }

    @Test
    public void withoutKnownRamEverythingBelow52BitsMayBeRam() {
        PhysicalMemory memory = PhysicalMemory.builder().build();
        assertFalse(memory.ramKnown());
        assertTrue(memory.isRam(TOP - 1));
        assertFalse(memory.isRam(TOP));
        assertFalse(memory.isRam(-1L));
        assertNull(memory.window(0));
        assertEquals(Presence.UNKNOWN, memory.presence(0, 1));
        assertEquals(Presence.OUTSIDE, memory.presence(-8L, 8));
        assertEquals(List.of(), memory.present());
    }

    @Test
    public void windowsEndWhereTheyEnd() {
        PhysicalMemory memory = PhysicalMemory.builder()
                .data(0x1000, bytes(16), false).data(0x1010, bytes(8), false).data(0x2000, bytes(8), false).build();
        MemoryWindow first = memory.window(0x1008);
        assertEquals(new AddressRange(0x1000, 0x100f), first.range());
        assertSame(first, memory.window(0x100f));
        assertEquals(new AddressRange(0x1010, 0x1017), memory.window(0x1010).range());
        assertNull(memory.window(0x1018));
        assertNull(memory.window(0xfff));
        assertNull(memory.window(0x1fff));
        assertFalse(first.contains(0x1010));
        assertFalse(first.contains(0xff8));
        assertEquals(Presence.PRESENT, memory.presence(0x1000, 0x18));
        assertEquals(Presence.UNKNOWN, memory.presence(0x1000, 0x19));
    }

    @Test
    public void wordsAreLittleEndian() {
        PhysicalMemory memory = PhysicalMemory.builder().data(0x100, bytes(16), false).build();
        assertEquals(0x0706050403020100L, memory.readLong(0x100));
        assertEquals(0x0f0e0d0c, memory.readInt(0x10c));
        assertEquals(9, memory.readByte(0x109));
    }

    @Test
    public void wordsCutByTheEdgesOfABufferAreDropped() {
        PhysicalMemory memory = PhysicalMemory.builder().data(0x1003, bytes(30), false).build();
        assertEquals(List.of(new AddressRange(0x1008, 0x101f)), memory.present());
        assertEquals(0x0c0b0a0908070605L, memory.readLong(0x1008));
        assertEquals(0x1c1b1a1918171615L, memory.readLong(0x1018));
        assertEquals(Presence.UNKNOWN, memory.presence(0x1000, 8));
        assertEquals(List.of(), PhysicalMemory.builder().data(0x1001, bytes(14), false).build().present());
        assertEquals(List.of(), PhysicalMemory.builder().data(0x1001, bytes(3), false).build().present());
    }

    @Test
    public void allOfABufferCountsWhateverItsPositionAndLimit() {
        ByteBuffer data = bytes(32);
        data.position(8).limit(16);
        PhysicalMemory memory = PhysicalMemory.builder().data(0, data, false).build();
        assertEquals(List.of(new AddressRange(0, 31)), memory.present());
        assertEquals(0x1f1e1d1c1b1a1918L, memory.readLong(24));
        assertEquals(8, data.position());
    }

    @Test
    public void aHeapBufferIsCopied() {
        ByteBuffer heap = ByteBuffer.allocate(16);
        PhysicalMemory memory = PhysicalMemory.builder().data(0, heap, true).build();
        heap.put(0, (byte) 1);
        assertEquals(0, memory.readLong(0));
        memory.writeLong(8, -1);
        assertEquals(-1, memory.readLong(8));
        assertEquals(0, heap.get(8));
    }

    @Test
    public void hugeRangesOfZeroCostNothing() {
        PhysicalMemory memory = PhysicalMemory.builder().zeros(new AddressRange(0x1000, TOP - 1)).build();
        assertEquals(Presence.PRESENT, memory.presence(0x1000, Integer.MAX_VALUE));
        for (long address : new long[] {0x1000, 0x7ff_ffff_fff8L, TOP - 8}) {
            assertEquals(0, memory.readLong(address));
            assertEquals(0, memory.readInt(address + 4));
            assertEquals(0, memory.readByte(address + 7));
        }
        assertNull(memory.window(0xff8));
        assertNull(memory.window(TOP));
        assertThrows(IommuException.class, () -> memory.writeLong(0x1000, 1));
        assertThrows(IommuException.class, () -> memory.writeInt(0x1000, 1));
    }

    @Test
    public void zerosNeedNotStartAtAPage() {
        PhysicalMemory memory = PhysicalMemory.builder().zeros(new AddressRange(0x1004, 0x2fff)).build();
        for (long at = 0x1008; at < 0x3000; at += 8) {
            assertEquals(0, memory.readLong(at));
        }
    }

    @Test
    public void piecesMayNotOverlapNorLieAbove52Bits() {
        refused(PhysicalMemory.builder().data(0, bytes(16), false).data(8, bytes(16), false));
        refused(PhysicalMemory.builder().zeros(new AddressRange(0, 0xfff)).data(0xff8, bytes(16), false));
        refused(PhysicalMemory.builder().data(TOP - 8, bytes(16), false));
        for (long start : new long[] {-16, -8, -3}) {
            IommuException e = assertThrows(IommuException.class, () -> PhysicalMemory.builder().data(start, bytes(16), false));
            assertEquals(IommuException.Reason.BAD_FORMAT, e.reason());
        }
        assertNotNull(PhysicalMemory.builder().data(TOP - 16, bytes(16), false).build().window(TOP - 1));
    }

    private static void refused(PhysicalMemory.Builder builder) {
        IommuException e = assertThrows(IommuException.class, builder::build);
        assertEquals(IommuException.Reason.BAD_FORMAT, e.reason());
    }

    @Test
    public void onlyBuffersThatTakeWordsAreWritable() {
        assertThrows(IllegalArgumentException.class,
                () -> PhysicalMemory.builder().data(0, bytes(16).asReadOnlyBuffer(), true));
        ByteBuffer misaligned = bytes(32).slice(4, 16);
        assertThrows(IllegalArgumentException.class, () -> PhysicalMemory.builder().data(0, misaligned, true));
        PhysicalMemory memory = PhysicalMemory.builder().data(0, misaligned, false).build();
        assertEquals(0x0b0a090807060504L, memory.readLong(0));
    }

    /** Few words go one by one and many in bulk: both reach exactly as far as they should. */
    @Test
    public void manyWordsAreAsFewAre() {
        MemoryWindow window = PhysicalMemory.allocate(new AddressRange(0, 0xfff)).window(0);
        for (int count = 0; count <= 100; count++) {
            window.clear(0, 0x1000);
            window.fill(0x40, count, 0x1122334455667788L, 0);
            assertEquals(count, window.matches(0, 0x200, -1L, 0x1122334455667788L));
            assertEquals(count, window.matches(0x40, count, -1L, 0x1122334455667788L));
            long[] words = new long[count + 1];
            Arrays.setAll(words, i -> i + 1L);
            window.setLongsPlain(0x80, words, count);
            assertEquals("nothing behind them", 0, window.getLong(0x80 + 8L * count));
            long[] read = new long[count + 1];
            window.getLongs(0x80, read, count);
            words[count] = 0;
            assertArrayEquals(words, read);
        }
    }

    @Test
    public void allocatedMemoryKeepsWhatIsWritten() {
        AddressRange low = new AddressRange(0, 0xffff);
        AddressRange high = AddressRange.ofSize(TOP - 0x1000, 0x1000);
        PhysicalMemory memory = PhysicalMemory.allocate(low, high);
        assertEquals(List.of(low, high), memory.ram());
        memory.writeLong(TOP - 8, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, memory.readLong(TOP - 8));
        memory.writeInt(0xfffc, -2);
        assertEquals(0xfffffffe00000000L, memory.readLong(0xfff8));
        MemoryWindow window = memory.window(0);
        assertTrue(window.compareAndSetLong(0xfff8, 0xfffffffe00000000L, 5));
        assertFalse(window.compareAndSetLong(0xfff8, 6, 7));
        assertEquals(5, window.getLongAcquire(0xfff8));
        window.fill(0xff00, 4, 10, -3);
        assertEquals(4, window.getLong(0xff10));
        assertEquals(0, window.getLong(0xff20));
        assertEquals(2, window.matches(0xff00, 5, 1, 1));
        window.setLongsPlain(0xff40, new long[] {7, -8, 9}, 2);
        long[] read = {1, 2, 3, 4};
        window.getLongs(0xff38, read, 3);
        assertArrayEquals(new long[] {0, 7, -8, 4}, read);
        assertEquals(0, window.getLong(0xff50));
        window.clear(0xf000, 0x1000);
        assertEquals(0, window.getLong(0xff00));
        assertEquals(0, window.getLong(0xfff8));
    }

    @Test
    public void anObserverIsToldOfEachWordWhenItIsThere() {
        List<String> told = new ArrayList<>();
        PhysicalMemory[] memory = new PhysicalMemory[1];
        memory[0] = PhysicalMemory.allocate((address, bytes, before, after) -> {
            long now = bytes == Long.BYTES ? memory[0].readLong(address) : Integer.toUnsignedLong(memory[0].readInt(address));
            assertEquals(after, now);
            told.add(Long.toHexString(address) + "/" + bytes + " " + Long.toHexString(before) + " " + Long.toHexString(after));
        }, new AddressRange(0x1000, 0x1fff));
        MemoryWindow window = memory[0].window(0x1000);
        memory[0].writeLong(0x1000, -1L);
        memory[0].writeInt(0x1004, 7);
        window.setLongPlain(0x1008, 8);
        assertTrue(window.compareAndSetLong(0x1008, 8, 9));
        assertFalse(window.compareAndSetLong(0x1008, 8, 10));
        window.fill(0x1010, 2, 0x100, 0x10);
        window.clear(0x1008, 24);
        window.setLongsPlain(0x1020, new long[] {1, 2, 3}, 2);
        assertEquals(List.of("1000/8 0 ffffffffffffffff", "1004/4 ffffffff 7", "1008/8 0 8", "1008/8 8 9", "1010/8 0 100", "1018/8 0 110",
                "1008/8 9 0", "1010/8 100 0", "1018/8 110 0", "1020/8 0 1",
                "1028/8 0 2"), told);
    }
}
