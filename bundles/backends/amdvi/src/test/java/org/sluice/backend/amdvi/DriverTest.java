// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.backend.amdvi.DriverRig.BLOCKED;
import static org.sluice.backend.amdvi.DriverRig.DISK;
import static org.sluice.backend.amdvi.DriverRig.NIC;
import static org.sluice.backend.amdvi.Rig.NO_PASID;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting.Route;
import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** What the driver does beside host tables: PASIDs, dirty pages, faults, limits; judged by the unit and by the inspector. */
public class DriverTest {
    private static final long PAGE = 4096;

    private final DriverRig rig = new DriverRig().start();

    private static void refused(Reason reason, Runnable what) {
        assertEquals(reason, assertThrows(IommuException.class, what::run).reason());
    }

    @Test
    public void capabilitiesAreThoseOfTheRegisters() {
        DriverRig fresh = new DriverRig();
        Capabilities before = fresh.driver.capabilities();
        assertEquals(Route.WINDOW, before.messages().route());
        assertEquals(new AddressRange(0xfee0_0000L, 0xfeef_ffffL), before.messages().window());
        assertFalse("nothing is enforced yet", before.messages().isolated());
        assertTrue(fresh.start().driver.capabilities().messages().isolated());
        assertEquals(20, before.pasidBits());
        assertEquals("5 levels of guest tables", (1L << 56) - 1, before.aperture().last());
        assertEquals(1L << 12 | 1L << 21 | 1L << 30, before.pageSizes());
        assertTrue(before.features().contains(Feature.DIRTY_TRACKING));
        // No GT, 4 levels, no HD.
        Capabilities less = new DriverRig(1 << 4 | 3 << 10 | 1L << 52, List.of(), r -> r).driver.capabilities();
        assertEquals(0, less.pasidBits());
        assertEquals(0xffff_ffff_ffffL, less.aperture().last());
        assertFalse(less.features().contains(Feature.DIRTY_TRACKING));
    }

    @Test
    public void whatTheDriverWroteHasNoDefects() {
        DomainTable table = rig.table(7);
        assertEquals(Outcome.OK, rig.map(table, 0x4000_0000, 0x20_0000, 3 << 20, Permissions.READ_WRITE));
        rig.driver.attach(NIC, NO_PASID, table);
        rig.driver.attach(NIC, 5, table);
        rig.driver.attachPassThrough(DISK);
        rig.driver.interrupts().orElseThrow().enable(NIC, 0, 0x41, 3);
        assertEquals(List.of(), rig.defects());
        List<RequesterContext> contexts = new ArrayList<>();
        rig.inspector().contexts(contexts::add);
        assertEquals(List.of("0000:00:03.0 -1 TRANSLATED guest", "0000:00:03.0 0 TRANSLATED guest", "0000:00:03.0 5 TRANSLATED guest",
                "0000:01:04.0 -1 PASS_THROUGH pass-through"), contexts.stream().map(c -> c.device() + " " + c.pasid() + " " + c.state() + " "
                + c.tableKind()).toList());
    }

    @Test
    public void pasidsHaveTablesOfTheirOwn() {
        DomainTable first = rig.table(1);
        DomainTable second = rig.table(2);
        rig.map(first, 0x1000, 0x11_1000, PAGE, Permissions.READ_WRITE);
        rig.driver.attach(NIC, NO_PASID, first);
        assertEquals(BLOCKED, rig.read(NIC, 5, 0x1000));
        rig.driver.attach(NIC, 5, second);
        assertEquals("as before, by the guest table now", 0x11_1008, rig.read(NIC, NO_PASID, 0x1008));
        assertEquals(BLOCKED, rig.read(NIC, 5, 0x1000));
        assertEquals(Outcome.OK, rig.map(second, 0x1000, 0x22_2000, PAGE, Permissions.READ));
        assertEquals(0x22_2008, rig.read(NIC, 5, 0x1008));
        assertEquals(BLOCKED, rig.access(NIC, 5, 0x1008, Permissions.WRITE));
        assertEquals(BLOCKED, rig.read(NIC, 6, 0x1000));
        assertEquals(BLOCKED, rig.read(DISK, 5, 0x1000));
        rig.unmap(first, 0x1000, PAGE);
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, 0x1000));
        rig.driver.attach(NIC, 5, first);
        assertEquals("replaced", BLOCKED, rig.read(NIC, 5, 0x1000));
        rig.map(first, 0x1000, 0x33_3000, PAGE, Permissions.READ_WRITE);
        assertEquals(0x33_3000, rig.read(NIC, 5, 0x1000));
        assertEquals(0x33_3000, rig.read(NIC, NO_PASID, 0x1000));
        rig.driver.detach(NIC, NO_PASID);
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, 0x1000));
        assertEquals(0x33_3000, rig.read(NIC, 5, 0x1000));
        rig.driver.detach(NIC, 5);
        assertEquals(BLOCKED, rig.read(NIC, 5, 0x1000));
        assertEquals(List.of(), rig.defects());
    }

    /** Two tables hold what a requester with PASIDs reaches; what is mapped many at a time has to be in both, or in neither. */
    @Test
    public void manyMappingsAtOnceAreInTheTablesOfBothKinds() {
        DomainTable table = rig.table(1);
        rig.driver.attach(NIC, 5, table);
        rig.driver.attach(DISK, NO_PASID, table);
        long[] iovas = {0x1000, 0x2000, 0x20_0000, 0x40_0000, 0};
        long[] outputs = {0x11_1000, 0x22_2000, 0x60_0000, 0x33_3000, 0};
        long[] sizes = {PAGE, PAGE, 2 << 20, PAGE, PAGE};
        assertEquals("guest tables cannot say write-only", 0, table.mapEach(iovas, outputs, sizes, 4, Permissions.WRITE));
        assertEquals(Outcome.OK, rig.map(table, 0x40_0000, 0x44_4000, PAGE, Permissions.READ));
        assertEquals("the fourth is there", 3, table.mapEach(iovas, outputs, sizes, 4, Permissions.READ_WRITE));
        rig.driver.invalidate(table, 0, 0x3f_ffff);
        for (int i = 0; i < 3; i++) {
            assertEquals(outputs[i] + 8, rig.read(NIC, 5, iovas[i] + 8));
            assertEquals(outputs[i] + 8, rig.access(DISK, NO_PASID, iovas[i] + 8, Permissions.WRITE));
        }
        assertEquals("beyond the count", BLOCKED, rig.read(NIC, 5, 0));
        assertEquals(0x44_4000, rig.read(NIC, 5, 0x40_0000));
        assertEquals(List.of(), rig.defects());
    }

    @Test
    public void guestTablesAndInterruptTablesAreGivenBack() {
        long before = rig.driver.memoryInUse();
        for (int round = 0; round < 3; round++) {
            DomainTable table = rig.table(1);
            rig.map(table, 0x1000, 0x11_1000, PAGE, Permissions.READ_WRITE);
            rig.driver.attach(NIC, 5, table);
            assertEquals(0x11_1000, rig.read(NIC, 5, 0x1000));
            rig.driver.interrupts().orElseThrow().enable(NIC, 0, 0x41, 3);
            assertTrue(rig.driver.memoryInUse() > before);
            rig.driver.detach(NIC, 5);
            rig.driver.stop();
            rig.driver.start();
            table.release();
            assertEquals("round " + round, before, rig.driver.memoryInUse());
        }
    }

    @Test
    public void theLastPasidLeavesAnOrdinaryRequester() {
        DomainTable table = rig.table(1);
        rig.map(table, 0x20_0000, 0x40_0000, 2 << 20, Permissions.READ_WRITE);
        rig.driver.attach(NIC, NO_PASID, table);
        rig.driver.attach(NIC, 9, table);
        rig.driver.detach(NIC, 9);
        assertEquals("host", rig.inspector().context(NIC, NO_PASID).tableKind());
        assertEquals(0x43_4567, rig.read(NIC, NO_PASID, 0x23_4567));
        assertEquals(BLOCKED, rig.read(NIC, 9, 0x23_4567));
    }

    @Test
    public void pasidsBesidePassThrough() {
        DomainTable table = rig.table(1);
        rig.map(table, 0x1000, 0x11_1000, PAGE, Permissions.READ_WRITE);
        rig.driver.attachPassThrough(NIC);
        assertEquals(BLOCKED, rig.read(NIC, 3, 0x1000));
        rig.driver.attach(NIC, 3, table);
        assertEquals(UnitModel.PASS_THROUGH, rig.read(NIC, NO_PASID, 0x5000));
        assertEquals(0x11_1000, rig.read(NIC, 3, 0x1000));
        assertEquals(BLOCKED, rig.read(NIC, 4, 0x1000));
        rig.driver.detach(NIC, NO_PASID);
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, 0x5000));
        rig.driver.attachPassThrough(NIC);
        assertEquals(UnitModel.PASS_THROUGH, rig.read(NIC, NO_PASID, 0x5000));
        assertEquals(0x11_1000, rig.read(NIC, 3, 0x1000));
    }

    @Test
    public void whatGuestTablesCannotSayIsRefused() {
        DomainTable writeOnly = rig.table(1);
        rig.map(writeOnly, 0x1000, 0x11_1000, PAGE, Permissions.WRITE);
        refused(Reason.UNSUPPORTED, () -> rig.driver.attach(NIC, 5, writeOnly));
        refused(Reason.UNSUPPORTED, () -> rig.driver.createTable(new DomainSpec(2, 57, -1L)));
        DomainTable table = rig.driver.createTable(new DomainSpec(3, 56, -1L));
        rig.driver.attach(NIC, 5, table);
        assertEquals(Outcome.NOT_EXPRESSIBLE, rig.map(table, 0x1000, 0x11_1000, PAGE, Permissions.WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, rig.map(table, (1L << 56) - PAGE, 0x11_1000, 2 * PAGE, Permissions.READ));
        refused(Reason.LIMIT, () -> rig.driver.attach(NIC, 0, table));
        refused(Reason.LIMIT, () -> rig.driver.attach(NIC, 1 << 20, table));
        assertFalse(table.trackDirty(true));
        DriverRig plain = new DriverRig(1 << 4, List.of(), r -> r).start();
        DomainTable host = plain.table(1);
        refused(Reason.UNSUPPORTED, () -> plain.driver.attach(NIC, 5, host));
    }

    @Test
    public void writtenPagesAreRecordedAndCleared() {
        DomainTable table = rig.table(1);
        rig.map(table, 0, 0x40_0000, 4 << 20, Permissions.READ_WRITE);
        rig.map(table, 0x4000_0000, 0x10_0000, 4 * PAGE, Permissions.READ_WRITE);
        rig.driver.attach(NIC, NO_PASID, table);
        rig.access(NIC, NO_PASID, 0x4000_0000, Permissions.WRITE);
        assertEquals("not recorded yet", List.of(), dirty(table, false));
        assertTrue(table.trackDirty(true));
        rig.driver.invalidate(table, 0, -1L);
        rig.driver.attach(DISK, NO_PASID, table);
        rig.access(NIC, NO_PASID, 0x4000_1000, Permissions.WRITE);
        rig.access(DISK, NO_PASID, 0x20_0123, Permissions.WRITE);
        rig.read(NIC, NO_PASID, 0x4000_2000);
        assertEquals(List.of("200000+200000", "40001000+1000"), dirty(table, false));
        assertEquals(List.of("200000+200000", "40001000+1000"), dirty(table, true));
        rig.driver.invalidate(table, 0, -1L);
        rig.access(NIC, NO_PASID, 0x4000_3000, Permissions.WRITE);
        assertEquals(List.of("40003000+1000"), dirty(table, true));
        assertTrue(table.trackDirty(false));
        rig.driver.invalidate(table, 0, -1L);
        rig.access(NIC, NO_PASID, 0x4000_3000, Permissions.WRITE);
        assertEquals(List.of(), dirty(table, false));
        refused(Reason.UNSUPPORTED, () -> {
            table.trackDirty(true);
            rig.driver.attach(NIC, 5, table);
        });
        DriverRig plain = new DriverRig(1L << 52, List.of(), r -> r).start();
        assertFalse(plain.table(1).trackDirty(true));
    }

    private static List<String> dirty(DomainTable table, boolean clear) {
        List<String> list = new ArrayList<>();
        table.dirty(0, -1L, clear, (iova, size) -> list.add(Long.toHexString(iova) + "+" + Long.toHexString(size)));
        return list;
    }

    @Test
    public void drainedFaultsNameDevicePasidAndCause() {
        rig.driver.attach(NIC, 5, rig.table(1));
        rig.access(NIC, 5, 0x1234_5678, Permissions.WRITE);
        rig.unit.interrupt(DISK.requesterId(), 0xfee0_0000L, 1);
        List<FaultRecord> faults = rig.faults();
        assertEquals(List.of(NIC, DISK), faults.stream().map(FaultRecord::device).toList());
        assertEquals(List.of("IO_PAGE_FAULT GN=1 PR=0 RW=1", "IO_PAGE_FAULT I=1 PR=0 RW=1"), faults.stream().map(f -> f.fault().name()).toList());
        assertEquals(5, faults.get(0).pasid());
        assertEquals(0x1234_5678, faults.get(0).iova());
        assertEquals(List.of(), rig.faults());
    }

    /** The span of a command is a power of two around the range: both ends of ranges of every size, aligned and not, are forgotten. */
    @Test
    public void everyRangeIsForgottenToItsEnds() {
        DriverRig rig = new DriverRig().start();
        DomainTable table = rig.table(3);
        rig.driver.attach(NIC, NO_PASID, table);
        for (int log2 = 12; log2 < 40; log2++) {
            for (long first : new long[] {1L << log2, (1L << log2) - 0x1000}) {
                long last = first + (1L << log2) - 0x1000;
                for (long page : new long[] {first, last}) {
                    rig.map(table, page, 0x40_0000, 0x1000, Permissions.READ_WRITE);
                    assertEquals(0x40_0123, rig.read(NIC, NO_PASID, page + 0x123));
                }
                table.unmap(first, 0x1000);
                table.unmap(last, 0x1000);
                rig.driver.invalidate(table, first, last + 0xfff);
                assertEquals(Hex.of(first), BLOCKED, rig.read(NIC, NO_PASID, first));
                assertEquals(Hex.of(last), BLOCKED, rig.read(NIC, NO_PASID, last));
            }
        }
    }

    @Test
    public void aUnitWithoutInvalidateAllIsDrivenTheLongWay() {
        DriverRig old = new DriverRig(1 << 6, List.of(), r -> r).start();
        DomainTable table = old.table(1);
        old.driver.attach(NIC, NO_PASID, table);
        old.map(table, 0x1000, 0x11_1000, PAGE, Permissions.READ);
        assertEquals(0x11_1000, old.read(NIC, NO_PASID, 0x1000));
        old.driver.stop();
        assertEquals(BLOCKED, old.read(NIC, NO_PASID, 0x1000));
    }

    @Test
    public void aStoppedUnitAndAnotherDriversUnitStayBlocked() {
        rig.driver.attachPassThrough(NIC);
        rig.driver.stop();
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, 0x5000));
        rig.driver.stop();
        rig.driver.start();
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, 0x5000));
        assertEquals(State.BLOCKED, rig.inspector().context(NIC, NO_PASID).state());
    }

    @Test
    public void tablesAndDevicesThatAreNotTheirsAreRefused() {
        refused(Reason.LIMIT, () -> rig.table(0));
        refused(Reason.LIMIT, () -> rig.table(0x8000));
        refused(Reason.UNSUPPORTED, () -> rig.driver.createTable(new DomainSpec(1, 48, 1L << 21)));
        refused(Reason.UNSUPPORTED, () -> new DriverRig(3 << 10, List.of(), r -> r).driver.createTable(new DomainSpec(1, 57, -1L)));
        refused(Reason.UNKNOWN_DEVICE, () -> rig.driver.attachPassThrough(DeviceId.parse("0001:00:05.0")));
    }

    /** Swallows what makes the unit go on: the driver gives up and says who did not do what. */
    @Test
    public void aUnitThatDoesNotAnswerIsAnError() {
        DriverRig deaf = new DriverRig(0, List.of(), registers -> new RegisterPort() {
            @Override
            public boolean isKnown(int offset, int bytes) {
                return registers.isKnown(offset, bytes);
            }

            @Override
            public int read32(int offset) {
                return registers.read32(offset);
            }

            @Override
            public void write32(int offset, int value) {
                if (offset != UnitRig.CMD_TAIL) {
                    registers.write32(offset, value);
                }
            }
        });
        IommuException failure = assertThrows(IommuException.class, deaf.driver::start);
        assertEquals(Reason.IO, failure.reason());
        assertTrue(failure.getMessage(), failure.getMessage().startsWith("unit ivhd0 did not complete an invalidation within"));
    }

    @Test
    public void aStoppedCommandBufferIsAnError() {
        DomainTable table = rig.table(1);
        rig.driver.attach(NIC, NO_PASID, table);
        long tail = rig.unit.registers().read64(UnitRig.CMD_TAIL);
        long base = rig.unit.registers().read64(UnitRig.CMD_BASE) & 0xf_ffff_ffff_f000L;
        rig.memory.writeLong(base + tail, 0);
        rig.unit.registers().write64(UnitRig.CMD_TAIL, tail + 16);
        IommuException failure = assertThrows(IommuException.class, () -> rig.driver.detach(NIC, NO_PASID));
        assertEquals(Reason.IO, failure.reason());
        assertEquals(List.of("ILLEGAL_COMMAND_ERROR"), rig.faults().stream().map(f -> f.fault().name()).toList());
        rig.driver.start();
        rig.driver.attach(NIC, NO_PASID, table);
        assertEquals(Outcome.OK, rig.map(table, 0x1000, 0x11_1000, PAGE, Permissions.READ));
        assertEquals(0x11_1000, rig.read(NIC, NO_PASID, 0x1000));
    }

    /** Whatever the unit did before: a start leaves nobody attached, no exclusion range, and tables that can be given back. */
    @Test
    public void aStartBeginsAnew() {
        DomainTable table = rig.table(1);
        rig.driver.attach(NIC, NO_PASID, table);
        rig.driver.attachPassThrough(DISK);
        assertEquals(Outcome.OK, rig.map(table, 0x1000, 0x11_1000, PAGE, Permissions.READ));
        assertEquals(0x11_1000, rig.read(NIC, NO_PASID, 0x1000));
        rig.unit.registers().write64(Rig.EXCL_LIMIT, 0x5_0000);
        rig.unit.registers().write64(Rig.EXCL_BASE, 0x4_0000 | 3);
        assertEquals("excluded for all", UnitModel.PASS_THROUGH, rig.read(NIC, NO_PASID, 0x4_0000));
        rig.driver.start();
        assertEquals(0, rig.unit.registers().read64(Rig.EXCL_BASE));
        for (long iova : new long[] {0x1000, 0x4_0000}) {
            assertEquals(BLOCKED, rig.read(NIC, NO_PASID, iova));
            assertEquals(BLOCKED, rig.read(DISK, NO_PASID, iova));
        }
        table.release();
        DomainTable other = rig.table(1);
        rig.driver.attach(NIC, NO_PASID, other);
        assertEquals("nothing of the table before", BLOCKED, rig.read(NIC, NO_PASID, 0x1000));
    }
}
