// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.util.HexFormat;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;

/** The device's registers by their numbers (Virtio over MMIO, register layout) and its events where nothing else tells. */
public class TransportTest {
    private static final int MAGIC = 0x000;
    private static final int VERSION = 0x004;
    private static final int DEVICE_ID = 0x008;
    private static final int DEVICE_FEATURES = 0x010;
    private static final int DEVICE_FEATURES_SELECT = 0x014;
    private static final int DRIVER_FEATURES = 0x020;
    private static final int DRIVER_FEATURES_SELECT = 0x024;
    private static final int QUEUE_SELECT = 0x030;
    private static final int QUEUE_SIZE_MAX = 0x034;
    private static final int QUEUE_SIZE = 0x038;
    private static final int QUEUE_READY = 0x044;
    private static final int QUEUE_NOTIFY = 0x050;
    private static final int INTERRUPT_STATUS = 0x060;
    private static final int INTERRUPT_ACKNOWLEDGE = 0x064;
    private static final int STATUS = 0x070;
    private static final int QUEUE_DESCRIPTORS = 0x080;
    private static final int CONFIG = 0x100;
    private static final int USED = 1;
    private static final long EVENT = 0x15_0000;

    private final Bench bench = new Bench(new Rig().endpoint(0x18, null).endpoint(0x20, null)).start();

    private int read(int offset) {
        return bench.registers.read32(offset);
    }

    private void write(int offset, int value) {
        bench.registers.write32(offset, value);
    }

    private static byte[] attach() {
        return RequestReplay.encode(new Request.Attach(1, 0x18, 0, 0));
    }

    @Test
    public void identity() {
        assertEquals("virt", 0x7472_6976, read(MAGIC));
        assertEquals(2, read(VERSION));
        assertEquals("IOMMU", 23, read(DEVICE_ID));
    }

    /** The device type's bits 0 to 6 without bit 3 (BYPASS), INDIRECT_DESC 28, VERSION_1 32, RING_PACKED 34. */
    @Test
    public void featuresAreReadInHalves() {
        write(DEVICE_FEATURES_SELECT, 0);
        assertEquals(0x1000_0077, read(DEVICE_FEATURES));
        write(DEVICE_FEATURES_SELECT, 1);
        assertEquals(0x5, read(DEVICE_FEATURES));
        write(DEVICE_FEATURES_SELECT, 2);
        assertEquals(0, read(DEVICE_FEATURES));
        write(STATUS, 0);
        assertEquals("the lower half again", 0x1000_0077, read(DEVICE_FEATURES));
    }

    /** Device configuration layout: page_size_mask, input_range, domain_range, probe_size, bypass. */
    @Test
    public void configurationLiesAtItsOffsets() {
        assertEquals(0xffff_ffff_ffff_f000L, bench.registers.read64(CONFIG));
        assertEquals(0, bench.registers.read64(CONFIG + 8));
        assertEquals(0xffff_ffff_ffffL, bench.registers.read64(CONFIG + 16));
        assertEquals(0, read(CONFIG + 24));
        assertEquals(1000, read(CONFIG + 28));
        assertEquals(512, read(CONFIG + 32));
        assertEquals(0, read(CONFIG + 36));
    }

    @Test
    public void everyQueueIsShownWhenItIsSelected() {
        for (int queue : new int[] {0, 1, 2, -1, 0}) {
            write(QUEUE_SELECT, queue);
            boolean exists = queue == 0 || queue == 1;
            assertEquals("queue " + queue, exists ? 256 : 0, read(QUEUE_SIZE_MAX));
            assertEquals("queue " + queue, exists ? 1 : 0, read(QUEUE_READY));
        }
        write(STATUS, 0);
        for (int queue : new int[] {1, 0}) {
            write(QUEUE_SELECT, queue);
            assertEquals("after a reset", 0, read(QUEUE_READY));
        }
    }

    /** A queue keeps its areas while it is ready, and may be set up only after FEATURES_OK. */
    @Test
    public void queuesAreSetUpInTheirTime() {
        write(QUEUE_SELECT, 0);
        write(QUEUE_SIZE, 2);
        bench.registers.write64(QUEUE_DESCRIPTORS, 0x16_0000);
        assertEquals("still as it was", 0, bench.send(attach(), 4));
        write(QUEUE_READY, 0);
        assertEquals(0, read(QUEUE_READY));
        write(STATUS, 0);
        write(STATUS, 3);
        write(QUEUE_SELECT, 0);
        write(QUEUE_SIZE, 8);
        bench.registers.write64(QUEUE_DESCRIPTORS, Bench.DESCRIPTORS);
        write(QUEUE_READY, 1);
        assertEquals("before FEATURES_OK", 0, read(QUEUE_READY));
    }

    /** 256 is the most. */
    @Test
    public void queuesHaveAtMostTheirSize() {
        write(STATUS, 0);
        bench.bytes(Bench.AVAILABLE, new byte[4]);
        bench.start();
        write(QUEUE_SELECT, 1);
        write(QUEUE_READY, 0);
        assertEquals(true, bench.queue(1, 256, 0x16_0000, 0x17_0000, 0x18_0000));
        write(QUEUE_READY, 0);
        assertEquals(false, bench.queue(1, 512, 0x16_0000, 0x17_0000, 0x18_0000));
    }

    /** VIRTQ_AVAIL_F_NO_INTERRUPT; bits of the status go where they are acknowledged. */
    @Test
    public void usedBuffersInterruptUnlessTheDriverWantsNone() {
        assertEquals(0, read(INTERRUPT_STATUS));
        assertEquals(0, bench.send(attach(), 4));
        assertEquals(USED, read(INTERRUPT_STATUS));
        write(INTERRUPT_ACKNOWLEDGE, 2);
        assertEquals("another bit", USED, read(INTERRUPT_STATUS));
        write(INTERRUPT_ACKNOWLEDGE, USED);
        assertEquals(0, read(INTERRUPT_STATUS));
        bench.bytes(Bench.AVAILABLE, new byte[] {1, 0});
        assertEquals(0, bench.send(attach(), 4));
        assertEquals("not wanted", 0, read(INTERRUPT_STATUS));
        bench.offerEvent(EVENT, 24);
        bench.model.translate(0x20, -1, 0x5000, Permissions.READ);
        assertEquals("an event", USED, read(INTERRUPT_STATUS));
    }

    /** Nothing was there to serve: nobody is told. */
    @Test
    public void aNotificationForNothingIsNoInterrupt() {
        write(QUEUE_NOTIFY, 0);
        assertEquals(0, read(INTERRUPT_STATUS));
        bench.model.translate(0x20, -1, 0x5000, Permissions.READ);
        assertEquals("a fault that was dropped", 0, read(INTERRUPT_STATUS));
    }

    /** A queue that is not there is not served, and the event queue has nothing to serve. */
    @Test
    public void notificationsOfOtherQueuesDoNothing() {
        bench.bytes(Bench.BUFFER, attach());
        bench.descriptor(Bench.DESCRIPTORS, 0, Bench.BUFFER, 20, Bench.NEXT, 1);
        bench.descriptor(Bench.DESCRIPTORS, 1, Bench.REPLY, 4, Bench.WRITE, 0);
        bench.index(1);
        for (int queue : new int[] {1, 2, -1}) {
            write(QUEUE_NOTIFY, queue);
            assertEquals(0, bench.u16(Bench.USED + 2));
        }
        write(QUEUE_NOTIFY, 0);
        assertEquals(1, bench.u16(Bench.USED + 2));
    }

    /** Features are fixed once FEATURES_OK is set. */
    @Test
    public void featuresCannotBeChangedLater() {
        write(DRIVER_FEATURES_SELECT, 0);
        write(DRIVER_FEATURES, 0);
        write(STATUS, read(STATUS));
        assertEquals(0, bench.send(attach(), 4));
        assertEquals("MAP_UNMAP is still on", 0, bench.send(RequestReplay.encode(new Request.Map(1, 0, 0xfff, 0, 1)), 4));
    }

    /** Bits of the status are added one after the other and none is taken away; nothing runs before DRIVER_OK. */
    @Test
    public void statusBitsAreOnlyAdded() {
        assertEquals(0xf, read(STATUS));
        write(STATUS, 1);
        assertEquals(0xf, read(STATUS));
        write(STATUS, 0);
        assertEquals(0, read(STATUS));
        write(STATUS, 4);
        assertEquals("DRIVER_OK needs FEATURES_OK", 0, read(STATUS));
        write(STATUS, 1);
        write(STATUS, 2);
        assertEquals(3, read(STATUS));
        write(STATUS, 0x80);
        assertEquals("the driver may say that it gave up", 0x83, read(STATUS));
    }

    /** Requests with a PASID, and outputs that no memory has, are refused with an event of their own. */
    @Test
    public void whatNobodyElseTellsIsReportedAsUnknown() {
        assertEquals(0, bench.send(attach(), 4));
        bench.offerEvent(EVENT, 24);
        bench.offerEvent(EVENT + 0x100, 24);
        bench.offerEvent(EVENT + 0x200, 24);
        assertEquals(-1, bench.model.translate(0x18, 5, 0x1234, Permissions.READ));
        assertArrayEquals(HexFormat.of().parseHex("000000000101000018000000000000003412000000000000"), bench.read(EVENT, 24));
        assertEquals(0, bench.send(RequestReplay.encode(new Request.Map(1, 0, 0xfff, Long.MIN_VALUE, 3)), 4));
        assertEquals(-1, bench.model.translate(0x18, -1, 0x234, Permissions.WRITE));
        assertArrayEquals(HexFormat.of().parseHex("000000000201000018000000000000003402000000000000"), bench.read(EVENT + 0x100, 24));
        assertEquals("an endpoint that the device does not know", -1, bench.model.translate(0x99, -1, 0x1000, Permissions.READ));
        assertArrayEquals(HexFormat.of().parseHex("000000000101000099000000000000000010000000000000"), bench.read(EVENT + 0x200, 24));
    }

    /** What goes out unchanged is no fault, and says so. */
    @Test
    public void passingThroughIsNotReported() {
        assertEquals(0, bench.send(RequestReplay.encode(new Request.Attach(2, 0x18, Request.Attach.BYPASS, 0)), 4));
        bench.offerEvent(EVENT, 24);
        assertEquals(VirtioModel.PASS_THROUGH, bench.model.translate(0x18, -1, 0x1234, Permissions.READ));
        assertEquals(0, bench.u16(Bench.USED + Bench.EVENTS + 2));
    }
}
