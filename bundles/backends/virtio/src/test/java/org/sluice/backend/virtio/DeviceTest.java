// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.virtio.Bench.BUFFER;
import static org.sluice.backend.virtio.Bench.DESCRIPTORS;
import static org.sluice.backend.virtio.Bench.INDIRECT;
import static org.sluice.backend.virtio.Bench.NEXT;
import static org.sluice.backend.virtio.Bench.REPLY;
import static org.sluice.backend.virtio.Bench.TABLE;
import static org.sluice.backend.virtio.Bench.USED;
import static org.sluice.backend.virtio.Bench.WRITE;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.testkit.Seed;

/** The device by its registers and rings, written by hand. */
public class DeviceTest {
    private static final int IOERR = 1;
    private static final int INVAL = 4;
    private static final long OUTSIDE = 0x4000_0000L;

    private final Bench bench = new Bench(new Rig().endpoint(0x18, null, Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi")).endpoint(0x20, null)).start();

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] attach(int domain, int endpoint) {
        return RequestReplay.encode(new Request.Attach(domain, endpoint, 0, 0));
    }

    private long read(int endpoint, long iova) {
        return bench.model.translate(endpoint, -1, iova, Permissions.READ);
    }

    private long write(int endpoint, long iova) {
        return bench.model.translate(endpoint, -1, iova, Permissions.WRITE);
    }

    @Test
    public void workedExamplesOfTheSpecificationThroughTheRings() {
        bench.offerEvent(0x15_0000, 24);
        assertEquals(0, bench.send(hex("01000000 01000000 18000000 00000000 00000000"), 4));
        assertArrayEquals(hex("00000000"), bench.read(REPLY, 4));
        String map = "03000000 01000000 0010000000000000 ff1f000000000000 00a0000000000000 01000000";
        assertEquals(0, bench.send(hex(map), 4));
        assertEquals(0xa234, read(0x18, 0x1234));
        assertEquals(-1 - 2, write(0x18, 0x1234));
        assertArrayEquals(hex("02000000 02010000 18000000 00000000 3412000000000000"), bench.read(0x15_0000, 24));
        assertEquals(24, bench.rig.memory.readInt(USED + Bench.EVENTS + 8));
        assertEquals(INVAL, bench.send(hex(map), 4));
        assertEquals(0, bench.send(hex("04000000 01000000 0000000000000000 ffff000000000000 00000000"), 4));
        assertEquals(-1 - 2, read(0x18, 0x1234));
        assertEquals(6, bench.send(hex("04000000 07000000 0000000000000000 ffff000000000000 00000000"), 4));
    }

    @Test
    public void probeTellsPropertiesAndItsTailStandsAtTheEnd() {
        assertEquals(0, bench.send(RequestReplay.encode(new Request.Probe(0x18)), 516));
        assertEquals(516, bench.written());
        assertArrayEquals(hex("0100 1400 01 000000 0000e0fe00000000 ffffeffe00000000 00000000"), bench.read(REPLY, 28));
        assertEquals(INVAL, bench.send(RequestReplay.encode(new Request.Probe(0x18)), 100));
    }

    @Test
    public void faultsWithoutABufferAreDropped() {
        assertEquals(-1 - 1, read(0x20, 0x5000));
        bench.offerEvent(0x15_0000, 24);
        assertEquals(0, bench.u16(USED + Bench.EVENTS + 2));
        assertEquals(-1 - 1, read(0x20, 0x5000));
        assertEquals(1, bench.u16(USED + Bench.EVENTS + 2));
        assertArrayEquals(hex("01000000 01010000 20000000 00000000 0050000000000000"), bench.read(0x15_0000, 24));
        assertEquals("nothing is left of the buffer", -1 - 1, read(0x20, 0x6000));
        assertEquals(1, bench.u16(USED + Bench.EVENTS + 2));
    }

    @Test
    public void eventBuffersThatAreTooSmallOrNotThereComeBackEmpty() {
        bench.offerEvent(0x15_0000, 23);
        bench.offerEvent(OUTSIDE, 24);
        read(0x20, 0x5000);
        read(0x20, 0x5000);
        assertEquals(2, bench.u16(USED + Bench.EVENTS + 2));
        assertEquals(0, bench.rig.memory.readInt(USED + Bench.EVENTS + 8));
        assertEquals(0, bench.rig.memory.readInt(USED + Bench.EVENTS + 16));
        assertFalse(bench.needsReset());
    }

    @Test
    public void requestsMayBeCutIntoAnyPieces() {
        byte[] attach = attach(1, 0x18);
        bench.bytes(BUFFER, attach);
        for (int i = 0; i < 5; i++) {
            bench.descriptor(DESCRIPTORS, i, BUFFER + 4L * i, 4, NEXT, i + 1);
        }
        bench.descriptor(DESCRIPTORS, 5, REPLY, 1, WRITE | NEXT, 6);
        bench.descriptor(DESCRIPTORS, 6, REPLY + 1, 3, WRITE, 0);
        bench.bytes(REPLY - 1, new byte[] {9, 9, 9, 9, 9, 9});
        bench.offer(0);
        assertArrayEquals(new byte[] {9, 0, 0, 0, 0, 9}, bench.read(REPLY - 1, 6));
        assertEquals(-1 - 2, read(0x18, 0x5000));
    }

    @Test
    public void tablesOfDescriptorsAreFollowed() {
        bench.bytes(BUFFER, attach(1, 0x18));
        bench.descriptor(INDIRECT, 0, BUFFER, 20, NEXT, 2);
        bench.descriptor(INDIRECT, 2, REPLY, 4, WRITE, 0);
        bench.descriptor(DESCRIPTORS, 3, INDIRECT, 48, TABLE, 0);
        bench.offer(3);
        assertEquals(0, bench.status());
        assertEquals(3, bench.rig.memory.readInt(USED + 4));
    }

    /** A chain that breaks a rule comes back untouched, and the device goes on. */
    @Test
    public void brokenChainsComeBackUntouched() {
        bench.bytes(BUFFER, attach(1, 0x18));
        Runnable[] chains = {
            () -> bench.descriptor(DESCRIPTORS, 0, BUFFER, 20, NEXT, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, BUFFER, 20, NEXT, 99),
            () -> {
                bench.descriptor(DESCRIPTORS, 0, REPLY, 4, WRITE | NEXT, 1);
                bench.descriptor(DESCRIPTORS, 1, BUFFER, 20, 0, 0);
            },
            () -> bench.descriptor(DESCRIPTORS, 0, BUFFER, 20, 0, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, REPLY, 3, WRITE, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, INDIRECT, 0, TABLE, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, INDIRECT, 33, TABLE, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, INDIRECT, 0xffff_fff0L, TABLE, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, OUTSIDE, 32, TABLE, 0),
            () -> bench.descriptor(DESCRIPTORS, 0, INDIRECT, 32, TABLE | NEXT, 1),
            () -> {
                bench.descriptor(DESCRIPTORS, 0, INDIRECT, 32, TABLE, 0);
                bench.descriptor(INDIRECT, 0, INDIRECT, 32, TABLE, 0);
            },
            () -> {
                bench.descriptor(DESCRIPTORS, 0, BUFFER, 20, NEXT, 1);
                bench.descriptor(DESCRIPTORS, 1, OUTSIDE, 4, WRITE, 0);
            },
        };
        for (int i = 0; i < chains.length; i++) {
            chains[i].run();
            bench.offer(0);
            assertEquals("chain " + i, -1, bench.status());
            assertEquals("chain " + i, i + 1, bench.u16(USED + 2));
            assertFalse("chain " + i, bench.needsReset());
        }
        assertEquals(0, bench.send(attach(1, 0x18), 4));
    }

    @Test
    public void requestsThatCannotBeReadAreAnsweredIfThereIsRoom() {
        bench.descriptor(DESCRIPTORS, 0, OUTSIDE, 20, NEXT, 1);
        bench.descriptor(DESCRIPTORS, 1, REPLY, 4, WRITE, 0);
        bench.offer(0);
        assertEquals(IOERR, bench.status());
        bench.descriptor(DESCRIPTORS, 0, -8L, 20, NEXT, 1);
        bench.offer(0);
        assertEquals("an address that wraps", IOERR, bench.status());
        assertEquals(IOERR, bench.send(new byte[3], 4));
        assertEquals(INVAL, bench.send(new byte[] {1, 0, 0, 0, 1}, 4));
        assertEquals("unknown type", -1, bench.send(new byte[] {9, 0, 0, 0}, 4));
        assertEquals("no room", -1, bench.send(attach(1, 0x18), 3));
    }

    @Test
    public void brokenRingsNeedAReset() {
        bench.offer(200);
        assertTrue("a head beyond the table", bench.needsReset());
        assertEquals(Mmio.CONFIG_CHANGE, bench.registers.read32(Mmio.INTERRUPT_STATUS) & Mmio.CONFIG_CHANGE);
        assertEquals("nothing is served any more", 0, bench.u16(USED + 2));
        bench.bytes(Bench.AVAILABLE, new byte[4]);
        bench.start();
        assertEquals(0, bench.send(attach(1, 0x18), 4));
        bench.index(500);
        bench.registers.write32(Mmio.QUEUE_NOTIFY, Virtio.REQUEST_QUEUE);
        assertTrue("an index that jumps", bench.needsReset());
        bench.registers.write32(Mmio.STATUS, 0xff);
        assertTrue("only a reset helps", bench.needsReset());
    }

    @Test
    public void aResetDetachesEverythingButKeepsTheBypassField() {
        assertEquals(0, bench.send(attach(1, 0x18), 4));
        bench.registers.write32(Mmio.BYPASS, 1);
        assertEquals(VirtioModel.PASS_THROUGH, read(0x20, 0x5000));
        assertEquals(-1 - 2, read(0x18, 0x5000));
        bench.registers.write32(Mmio.BYPASS, 7);
        assertEquals("other values are ignored", 1, bench.registers.read32(Mmio.BYPASS));
        bench.registers.write32(Mmio.STATUS, 0);
        assertEquals(1, bench.registers.read32(Mmio.BYPASS));
        assertEquals("even if the feature is only offered", VirtioModel.PASS_THROUGH, read(0x18, 0x5000));
        bench.start(Bench.FEATURES & ~ConfigSpace.BYPASS_CONFIG.put(1));
        bench.registers.write32(Mmio.BYPASS, 0);
        assertEquals("not negotiated", 1, bench.registers.read32(Mmio.BYPASS));
        bench.start();
        bench.registers.write32(Mmio.BYPASS, 0);
        assertEquals(-1 - 1, read(0x18, 0x5000));
    }

    @Test
    public void featuresThatWereNotOfferedAreRefused() {
        for (long features : new long[] {Bench.FEATURES | 8, Bench.FEATURES & 0xffff_ffffL, Bench.FEATURES | 1L << 29, -1L}) {
            bench.start(features);
            assertEquals(0, bench.registers.read32(Mmio.STATUS) & (Mmio.FEATURES_OK | Mmio.DRIVER_OK));
            bench.registers.write32(Mmio.QUEUE_NOTIFY, 0);
        }
        bench.bytes(Bench.AVAILABLE, new byte[4]);
        bench.bytes(USED, new byte[4]);
        bench.start(Bench.FEATURES & ~4);
        assertEquals("MAP without its feature", List.of(2),
                bench.sendAll(List.of(RequestReplay.encode(new Request.Map(1, 0, 0xfff, 0, 1)))));
    }

    @Test
    public void theOldBypassFeatureCountsOnceNegotiated() {
        Rig rig = new Rig().endpoint(0x18, null);
        rig.attributes.put("features", "0x1f");
        Bench old = new Bench(rig);
        assertEquals("as described", VirtioModel.PASS_THROUGH, old.model.translate(0x18, -1, 0x5000, 1));
        old.registers.write32(Mmio.STATUS, 0);
        assertEquals(-1 - 1, old.model.translate(0x18, -1, 0x5000, 1));
        old.start(0x1_0000_001fL);
        assertEquals(VirtioModel.PASS_THROUGH, old.model.translate(0x18, -1, 0x5000, 1));
        old.start(0x1_0000_0017L);
        assertEquals(-1 - 1, old.model.translate(0x18, -1, 0x5000, 1));
    }

    @Test
    public void queuesThatAreNotInMemoryAreNotTaken() {
        bench.registers.write32(Mmio.STATUS, 0);
        bench.start();
        assertTrue("as it is", bench.registers.read32(Mmio.QUEUE_READY) == 1);
        bench.registers.write32(Mmio.QUEUE_READY, 0);
        assertFalse("size", bench.queue(1, 6, DESCRIPTORS, Bench.AVAILABLE, USED));
        assertFalse("size", bench.queue(1, 0, DESCRIPTORS, Bench.AVAILABLE, USED));
        assertFalse("size", bench.queue(1, 512, DESCRIPTORS, Bench.AVAILABLE, USED));
        assertFalse("alignment", bench.queue(1, 8, DESCRIPTORS + 8, Bench.AVAILABLE, USED));
        assertFalse("memory", bench.queue(1, 8, OUTSIDE, Bench.AVAILABLE, USED));
        assertFalse("memory", bench.queue(1, 8, DESCRIPTORS, -16, USED));
        assertFalse("memory", bench.queue(1, 8, DESCRIPTORS, Bench.AVAILABLE, Rig.RAM.last() - 15));
        assertFalse("no such queue", bench.queue(2, 8, DESCRIPTORS, Bench.AVAILABLE, USED));
        assertFalse("no such queue", bench.queue(-1, 8, DESCRIPTORS, Bench.AVAILABLE, USED));
        assertTrue(bench.queue(1, 8, DESCRIPTORS, Bench.AVAILABLE, USED));
    }

    @Test
    public void anOutputThatLooksLikeAnAnswerIsRefused() {
        assertEquals(0, bench.send(attach(1, 0x18), 4));
        for (long output : new long[] {Long.MIN_VALUE, -4096L}) {
            assertEquals(0, bench.send(RequestReplay.encode(new Request.Map(1, 0, 0xfff, output, 3)), 4));
            assertEquals(-1, read(0x18, 0));
            assertEquals(0, bench.send(RequestReplay.encode(new Request.Unmap(1, 0, 0xfff, 0)), 4));
        }
    }

    @Test
    public void randomRegistersAndRingsNeverBreakTheDevice() {
        Random random = Seed.random();
        for (int round = 0; round < 300; round++) {
            bench.bytes(Bench.AVAILABLE, new byte[4]);
            bench.start(Bench.FEATURES | (random.nextBoolean() ? ConfigSpace.RING_PACKED.put(1) : 0));
            for (int step = 0; step < 40; step++) {
                int at = random.nextInt(64) * 8;
                int flags = random.nextInt(8) | (random.nextInt(4) == 0 ? random.nextInt() : 0) | (random.nextBoolean() ? 0x80 : 0x8000);
                bench.descriptor(DESCRIPTORS, random.nextInt(Bench.SIZE), random.nextInt(8) == 0 ? random.nextLong() : BUFFER + at,
                        random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(80), flags & 0xffff, random.nextInt(Bench.SIZE + 1));
                bench.rig.memory.writeLong(BUFFER + at, random.nextLong() & 0xff_0000_0707L);
                bench.bytes(Bench.AVAILABLE + 4 + 2L * random.nextInt(Bench.SIZE), new byte[] {(byte) random.nextInt(Bench.SIZE + 1), 0});
                bench.index(bench.u16(Bench.AVAILABLE + 2) + random.nextInt(3));
                bench.registers.write32(Mmio.QUEUE_NOTIFY, random.nextInt(3));
                if (random.nextInt(20) == 0) {
                    bench.registers.write32(random.nextInt(Mmio.BYTES / 4) * 4, random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(3));
                }
                bench.model.translate(random.nextInt(0x30), -1, random.nextInt() & 0xffff, 1 + random.nextInt(2));
            }
        }
        bench.bytes(Bench.AVAILABLE, new byte[4]);
        bench.bytes(USED, new byte[4]);
        bench.start();
        assertEquals(0, bench.send(attach(1, 0x18), 4));
    }
}
