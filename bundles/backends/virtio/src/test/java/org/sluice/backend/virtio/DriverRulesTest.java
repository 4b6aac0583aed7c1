// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.backend.virtio.driver.VirtioDriver;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.MappingSink;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver.DomainSpec;

/** What the driver promises and refuses, judged by what the device does and by its answers. */
public class DriverRulesTest {
    private static final long PAGE = 0x1000;
    private static final long PAGES = ~0xfffL;
    private static final int RW = Permissions.READ_WRITE;
    private static final int NO_PASID = -1;
    private static final DeviceId FIRST = DeviceId.stream(0x18);
    private static final DeviceId SECOND = DeviceId.stream(0x20);
    private static final DeviceId THIRD = DeviceId.stream(0x28);

    private final Rig rig = new Rig().endpoint(0x18, null, Rig.region(0x800_0000L, 0x800_ffffL, "reserved"), Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi"))
            .endpoint(0x20, null).endpoint(0x28, null);
    private VirtioModel model;
    private VirtioDriver driver;

    private void config(Object pageSizeMask, long first, long last, int firstDomain, int lastDomain) {
        Map<String, Object> config = new HashMap<>(Map.of("pageSizeMask", pageSizeMask, "inputRange", Map.of("start", Hex.of(first), "last", Hex.of(last)),
                "domainRange", Map.of("first", firstDomain, "last", lastDomain), "probeSize", 512, "bypass", 0));
        rig.attributes.put("config", config);
    }

    private DriverRulesTest drive(long without) {
        UnitContext blank = rig.unit();
        model = new VirtioModel(blank);
        UnitContext live = new UnitContext(blank.machine(), blank.unit(), blank.memory(), model.registers());
        driver = new VirtioDriver(live, AddressRange.ofSize(0x10_0000, 0x8_0000), GuestMemory.of(blank.memory()), without);
        return this;
    }

    private DriverRulesTest start() {
        drive(0);
        driver.start();
        return this;
    }

    private DomainTable table(int domain) {
        return driver.createTable(new DomainSpec(domain, 32, PAGES));
    }

    private long read(int endpoint, long iova) {
        return model.translate(endpoint, NO_PASID, iova, Permissions.READ);
    }

    private static void refused(Reason reason, Runnable what) {
        assertEquals(reason, assertThrows(IommuException.class, what::run).reason());
    }

    @Test
    public void capabilitiesAreThoseOfTheConfiguration() {
        config("0xffffffffffff0000", 0x1_0000, 0xff_ffffL, 3, 9);
        drive(0);
        assertEquals(0xffff_ffff_ffff_0000L, driver.capabilities().pageSizes());
        assertEquals(new AddressRange(0x1_0000, 0xff_ffffL), driver.capabilities().aperture());
        assertTrue(driver.capabilities().features().contains(Feature.PASS_THROUGH));
        assertEquals("not running: nobody can be asked", MessageRouting.Route.TRANSLATED, driver.capabilities().messages().route());
        driver.start();
        assertEquals(new AddressRange(0x1_0000, 0xff_ffffL), driver.capabilities().aperture());
        assertEquals(MessageRouting.Route.WINDOW, driver.capabilities().messages().route());
        assertEquals(new AddressRange(0xfee0_0000L, 0xfeef_ffffL), driver.capabilities().messages().window());
        drive(ConfigSpace.BYPASS_CONFIG.put(1));
        assertEquals(false, driver.capabilities().features().contains(Feature.PASS_THROUGH));
    }

    /** domain_range is inclusive; the last id is the driver's own, for what passes through. */
    @Test
    public void domainsAreThoseOfTheDevice() {
        config("0xfffffffffffff000", 0, 0xffff_ffff_ffffL, 3, 9);
        start();
        refused(Reason.LIMIT, () -> table(2));
        refused(Reason.LIMIT, () -> table(9));
        refused(Reason.LIMIT, () -> table(10));
        DomainTable low = table(3);
        DomainTable high = table(8);
        refused(Reason.CONFLICT, () -> table(3));
        driver.attach(FIRST, NO_PASID, low);
        driver.attach(SECOND, NO_PASID, high);
        driver.attachPassThrough(THIRD);
        assertEquals(VirtioModel.PASS_THROUGH, read(0x28, 0x1234));
        assertEquals(-1 - 2, read(0x18, 0x1234));
        refused(Reason.CONFLICT, low::release);
        driver.detach(FIRST, NO_PASID);
        low.release();
        assertEquals("free again", 3, table(3).domain());
        driver.detach(THIRD, NO_PASID);
        assertEquals("not attached", -1 - 1, read(0x28, 0x1234));
    }

    @Test
    public void widthsAndPageSizesAreThoseOfTheDevice() {
        config("0xffffffffffff0000", 0, 0xffff_ffffL, 0, 9);
        start();
        assertEquals(0, driver.createTable(new DomainSpec(0, 32, PAGES)).domain());
        refused(Reason.UNSUPPORTED, () -> driver.createTable(new DomainSpec(1, 33, PAGES)));
        refused(Reason.UNSUPPORTED, () -> driver.createTable(new DomainSpec(1, 32, 0x1000)));
        assertEquals(1, driver.createTable(new DomainSpec(1, 32, 0x1_0000)).domain());
        assertEquals("larger ones are made of the smallest", 2, driver.createTable(new DomainSpec(2, 32, 0x20_0000)).domain());
    }

    @Test
    public void mappingsAreWholePagesInsideTheAperture() {
        config("0xfffffffffffff000", 0x1000, 0xffffL, 0, 9);
        start();
        DomainTable table = driver.createTable(new DomainSpec(1, 16, PAGES));
        driver.attach(SECOND, NO_PASID, table);
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0, 0x8000, PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0xf000, 0x8000, 2 * PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8800, PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1800, 0x8000, PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8000, PAGE / 2, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8000, 0, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8000, PAGE, 0));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8000, PAGE, Permissions.EXECUTE | RW));
        assertEquals("the output wraps", Outcome.NOT_EXPRESSIBLE, table.map(0x1000, -PAGE, 2 * PAGE, RW));
        assertEquals(Outcome.OK, table.map(0x1000, 0x8000, PAGE, RW));
        assertEquals(Outcome.OK, table.map(0xf000, 0x9000, PAGE, Permissions.READ));
        assertEquals(Outcome.EXISTS, table.map(0x1000, 0x8000, PAGE, RW));
        assertEquals(0x8123, read(0x20, 0x1123));
        assertEquals(0x9fff, read(0x20, 0xffff));
        assertEquals(-1 - 2, model.translate(0x20, NO_PASID, 0xf000, Permissions.WRITE));
        refused(Reason.UNSUPPORTED, () -> table.unmap(0x1800, PAGE));
        refused(Reason.UNSUPPORTED, () -> table.unmap(0x1000, PAGE / 2));
        assertEquals(0, table.unmap(0x1000, 0));
    }

    /** The device cannot cut a mapping, so the rest is put back. */
    @Test
    public void aCutMappingKeepsItsEnds() {
        start();
        DomainTable table = table(1);
        driver.attach(FIRST, NO_PASID, table);
        table.map(0x10_0000, 0x50_0000, 8 * PAGE, Permissions.READ);
        table.map(0x10_8000, 0x90_0000, 4 * PAGE, RW);
        assertEquals(4 * PAGE, table.unmap(0x10_6000, 4 * PAGE));
        assertEquals(0x50_5fff, read(0x18, 0x10_5fff));
        assertEquals(-1 - 2, read(0x18, 0x10_6000));
        assertEquals(-1 - 2, read(0x18, 0x10_9fff));
        assertEquals(0x90_2000, read(0x18, 0x10_a000));
        assertEquals("with its permission", -1 - 2, model.translate(0x18, NO_PASID, 0x10_0000, Permissions.WRITE));
        assertEquals(0x90_3000, model.translate(0x18, NO_PASID, 0x10_b000, Permissions.WRITE));
        assertEquals("what is there of more than is there", 2 * PAGE, table.unmap(0x10_a000, 16 * PAGE));
        assertEquals(0, table.unmap(0x10_a000, 16 * PAGE));
        assertEquals(PAGE, table.unmap(0x10_2000, PAGE));
        assertEquals(0x50_1000, read(0x18, 0x10_1000));
        assertEquals(0x50_3000, read(0x18, 0x10_3000));
        assertEquals("and in nothing", 0, table.unmap(0x10_2000, PAGE));
    }

    /** RESV_MEM: the driver must not map a region of an endpoint, nor attach one whose region is mapped. */
    @Test
    public void reservedRegionsStayFree() {
        start();
        DomainTable table = table(1);
        driver.attach(FIRST, NO_PASID, table);
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x800_f000L, 0x8000, PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x7ff_f000L, 0x8000, 2 * PAGE, RW));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0xfee0_0000L, 0x8000, PAGE, RW));
        assertEquals(Outcome.OK, table.map(0x801_0000L, 0x8000, PAGE, RW));
        assertEquals(Outcome.OK, table.map(0x7ff_f000L, 0x8000, PAGE, RW));
        DomainTable other = table(2);
        driver.attach(SECOND, NO_PASID, other);
        assertEquals("none of this endpoint's", Outcome.OK, other.map(0x800_f000L, 0x8000, PAGE, RW));
        refused(Reason.CONFLICT, () -> driver.attach(FIRST, NO_PASID, other));
        assertEquals("where it was", 0x8000, read(0x18, 0x801_0000L));
        other.unmap(0x800_f000L, PAGE);
        driver.attach(FIRST, NO_PASID, other);
        assertEquals(-1 - 2, read(0x18, 0x801_0000L));
    }

    /** The device forgets a domain with its last endpoint; the driver asks again for everything, more than the ring has room for. */
    @Test
    public void mappingsComeBackWithTheNextAttach() {
        start();
        DomainTable table = table(1);
        for (int i = 0; i < 100; i++) {
            assertEquals(Outcome.OK, table.map(0x10_0000 + 2L * i * PAGE, 0x50_0000 + i * PAGE, PAGE, RW));
        }
        for (int round = 0; round < 2; round++) {
            driver.attach(FIRST, NO_PASID, table);
            driver.attach(SECOND, NO_PASID, table);
            for (int i = 0; i < 100; i++) {
                assertEquals(0x50_0000 + i * PAGE, read(0x18, 0x10_0000 + 2L * i * PAGE));
                assertEquals(0x50_0000 + i * PAGE, read(0x20, 0x10_0000 + 2L * i * PAGE));
            }
            driver.detach(FIRST, NO_PASID);
            assertEquals(-1 - 1, read(0x18, 0x10_0000));
            assertEquals("the other goes on", 0x50_0000, read(0x20, 0x10_0000));
            driver.detach(SECOND, NO_PASID);
            assertEquals(-1 - 1, read(0x20, 0x10_0000));
        }
    }

    @Test
    public void whatTheUnitDoesNotHaveIsRefused() {
        start();
        DomainTable table = table(1);
        refused(Reason.UNSUPPORTED, () -> driver.attach(FIRST, 5, table));
        refused(Reason.UNSUPPORTED, () -> driver.detach(FIRST, 5));
        refused(Reason.UNKNOWN_DEVICE, () -> driver.attach(DeviceId.parse("0000:03:00.0"), NO_PASID, table));
        refused(Reason.UNKNOWN_DEVICE, () -> driver.attach(DeviceId.stream(0x99), NO_PASID, table));
        DomainTable foreign = new DriverRulesTest().start().table(1);
        assertThrows(IllegalArgumentException.class, () -> driver.attach(FIRST, NO_PASID, foreign));
        drive(ConfigSpace.BYPASS_CONFIG.put(1));
        driver.start();
        refused(Reason.UNSUPPORTED, () -> driver.attachPassThrough(FIRST));
        drive(0);
        refused(Reason.IO, () -> driver.attachPassThrough(FIRST));
        refused(Reason.IO, () -> driver.drainFaults(f -> { }));
        refused(Reason.IO, () -> driver.invalidate(table, 0, 1));
        drive(ConfigSpace.MAP_UNMAP.put(1));
        refused(Reason.UNSUPPORTED, () -> driver.start());
        assertEquals("reset again", 0, model.registers().read32(0x70));
        drive(ConfigSpace.VERSION_1.put(1));
        refused(Reason.UNSUPPORTED, () -> driver.start());
    }

    /** From attached to passing and back, and stopping leaves nothing attached. */
    @Test
    public void endpointsMoveBetweenTheirStates() {
        start();
        DomainTable table = table(1);
        table.map(0x1000, 0x8000, PAGE, RW);
        driver.attachPassThrough(FIRST);
        assertEquals(VirtioModel.PASS_THROUGH, read(0x18, 0x1000));
        driver.attach(FIRST, NO_PASID, table);
        assertEquals(0x8000, read(0x18, 0x1000));
        driver.attach(FIRST, NO_PASID, table);
        driver.attachPassThrough(FIRST);
        assertEquals(VirtioModel.PASS_THROUGH, read(0x18, 0x1000));
        table.release();
        DomainTable again = table(1);
        driver.attach(FIRST, NO_PASID, again);
        driver.stop();
        assertEquals("blocked", -1 - 1, read(0x18, 0x1000));
        again.release();
        driver.start();
        driver.detach(FIRST, NO_PASID);
        assertEquals(-1 - 1, read(0x18, 0x1000));
    }

    @Test
    public void faultsAreToldWithAllThatTheDeviceWrote() {
        start();
        DomainTable table = table(1);
        driver.attach(FIRST, NO_PASID, table);
        table.map(0x1000, 0x8000, PAGE, Permissions.READ);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 50; i++) {
                model.translate(0x18, NO_PASID, 0x1000 + i, Permissions.WRITE);
            }
            read(0x20, 0x7000);
            List<FaultRecord> faults = new ArrayList<>();
            driver.drainFaults(faults::add);
            assertEquals(51, faults.size());
            for (int i = 0; i < 50; i++) {
                FaultRecord fault = faults.get(i);
                assertEquals(i, fault.index());
                assertEquals(0x1000 + i, fault.iova());
                assertEquals("w", fault.access());
                assertEquals("MAPPING", fault.fault().name());
                assertEquals(FIRST, fault.device());
                assertEquals(NO_PASID, fault.pasid());
            }
            FaultRecord last = faults.get(50);
            assertEquals("DOMAIN", last.fault().name());
            assertEquals("r", last.access());
            assertEquals(0x7000, last.iova());
            assertSame(SECOND.kind(), last.device().kind());
            assertEquals(0x20, last.device().value());
            driver.drainFaults(f -> {
                throw new AssertionError("told twice: " + f);
            });
        }
    }

    /** RIV-08: the MMIO flag of MAP, where the device has it. */
    @Test
    public void deviceMemoryIsAskedForAsSuch() {
        start();
        DomainTable table = table(1);
        driver.attach(SECOND, NO_PASID, table);
        assertEquals(Outcome.OK, table.map(0x1000, 0x8000, PAGE, RW | Permissions.MMIO));
        assertEquals(0x8000, read(0x20, 0x1000));
        assertEquals(Outcome.OK, table.map(0x2000, 0x9000, PAGE, RW));
        List<String> types = new ArrayList<>();
        model.inspector().orElseThrow().context(SECOND, NO_PASID).table().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                types.add(Hex.of(iova) + " " + memoryType);
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("a device knows what it keeps");
            }
        });
        assertEquals(List.of("0x1000 mmio", "0x2000 "), types);
    }

    /** A device that has no flag for it may stand before a unit that needs to know. */
    @Test
    public void deviceMemoryIsNotMappedWhereItCannotBeAskedFor() {
        drive(ConfigSpace.MMIO.put(1));
        driver.start();
        DomainTable table = table(1);
        driver.attach(SECOND, NO_PASID, table);
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(0x1000, 0x8000, PAGE, RW | Permissions.MMIO));
        assertEquals(Outcome.OK, table.map(0x1000, 0x8000, PAGE, RW));
        assertTrue(driver.capabilities().features().contains(Feature.NO_DEVICE_MEMORY));
        drive(0);
        assertFalse(driver.capabilities().features().contains(Feature.NO_DEVICE_MEMORY));
    }

    /** All memory of the driver lies in its range; too little is said before anything runs. */
    @Test
    public void queuesNeedRoom() {
        drive(0);
        UnitContext live = new UnitContext(rig.unit().machine(), rig.unit().unit(), rig.memory, model.registers());
        VirtioDriver cramped = new VirtioDriver(live, AddressRange.ofSize(0x10_0000, 0x2000));
        IommuException e = assertThrows(IommuException.class, cramped::start);
        assertEquals(Reason.LIMIT, e.reason());
        assertEquals(0, model.registers().read32(0x70));
        VirtioDriver outside = new VirtioDriver(live, AddressRange.ofSize(0x4000_0000, 0x8_0000));
        assertEquals(Reason.LIMIT, assertThrows(IommuException.class, outside::start).reason());
    }
}
