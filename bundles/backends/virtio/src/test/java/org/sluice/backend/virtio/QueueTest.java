// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.machine.Hex;
import org.sluice.testkit.Seed;

/** Rings built by hand in memory. */
public class QueueTest {
    private static final int SIZE = 8;
    private static final long DESCRIPTORS = 0x10_0000;
    private static final long AVAILABLE = 0x10_1000;
    private static final long USED = 0x10_2000;
    private static final long BUFFER = 0x10_4000;
    private static final long INDIRECT = 0x10_8000;

    private final Rig rig = new Rig().endpoint(0x18, null);

    private void queue(int index, int taken) {
        rig.attributes.put("virtqueues", List.of(Map.of("index", index, "size", SIZE, "desc", Hex.of(DESCRIPTORS), "avail", Hex.of(AVAILABLE),
                "used", Hex.of(USED), "lastAvailIndex", taken)));
    }

    private void bytes(long address, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            long at = address + i;
            long word = at & -8;
            int shift = (int) (at & 7) * 8;
            rig.memory.writeLong(word, rig.memory.readLong(word) & ~(0xffL << shift) | (bytes[i] & 0xffL) << shift);
        }
    }

    private void u16(long address, int value) {
        bytes(address, new byte[] {(byte) value, (byte) (value >>> 8)});
    }

    private void descriptor(long table, int index, long address, int length, int flags, int next) {
        rig.memory.writeLong(table + 16L * index, address);
        rig.memory.writeLong(table + 16L * index + 8, length & 0xffff_ffffL | (long) flags << 32 | (long) next << 48);
    }

    private void available(int index, int... heads) {
        u16(AVAILABLE + 2, index);
        for (int i = 0; i < heads.length; i++) {
            u16(AVAILABLE + 4 + 2L * ((index - heads.length + i & 0xffff) % SIZE), heads[i]);
        }
    }

    private void request(int descriptor, long at, Request request) {
        byte[] encoded = RequestReplay.encode(request);
        bytes(at, encoded);
        descriptor(DESCRIPTORS, descriptor, at, encoded.length, 1, descriptor + 1);
        descriptor(DESCRIPTORS, descriptor + 1, at + 0x100, 4, 2, 0);
    }

    @Test
    public void pendingRequestsAreDecodedInOrder() {
        queue(0, 0xfffe);
        request(0, BUFFER, new Request.Attach(1, 0x18, 0, 0));
        request(2, BUFFER + 0x200, new Request.Map(1, 0x1000, 0x1fff, 0xa000, 1));
        available(1, 5, 0, 2);
        descriptor(DESCRIPTORS, 5, INDIRECT, 32, 4, 0);
        byte[] unmap = RequestReplay.encode(new Request.Unmap(1, 0, -1, 0));
        bytes(BUFFER + 0x400, unmap);
        descriptor(INDIRECT, 0, BUFFER + 0x400, unmap.length, 1, 1);
        descriptor(INDIRECT, 1, BUFFER + 0x500, 4, 2, 0);
        List<QueueEntry> entries = rig.inspector().queues();
        assertEquals(List.of("UNMAP domain 1 0x0-0xffffffffffffffff", "ATTACH endpoint 0x18 to domain 1",
                "MAP domain 1 0x1000-0x1fff to 0xa000 flags 0x1"), entries.stream().map(QueueEntry::text).toList());
        assertEquals(List.of(0xfffe, 0xffff, 0), entries.stream().map(QueueEntry::index).toList());
        assertEquals(List.of("unmap", "attach", "map"), entries.stream().map(QueueEntry::structure).toList());
        assertTrue(entries.get(0).pending());
        assertEquals(BUFFER, entries.get(1).address());
    }

    @Test
    public void servedRequestsAreNotListed() {
        queue(0, 1);
        request(0, BUFFER, new Request.Probe(0x18));
        available(1, 0);
        assertEquals(List.of(), rig.inspector().queues());
    }

    @Test
    public void brokenChainsAreToldAsSuch() {
        queue(0, 0);
        descriptor(DESCRIPTORS, 0, BUFFER, 4, 1, 0);
        available(1, 0);
        assertTrue(text(), text().contains("more descriptors than the table"));
        descriptor(DESCRIPTORS, 0, BUFFER, 4, 1, 99);
        assertTrue(text(), text().contains("beyond the table"));
        descriptor(DESCRIPTORS, 0, 0x4000_0000L, 20, 0, 0);
        assertTrue(text(), text().contains("0x40000000 is not in the image"));
        descriptor(DESCRIPTORS, 0, BUFFER, 3, 0, 0);
        bytes(BUFFER, new byte[] {1, 0, 0});
        assertTrue(text(), text().contains("cut short"));
        bytes(BUFFER, new byte[] {9, 0, 0});
        assertTrue(text(), text().contains("known type"));
        descriptor(DESCRIPTORS, 0, INDIRECT, 0, 4, 0);
        assertNotNull(text());
        request(0, BUFFER, new Request.Probe(1));
        descriptor(DESCRIPTORS, 1, BUFFER + 0x100, 4, 3, 2);
        descriptor(DESCRIPTORS, 2, BUFFER, 4, 0, 0);
        assertTrue(text(), text().contains("follows a writable one"));
    }

    /** A buffer is read as far as any request or event could reach, 4096 bytes, over all its pieces. */
    @Test
    public void longBuffersAreReadNoFurtherThanNeeded() {
        queue(0, 0);
        available(1, 0);
        long nearTheEnd = Rig.RAM.last() + 1 - 4000;
        bytes(BUFFER, new byte[] {9});
        descriptor(DESCRIPTORS, 0, BUFFER, 96, 1, 1);
        descriptor(DESCRIPTORS, 1, nearTheEnd, 1 << 20, 0, 0);
        assertEquals("no request of a known type", text());
        descriptor(DESCRIPTORS, 0, BUFFER, 95, 1, 1);
        assertTrue("one byte is not there", text().contains("is not in the image"));
    }

    /** A table has as many entries as its length says. */
    @Test
    public void tablesEndWhereTheirLengthSays() {
        queue(0, 0);
        available(1, 0);
        request(4, BUFFER, new Request.Probe(0x18));
        descriptor(DESCRIPTORS, 0, INDIRECT, 32, 4, 0);
        descriptor(INDIRECT, 0, BUFFER, 72, 1, 2);
        descriptor(INDIRECT, 2, BUFFER + 0x100, 4, 2, 0);
        assertEquals("descriptor 0x2 is beyond the table of 2", text());
        descriptor(DESCRIPTORS, 0, INDIRECT, 48, 4, 0);
        assertEquals("PROBE endpoint 0x18", text());
        descriptor(DESCRIPTORS, 0, INDIRECT, 47, 4, 0);
        assertEquals("descriptor 0x2 is beyond the table of 2", text());
    }

    @Test
    public void everyKindOfRequestIsToldInWords() {
        queue(0, 0);
        available(1, 0);
        request(0, BUFFER, new Request.Detach(7, 0x18));
        assertEquals("DETACH endpoint 0x18 from domain 7", text());
        request(0, BUFFER, new Request.Probe(0x20));
        assertEquals("PROBE endpoint 0x20", text());
        request(0, BUFFER, new Request.Attach(7, 0x18, Request.Attach.BYPASS, 0));
        assertEquals("ATTACH endpoint 0x18 to domain 7 (bypass)", text());
    }

    private String text() {
        return rig.inspector().queues().get(0).text();
    }

    @Test
    public void reportedFaultsComeFromTheUsedRing() {
        queue(1, 2);
        descriptor(DESCRIPTORS, 0, BUFFER, 24, 2, 0);
        descriptor(DESCRIPTORS, 1, BUFFER + 24, 24, 2, 0);
        u16(USED + 2, 3);
        for (int i = 0; i < 3; i++) {
            rig.memory.writeLong(USED + 8L * (i / 2 * 2) + 8, 0);
        }
        bytes(USED + 4, new byte[] {0, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0});
        bytes(BUFFER, new byte[] {2, 0, 0, 0, 2, 1, 0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0, 0, 0, 0, 0, 0});
        bytes(BUFFER + 24, new byte[] {7, 0, 0, 0, 1, 0, 0, 0, 0x55, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0, 0, 0, 0, 0, 0});
        List<FaultRecord> faults = rig.inspector().faults();
        assertEquals("of a buffer used twice the newer event", List.of(1, 2), faults.stream().map(FaultRecord::index).toList());
        FaultRecord odd = faults.get(0);
        assertEquals(7, odd.fault().code());
        assertEquals("the address is not valid", 0, odd.iova());
        assertEquals("sid:0x55", odd.device().toString());
        assertEquals("r", odd.access());
        FaultRecord write = faults.get(1);
        assertEquals("MAPPING", write.fault().name());
        assertEquals(0x1234, write.iova());
        assertEquals("w", write.access());
        assertEquals("MAPPING endpoint 0x18 at 0x1234 access w", write.text());
    }

    @Test
    public void queuesOutsideMemoryAndPackedOnesAreEmpty() {
        rig.attributes.put("virtqueues", List.of(Map.of("index", 0, "size", 8, "desc", "0x0", "avail", "0x1000", "used", "0x2000"),
                Map.of("index", 1, "size", 0, "desc", "0x0", "avail", "0x1000", "used", "0x2000")));
        assertEquals(List.of(), rig.inspector().queues());
        queue(0, 0);
        request(0, BUFFER, new Request.Probe(0x18));
        available(1, 0);
        rig.attributes.put("features", "0x400000077");
        assertEquals(List.of(), rig.inspector().queues());
    }

    @Test
    public void randomRingsHaveAnAnswer() {
        Random random = Seed.random();
        for (int round = 0; round < 2000; round++) {
            for (long at = DESCRIPTORS; at < DESCRIPTORS + 16 * SIZE; at += 8) {
                long near = BUFFER - 64 + random.nextInt(128);
                rig.memory.writeLong(at, random.nextInt(3) == 0 ? random.nextLong() : (at & 8) == 0 ? near
                        : random.nextInt(64) | (long) random.nextInt(8) << 32 | (long) random.nextInt(SIZE + 1) << 48);
            }
            for (long at = 0; at < 128; at += 8) {
                rig.memory.writeLong(AVAILABLE + at, random.nextLong());
                rig.memory.writeLong(USED + at, random.nextLong() & 0xffff_0007_ffff_0007L);
                rig.memory.writeLong(BUFFER + at, random.nextLong() & 0x0707L | random.nextLong() << 32);
            }
            queue(random.nextInt(2), random.nextInt(1 << 16));
            assertTrue(rig.inspector().queues().size() <= SIZE);
            assertTrue(rig.inspector().faults().size() <= SIZE);
        }
    }

    @Test
    public void randomRequestsNeverBreakTheDevice() {
        Random random = Seed.random();
        RequestReplay replay = RandomDevice.replay(random);
        for (int round = 0; round < 50_000; round++) {
            byte[] request = new byte[random.nextInt(80)];
            random.nextBytes(request);
            if (request.length > 8 && random.nextBoolean()) {
                RandomDevice.tame(request, random);
            }
            int room = random.nextInt(600);
            byte[] written = replay.serve(request, room);
            assertTrue(written.length <= room);
        }
        RandomDevice.check(replay.state());
    }
}
