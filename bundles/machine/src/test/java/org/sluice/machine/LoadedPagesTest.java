// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory.Presence;

/** Memory whose pages are fetched when they are asked for. */
public class LoadedPagesTest {
    private static final AddressRange RANGE = new AddressRange(0x10000, 0x1ffff);

    private final List<Long> fetched = new ArrayList<>();
    private long salt;

    /** Every word of a page says where it is, plus what the test changes. */
    private void load(long page, ByteBuffer into) {
        fetched.add(page);
        into.order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < 4096; at += 8) {
            into.putLong(page + at + salt);
        }
    }

    private PhysicalMemory memory() {
        return PhysicalMemory.builder().ram(new AddressRange(0, 0xfffff)).zeros(new AddressRange(0, 0xfff)).loaded(RANGE, this::load).build();
    }

    @Test
    public void aPageIsFetchedOnceAndStaysAsItWas() {
        PhysicalMemory memory = memory();
        assertEquals(0x11238, memory.readLong(0x11238));
        salt = 0x4_0000_0000L;
        assertEquals("read again from the same page", 0x11240, memory.readLong(0x11240));
        assertEquals("a page read for the first time", 0x12000 + salt, memory.readLong(0x12000));
        assertEquals(List.of(0x11000L, 0x12000L), fetched);
    }

    @Test
    public void whatWasAskedForIsKnownAndTheRestIsNot() {
        PhysicalMemory memory = memory();
        assertEquals(List.of(), memory.asked());
        memory.readInt(0x11000);
        memory.readInt(0x12ffc);
        memory.readByte(0x1f000);
        assertEquals(List.of(new AddressRange(0x11000, 0x12fff), new AddressRange(0x1f000, 0x1ffff)), memory.asked());
        assertEquals(List.of(new AddressRange(0, 0xfff), RANGE), memory.present());
    }

    @Test
    public void copyingAPageKeepsNothing() {
        PhysicalMemory memory = memory();
        ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        memory.copyPage(0x13000, page);
        assertEquals(0x13ff8, page.getLong(4088));
        assertEquals(List.of(), memory.asked());
        memory.readLong(0x14000);
        salt = 1;
        memory.copyPage(0x14000, page);
        assertEquals("as it was when it was read", 0x14008, page.getLong(8));
        memory.copyPage(0, page);
        assertEquals("a page of zeros", 0, page.getLong(0));
        assertThrows(IommuException.class, () -> memory.copyPage(0x20000, page));
    }

    @Test
    public void edgesOfTheRangeAreEdgesOfWhatIsKnown() {
        PhysicalMemory memory = memory();
        assertEquals(Presence.PRESENT, memory.presence(0x1fff8, 8));
        assertEquals(Presence.UNKNOWN, memory.presence(0x1fff8, 9));
        assertNull(memory.window(0x20000));
        assertNotNull(memory.window(0x10000));
        assertSame("one page, one window", memory.window(0x10000), memory.window(0x10ff8));
        assertEquals(Presence.OUTSIDE, memory.presence(0x100000, 1));
    }

    @Test
    public void aPageThatCannotBeFetchedEndsTheWorkAndLeavesTheRest() {
        boolean[] broken = {true};
        PhysicalMemory memory = PhysicalMemory.builder().loaded(RANGE, (page, into) -> {
            if (broken[0]) {
                throw new IommuException(Reason.TRUNCATED, "gone");
            }
            load(page, into);
        }).build();
        assertEquals(Reason.TRUNCATED, assertThrows(IommuException.class, () -> memory.readLong(0x10000)).reason());
        assertEquals(List.of(), memory.asked());
        broken[0] = false;
        assertEquals(0x10008, memory.readLong(0x10008));
    }

    @Test
    public void manyPagesDoNotFillTheProcess() {
        AddressRange large = AddressRange.ofSize(0, 1L << 28);
        PhysicalMemory memory = PhysicalMemory.builder().loaded(large, (page, into) -> into.putLong(0, page)).build();
        for (long page = 0; page <= large.last(); page += 4096) {
            assertEquals(page, Long.reverseBytes(memory.readLong(page)));
        }
        assertEquals(List.of(large), memory.asked());
    }

    @Test
    public void piecesMustNotOverlap() {
        PhysicalMemory.Builder builder = PhysicalMemory.builder().zeros(new AddressRange(0x1f000, 0x1ffff)).loaded(RANGE, this::load);
        assertEquals(Reason.BAD_FORMAT, assertThrows(IommuException.class, builder::build).reason());
    }
}
