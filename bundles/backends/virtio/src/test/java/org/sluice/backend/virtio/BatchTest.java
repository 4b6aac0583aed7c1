// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.driver.VirtioDriver;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver.DomainSpec;

/** Requests that go out together: what the device has, and what the driver knows of it, when one of them is refused in between. */
public class BatchTest {
    private static final long PAGE = 0x1000;
    private static final long IOVA = 0x100_0000;
    private static final long OUTPUT = 0x5000_0000;
    private static final int RW = Permissions.READ_WRITE;
    private static final int NO_PASID = -1;
    private static final int DOMAIN = 7;
    private static final int ENDPOINT = 0x18;
    private static final DeviceId DEVICE = DeviceId.stream(ENDPOINT);
    private static final long[] FEATURES_LEFT_OUT = {0, ConfigSpace.RING_PACKED.put(1), ConfigSpace.INDIRECT_DESC.put(1),
        ConfigSpace.RING_PACKED.put(1) | ConfigSpace.INDIRECT_DESC.put(1)};
    private static final AddressRange MEMORY = AddressRange.ofSize(0x10_0000, 0x8_0000);

    private final Rig rig = new Rig().endpoint(ENDPOINT, null).endpoint(0x20, null);
    private VirtioModel model;
    private VirtioDriver driver;
    private DomainTable table;
    private int kicks;
    /** A request of this type from this address is made an invalid one on its way. */
    private int spoiltType;
    private long spoiltStart;

    /** The device's registers, with a hand on the way of requests. */
    private final class Meddler implements RegisterPort {
        private final RegisterPort port;

        Meddler(RegisterPort port) {
            this.port = port;
        }

        @Override
        public boolean isKnown(int offset, int bytes) {
            return port.isKnown(offset, bytes);
        }

        @Override
        public int read32(int offset) {
            return port.read32(offset);
        }

        @Override
        public void write32(int offset, int value) {
            if (offset == Mmio.QUEUE_NOTIFY && value == 0) {
                kicks++;
                spoil();
            }
            port.write32(offset, value);
        }
    }

    /** Flags that do not exist, and reserved bytes that are not zero, are INVAL (MAP request, UNMAP request). */
    private void spoil() {
        for (long at = MEMORY.start(); spoiltType != 0 && at < MEMORY.last() - 48; at += Long.BYTES) {
            if (rig.memory.readLong(at) == (spoiltType | (long) DOMAIN << 32) && rig.memory.readLong(at + 8) == spoiltStart) {
                rig.memory.writeInt(at + (spoiltType == RequestLayouts.MAP_TYPE ? 32 : 24), 0x80);
            }
        }
        spoiltType = 0;
    }

    private void start(long without) {
        UnitContext blank = rig.unit();
        model = new VirtioModel(blank);
        UnitContext live = new UnitContext(blank.machine(), blank.unit(), blank.memory(), new Meddler(model.registers()));
        driver = new VirtioDriver(live, MEMORY, GuestMemory.of(blank.memory()), without);
        driver.start();
        table = driver.createTable(new DomainSpec(DOMAIN, 32, ~0xfffL));
        driver.attach(DEVICE, NO_PASID, table);
        kicks = 0;
    }

    private int mapEach(int first, int count, int apart) {
        long[] iovas = new long[count];
        long[] outputs = new long[count];
        long[] sizes = new long[count];
        for (int i = 0; i < count; i++) {
            iovas[i] = IOVA + (long) (first + i) * apart * PAGE;
            outputs[i] = OUTPUT + (first + i) * PAGE;
            sizes[i] = PAGE;
        }
        return table.mapEach(iovas, outputs, sizes, count, RW);
    }

    private long read(long iova) {
        return model.translate(ENDPOINT, NO_PASID, iova, Permissions.READ);
    }

    private void assertMapped(int page, int apart) {
        assertEquals("page " + page, OUTPUT + page * PAGE + 0x123, read(IOVA + (long) page * apart * PAGE + 0x123));
    }

    private void assertFaults(long iova) {
        assertEquals(-1 - 2, read(iova));
    }

    /** 64 places in the ring, two a request. */
    @Test
    public void mappingsOfOneCallGoOutTogether() {
        for (long without : FEATURES_LEFT_OUT) {
            start(without);
            assertEquals(100, mapEach(0, 100, 3));
            assertEquals(4, kicks);
            for (int i = 0; i < 100; i++) {
                assertMapped(i, 3);
                assertFaults(IOVA + (3 * i + 1) * PAGE);
            }
            assertEquals("met by one that is there", 0, mapEach(0, 5, 3));
            assertEquals(5, mapEach(100, 5, 3));
        }
    }

    @Test
    public void whatComesAfterOneThatIsRefusedIsTakenBack() {
        for (long without : FEATURES_LEFT_OUT) {
            start(without);
            spoiltType = RequestLayouts.MAP_TYPE;
            spoiltStart = IOVA + 10 * PAGE;
            assertEquals(10, mapEach(0, 20, 1));
            for (int i = 0; i < 20; i++) {
                if (i < 10) {
                    assertMapped(i, 1);
                } else {
                    assertFaults(IOVA + i * PAGE);
                }
            }
            assertEquals(Outcome.OK, table.map(IOVA + 10 * PAGE, OUTPUT + 10 * PAGE, PAGE, RW));
            assertEquals(9, mapEach(11, 9, 1));
            for (int i = 0; i < 20; i++) {
                assertMapped(i, 1);
            }
        }
    }

    @Test
    public void unmappingsThatAdjoinGoOutAsOne() {
        for (boolean upwards : new boolean[] {true, false}) {
            start(0);
            assertEquals(64, mapEach(0, 64, 1));
            for (int i = 0; i < 64; i++) {
                assertMapped(i, 1);
            }
            kicks = 0;
            for (int i = 1; i < 63; i++) {
                assertEquals(PAGE, table.unmap(IOVA + (upwards ? i : 63 - i) * PAGE, PAGE));
            }
            assertEquals(0, kicks);
            driver.invalidate(table, IOVA, IOVA + 64 * PAGE - 1);
            assertEquals(1, kicks);
            for (int i = 1; i < 63; i++) {
                assertFaults(IOVA + i * PAGE);
            }
            assertMapped(0, 1);
            assertMapped(63, 1);
        }
    }

    /** More ranges apart than are gathered, and more than the ring has room for. */
    @Test
    public void allThatWasUnmappedIsGoneAfterwards() {
        for (long without : FEATURES_LEFT_OUT) {
            start(without);
            assertEquals(150, mapEach(0, 150, 2));
            for (int i = 0; i < 150; i++) {
                assertMapped(i, 2);
                assertEquals(PAGE, table.unmap(IOVA + 2 * i * PAGE, PAGE));
            }
            driver.invalidateAll(table, new long[] {IOVA, IOVA + 300 * PAGE}, 1);
            for (int i = 0; i < 150; i++) {
                assertFaults(IOVA + 2 * i * PAGE);
            }
        }
    }

    /** The device kept what it refused to unmap; the driver does not forget that it has. */
    @Test
    public void aRefusedUnmappingIsAskedForAgain() {
        start(0);
        assertEquals(4, mapEach(0, 4, 2));
        for (int i = 0; i < 3; i++) {
            assertEquals(PAGE, table.unmap(IOVA + 2 * i * PAGE, PAGE));
        }
        spoiltType = RequestLayouts.UNMAP_TYPE;
        spoiltStart = IOVA + 2 * PAGE;
        assertThrows(IommuException.class, () -> driver.invalidate(table, IOVA, IOVA + 8 * PAGE - 1));
        assertMapped(1, 2);
        driver.invalidate(table, IOVA, IOVA + PAGE - 1);
        for (int i = 0; i < 3; i++) {
            assertFaults(IOVA + 2 * i * PAGE);
        }
        assertMapped(3, 2);
    }

    /** Without an invalidation between, as a change that is undone maps again. */
    @Test
    public void mappingAgainComesAfterUnmapping() {
        start(0);
        assertEquals(8, mapEach(0, 8, 1));
        assertMapped(2, 1);
        assertEquals(2 * PAGE, table.unmap(IOVA + 2 * PAGE, 2 * PAGE));
        assertEquals(Outcome.OK, table.map(IOVA + 3 * PAGE, 0x9000, PAGE, RW));
        assertEquals(0x9004, read(IOVA + 3 * PAGE + 4));
        assertFaults(IOVA + 2 * PAGE);
        driver.invalidate(table, IOVA, IOVA + 8 * PAGE - 1);
        assertEquals(0x9004, read(IOVA + 3 * PAGE + 4));
    }

    /** A cut that the device refuses leaves both as they were. */
    @Test
    public void aRefusedCutChangesNothing() {
        start(0);
        assertEquals(Outcome.OK, table.map(IOVA, OUTPUT, 4 * PAGE, RW));
        spoiltType = RequestLayouts.UNMAP_TYPE;
        spoiltStart = IOVA;
        assertThrows(IommuException.class, () -> table.unmap(IOVA + PAGE, PAGE));
        driver.invalidate(table, IOVA, IOVA + 4 * PAGE - 1);
        for (int i = 0; i < 4; i++) {
            assertMapped(i, 1);
        }
        assertEquals(PAGE, table.unmap(IOVA + PAGE, PAGE));
        assertFaults(IOVA + PAGE);
        assertMapped(3, 1);
    }

    /** What was translated before stays in no cache: not over a detach, and not over an attach elsewhere. */
    @Test
    public void endpointsThatMoveTranslateAsTheirNewDomain() {
        start(0);
        assertEquals(4, mapEach(0, 4, 1));
        DomainTable other = driver.createTable(new DomainSpec(8, 32, ~0xfffL));
        assertEquals(Outcome.OK, other.map(IOVA, 0x9000, PAGE, Permissions.READ));
        driver.attach(DeviceId.stream(0x20), NO_PASID, other);
        assertMapped(0, 1);
        assertEquals(OUTPUT, model.translate(ENDPOINT, NO_PASID, IOVA, Permissions.WRITE));
        driver.attach(DEVICE, NO_PASID, other);
        assertEquals(0x9000, read(IOVA));
        assertEquals(-1 - 2, model.translate(ENDPOINT, NO_PASID, IOVA, Permissions.WRITE));
        assertFaults(IOVA + PAGE);
        driver.detach(DEVICE, NO_PASID);
        assertEquals(-1 - 1, read(IOVA));
        assertEquals(0x9000, model.translate(0x20, NO_PASID, IOVA, Permissions.READ));
        assertEquals(PAGE, other.unmap(IOVA, PAGE));
        driver.invalidate(other, IOVA, IOVA + PAGE - 1);
        assertEquals(-1 - 2, model.translate(0x20, NO_PASID, IOVA, Permissions.READ));
    }

    /** A described region may be smaller than a page, and a mapping not aligned to one: neither is answered from the page beside it. */
    @Test
    public void whatIsSmallerThanAPageIsNotTakenForOne() {
        Rig described = new Rig().domain(3, false, Rig.mapping(0x1000, 0x2fff, 0x8000, 3), Rig.mapping(0x4000, 0x47ff, 0x9000, 3))
                .endpoint(0x30, 3, Rig.region(0x1800, 0x18ff, "reserved"));
        VirtioModel device = described.model();
        for (int round = 0; round < 2; round++) {
            assertEquals(0x8000, device.translate(0x30, NO_PASID, 0x1000, Permissions.READ));
            assertEquals(-1 - 2, device.translate(0x30, NO_PASID, 0x1800, Permissions.READ));
            assertEquals(0x8900, device.translate(0x30, NO_PASID, 0x1900, Permissions.READ));
            assertEquals(0x97ff, device.translate(0x30, NO_PASID, 0x47ff, Permissions.READ));
            assertEquals(-1 - 2, device.translate(0x30, NO_PASID, 0x4800, Permissions.READ));
        }
    }
}
