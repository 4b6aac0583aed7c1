// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting.Route;
import org.sluice.api.Permissions;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** What the shared suites do not ask of the driver: substreams, dirty state, device memory, what the unit is and refuses. */
public class SubstreamDriverTest {
    private static final long PAGE = 4096;
    private static final long IOVA = 0x1234_5000L;
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final int SID = 0x18;
    private static final int NONE = TranslationRequest.NO_PASID;
    private static final long BLOCKED = -1;

    private final PhysicalMemory memory = MadeUpMachine.memory();
    private UnitModel model;
    private UnitDriver driver;
    private Inspector inspector;

    private void start(int idr0, int idr1, int idr3) {
        MachineDescription machine = MadeUpMachine.machine();
        Map<Integer, Integer> reset = MadeUpMachine.reset(idr0, idr1, idr3, MadeUpMachine.IDR5);
        model = new Smmuv3Backend("test").model(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("reset", reset))).orElseThrow();
        UnitContext live = new UnitContext(machine, machine.units().get(0), memory, model.registers());
        driver = new Smmuv3Backend("test").driver(live, MadeUpMachine.tables()).orElseThrow();
        inspector = new Smmuv3Backend("test").inspector(live).orElseThrow();
        driver.start();
    }

    /** QEMU's unit with 16-bit SubstreamIDs, two-level tables of context descriptors, and dirty state. */
    private void full() {
        start(MadeUpMachine.IDR0 | MadeUpMachine.HTTU | 1 << 19, MadeUpMachine.IDR1 | 16 << 6, MadeUpMachine.IDR3);
    }

    private DomainTable table(int domain) {
        return driver.createTable(new DomainSpec(domain, 48, -1L));
    }

    private DomainTable table(int domain, long output) {
        DomainTable table = table(domain);
        assertEquals(Outcome.OK, table.map(IOVA, output, PAGE, Permissions.READ_WRITE));
        return table;
    }

    private long read(int pasid) {
        return translate(pasid, IOVA, Permissions.READ);
    }

    private long translate(int pasid, long iova, int permission) {
        long answer = model.translate(SID, pasid, iova, permission);
        return answer == UnitModel.PASS_THROUGH ? iova : Math.max(BLOCKED, answer);
    }

    @Test
    public void capabilitiesAreThoseOfTheRegisters() {
        full();
        assertEquals(16, driver.capabilities().pasidBits());
        assertEquals(new AddressRange(0, (1L << 48) - 1), driver.capabilities().aperture());
        assertEquals(44, driver.capabilities().outputBits());
        assertEquals(1L << 12 | 1L << 21 | 1L << 30, driver.capabilities().pageSizes());
        assertTrue(driver.capabilities().features().contains(Feature.DIRTY_TRACKING));
        assertEquals(Route.TRANSLATED, driver.capabilities().messages().route());
        assertEquals(new AddressRange(0x0800_0000L, 0x080f_ffffL), driver.capabilities().messages().window());
        assertEquals("the ITS isolates, not the unit", false, driver.capabilities().messages().isolated());
        start(MadeUpMachine.IDR0, MadeUpMachine.IDR1 | 16 << 6, 0);
        assertEquals("linear tables of context descriptors", 10, driver.capabilities().pasidBits());
        assertEquals("without IDR3.BBML a page cannot be split in place", 1L << 12, driver.capabilities().pageSizes());
        assertEquals(false, driver.capabilities().features().contains(Feature.DIRTY_TRACKING));
        start(MadeUpMachine.IDR0 & ~2, MadeUpMachine.IDR1 | 16 << 6, 0);
        assertEquals("stage 2 has none", 0, driver.capabilities().pasidBits());
        assertEquals(new AddressRange(0, (1L << 44) - 1), driver.capabilities().aperture());
        assertTrue(driver.capabilities().permissions().contains(Permissions.WRITE));
    }

    @Test
    public void everyPasidHasItsOwnTable() {
        for (int form : new int[] {1 << 19, 0}) {
            start(MadeUpMachine.IDR0 | form, MadeUpMachine.IDR1 | 16 << 6, MadeUpMachine.IDR3);
            int[] pasids = {1, 63, 64, 1023};
            for (int i = 0; i < pasids.length; i++) {
                driver.attach(NIC, pasids[i], table(10 + i, 0x4000_0000L + i * PAGE));
            }
            assertEquals("without PASID nothing is attached", BLOCKED, read(NONE));
            driver.attach(NIC, NONE, table(5, 0x5000_0000L));
            assertEquals(0x5000_0000L, read(NONE));
            for (int i = 0; i < pasids.length; i++) {
                assertEquals(0x4000_0000L + i * PAGE, read(pasids[i]));
            }
            assertEquals(BLOCKED, read(2));
            assertEquals("PASID 0 is that of requests without one", BLOCKED, read(0));
            driver.attach(NIC, 63, table(20, 0x6000_0000L));
            assertEquals("replaced", 0x6000_0000L, read(63));
            driver.detach(NIC, 64);
            assertEquals(BLOCKED, read(64));
            driver.detach(NIC, NONE);
            assertEquals(BLOCKED, read(NONE));
            assertEquals(0x4000_0000L, read(1));
            driver.attachPassThrough(NIC);
            assertEquals("past stage 1", IOVA, read(NONE));
            assertEquals(0x4000_0000L, read(1));
            driver.attach(NIC, NONE, table(6, 0x7000_0000L));
            assertEquals(0x7000_0000L, read(NONE));
            for (int pasid : new int[] {1, 63, 64, 1023}) {
                driver.detach(NIC, pasid);
                assertEquals(BLOCKED, read(pasid));
            }
            assertEquals("the last one gone", 0x7000_0000L, read(NONE));
        }
    }

    /** Tables of context descriptors are freed: this would run out of memory or leave one behind otherwise. */
    @Test
    public void pasidsComeAndGo() {
        full();
        DomainTable one = table(1, 0x4000_0000L);
        DomainTable two = table(2, 0x5000_0000L);
        for (int i = 0; i < 5000; i++) {
            driver.attach(NIC, 1 + i % 0xffff, i % 2 == 0 ? one : two);
            driver.detach(NIC, 1 + i % 0xffff);
        }
        driver.attach(NIC, 9, one);
        driver.stop();
        driver.start();
        assertEquals(BLOCKED, read(9));
        driver.attach(NIC, 9, two);
        assertEquals(0x5000_0000L, read(9));
    }

    @Test
    public void whatTheUnitCannotDoIsRefused() {
        full();
        DomainTable table = table(1);
        assertEquals(Reason.LIMIT, assertThrows(IommuException.class, () -> driver.attach(NIC, 0, table)).reason());
        assertEquals(Reason.LIMIT, assertThrows(IommuException.class, () -> driver.attach(NIC, 1 << 16, table)).reason());
        assertEquals(Reason.UNKNOWN_DEVICE,
                assertThrows(IommuException.class, () -> driver.attach(DeviceId.parse("0000:07:00.0"), NONE, table)).reason());
        assertEquals(Reason.LIMIT, assertThrows(IommuException.class, () -> table(0x1_0000)).reason());
        assertEquals(Reason.UNSUPPORTED,
                assertThrows(IommuException.class, () -> driver.createTable(new DomainSpec(1, 52, -1L))).reason());
        assertEquals(Reason.UNSUPPORTED,
                assertThrows(IommuException.class, () -> driver.createTable(new DomainSpec(1, 48, 1L << 21))).reason());
        start(MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
        assertEquals(Reason.UNSUPPORTED, assertThrows(IommuException.class, () -> driver.attach(NIC, 1, table(2))).reason());
        assertThrows(IommuException.class, () -> start(MadeUpMachine.IDR0 & ~3, MadeUpMachine.IDR1, MadeUpMachine.IDR3));
    }

    private List<String> mappings(DomainTable table) {
        List<String> list = new ArrayList<>();
        table.view().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                return list.add(Long.toHexString(iova) + " " + Permissions.text(permissions) + " " + memoryType);
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("unknown table");
            }
        });
        return list;
    }

    /** RIV-08. Leaves as Linux writes them, in its captures of both stages: 0x0060000000000e4b and ...687, rw 0xf47 and 0x7ff without execution. */
    @Test
    public void doorbellsAreDeviceMemory() {
        start(MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
        DomainTable first = table(1);
        assertEquals(Outcome.OK, first.map(0x0800_0000L, 0x0809_0000L, PAGE, Permissions.WRITE | Permissions.MMIO | Permissions.EXECUTE));
        assertEquals(Outcome.OK, first.map(IOVA, 0x4000_0000L, PAGE, Permissions.READ_WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, first.map(IOVA + PAGE, 0x4000_1000L, PAGE, Permissions.WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, first.map(IOVA + PAGE, 0x4000_1000L, PAGE, Permissions.MMIO));
        assertEquals(List.of("8000000 rw device-nGnRE", "12345000 rw write-back"), mappings(first));
        assertEquals(0x0060_0000_0000_0e4bL, leaf(first, 0x0800_0000L) & ~0xffff_ffff_f000L);
        assertEquals(0x0060_0000_0000_0f47L, leaf(first, IOVA) & ~0xffff_ffff_f000L);
        start(MadeUpMachine.IDR0 & ~2, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
        DomainTable second = driver.createTable(new DomainSpec(1, 44, -1L));
        assertEquals(Outcome.OK, second.map(0x0800_0000L, 0x0809_0000L, PAGE, Permissions.WRITE | Permissions.MMIO));
        assertEquals(Outcome.OK, second.map(IOVA, 0x4000_0000L, PAGE, Permissions.READ_WRITE));
        assertEquals(List.of("8000000 w device-nGnRE", "12345000 rw write-back"), mappings(second));
        assertEquals(0x0040_0000_0000_0687L, leaf(second, 0x0800_0000L) & ~0xffff_ffff_f000L);
        assertEquals(0x0040_0000_0000_07ffL, leaf(second, IOVA) & ~0xffff_ffff_f000L);
    }

    /** The leaf for an address, found by walking the four levels by hand. */
    private long leaf(DomainTable table, long iova) {
        long at = table.view().identity();
        for (int level = 0; ; level++) {
            long entry = memory.readLong(at + ((iova >>> 39 - 9 * level & 0x1ff) << 3));
            if (level == 3) {
                return entry;
            }
            at = entry & 0xffff_ffff_f000L;
        }
    }

    private List<Long> dirty(DomainTable table, boolean clear) {
        List<Long> pages = new ArrayList<>();
        table.dirty(0, -1L, clear, (iova, size) -> pages.add(iova));
        driver.invalidate(table, 0, (1L << 44) - 1);
        return pages;
    }

    @Test
    public void writesAreRecordedWhileThatIsSwitchedOn() {
        for (int stages : new int[] {MadeUpMachine.IDR0, MadeUpMachine.IDR0 & ~2}) {
            start(stages | MadeUpMachine.HTTU, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
            DomainTable table = driver.createTable(new DomainSpec(1, 44, -1L));
            assertEquals(Outcome.OK, table.map(IOVA, 0x4000_0000L, 8 * PAGE, Permissions.READ_WRITE));
            assertEquals(Outcome.OK, table.map(IOVA + 8 * PAGE, 0x4100_0000L, PAGE, Permissions.READ));
            driver.attach(NIC, NONE, table);
            translate(NONE, IOVA, Permissions.WRITE);
            assertEquals("off: nothing is recorded", List.of(), dirty(table, false));
            assertTrue(table.trackDirty(true));
            driver.invalidate(table, 0, (1L << 44) - 1);
            assertEquals("nor since then", List.of(), dirty(table, false));
            assertEquals(0x4000_1004L, translate(NONE, IOVA + PAGE + 4, Permissions.WRITE));
            assertEquals(0x4000_2000L, translate(NONE, IOVA + 2 * PAGE, Permissions.READ));
            assertEquals(BLOCKED, translate(NONE, IOVA + 8 * PAGE, Permissions.WRITE));
            assertEquals(List.of(IOVA + PAGE), dirty(table, false));
            assertEquals(List.of(IOVA + PAGE), dirty(table, true));
            assertEquals("cleared", List.of(), dirty(table, false));
            assertEquals(0x4000_1000L, translate(NONE, IOVA + PAGE, Permissions.WRITE));
            assertEquals("and again", List.of(IOVA + PAGE), dirty(table, false));
            assertTrue(table.trackDirty(false));
            driver.invalidate(table, 0, (1L << 44) - 1);
            assertEquals(0x4000_3000L, translate(NONE, IOVA + 3 * PAGE, Permissions.WRITE));
            assertEquals("what was recorded stays, what comes is not", List.of(IOVA + PAGE), dirty(table, true));
            assertEquals(Outcome.OK, table.map(IOVA + 9 * PAGE, 0x4200_0000L, PAGE, Permissions.READ_WRITE));
            translate(NONE, IOVA + 9 * PAGE, Permissions.WRITE);
            assertTrue(table.trackDirty(true));
            driver.invalidate(table, 0, (1L << 44) - 1);
            assertEquals(List.of(), dirty(table, false));
            translate(NONE, IOVA + 9 * PAGE, Permissions.WRITE);
            assertEquals(List.of(IOVA + 9 * PAGE), dirty(table, false));
            assertEquals("pages tell their permissions whatever their state", "rw", mappings(table).get(0).split(" ")[1]);
        }
    }

    @Test
    public void withoutDirtyStateThereIsNoTracking() {
        start(MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
        DomainTable table = table(1, 0x4000_0000L);
        driver.attach(NIC, NONE, table);
        assertEquals(false, table.trackDirty(true));
        translate(NONE, IOVA, Permissions.WRITE);
        assertEquals(List.of(), dirty(table, false));
    }

    /** What the driver writes an inspector that never met it reads back, and finds nothing wrong. */
    @Test
    public void theInspectorReadsWhatTheDriverWrote() {
        full();
        driver.attach(NIC, NONE, table(5, 0x4000_0000L));
        driver.attach(NIC, 70, table(6, 0x4001_0000L));
        List<String> contexts = new ArrayList<>();
        inspector = new Smmuv3Backend("test").inspector(new UnitContext(MadeUpMachine.machine(), MadeUpMachine.machine().units().get(0), memory,
                model.registers())).orElseThrow();
        inspector.contexts(c -> contexts.add(c.device() + "/" + c.pasid() + " " + c.state() + " " + c.domain()));
        assertTrue(contexts.toString(), contexts.contains("0000:00:03.0/-1 TRANSLATED 5") && contexts.contains("0000:00:03.0/70 TRANSLATED 6"));
        List<String> defects = new ArrayList<>();
        inspector.verify(null, new org.sluice.spi.DefectSink() {
            @Override
            public void defect(org.sluice.api.Defect defect) {
                defects.add(defect.defect() + " " + defect.rule());
            }

            @Override
            public void unknown(long address) {
                defects.add("unknown " + address);
            }

            @Override
            public void looked(long entries) {
            }
        });
        assertEquals(List.of(), defects);
        for (RegisterValue value : inspector.registers()) {
            assertTrue(value.name(), !value.words().isEmpty());
        }
    }

    /** A unit that another driver has left running: this one's stop needs no start before. */
    @Test
    public void aUnitThatSomebodyElseStartedIsStopped() {
        full();
        driver.attachPassThrough(NIC);
        assertEquals(IOVA, read(NONE));
        MachineDescription machine = MadeUpMachine.machine();
        AddressRange other = AddressRange.ofSize(MadeUpMachine.tables().start() - (8 << 20), 8 << 20);
        UnitDriver second = new Smmuv3Backend("test").driver(new UnitContext(machine, machine.units().get(0), memory, model.registers()), other).orElseThrow();
        second.stop();
        assertEquals(BLOCKED, read(NONE));
        assertEquals("off, and aborting", 0, model.registers().read32(0x20));
        second.stop();
        second.start();
        assertEquals(BLOCKED, read(NONE));
        second.attachPassThrough(NIC);
        assertEquals(IOVA, read(NONE));
    }

    /** A port that says of a unit with stage 2 only that it has stage 1 too, so that commands of that stage are refused. */
    private record Boasting(RegisterPort registers) implements RegisterPort {
        @Override
        public boolean isKnown(int offset, int bytes) {
            return registers.isKnown(offset, bytes);
        }

        @Override
        public int read32(int offset) {
            return registers.read32(offset) | (offset == 0 ? 2 : 0);
        }

        @Override
        public void write32(int offset, int value) {
            registers.write32(offset, value);
        }
    }

    /** The driver tells so, and the queue goes on. */
    @Test
    public void aRefusedCommandIsToldAndReplaced() {
        start(MadeUpMachine.IDR0 & ~2, MadeUpMachine.IDR1, MadeUpMachine.IDR3);
        MachineDescription machine = MadeUpMachine.machine();
        driver = new Smmuv3Backend("test").driver(new UnitContext(machine, machine.units().get(0), memory, new Boasting(model.registers())),
                MadeUpMachine.tables()).orElseThrow();
        driver.start();
        DomainTable table = table(5, 0x5000_0000L);
        for (int i = 0; i < 300; i++) {
            IommuException refused = assertThrows(IommuException.class, () -> driver.invalidate(table, IOVA, IOVA));
            assertEquals(Reason.IO, refused.reason());
            assertEquals("unit smmuv3-0 refused the command TLBI_NH_VA: CERROR_ILL", refused.getMessage());
            assertEquals("no error is left", model.registers().read32(0x60), model.registers().read32(0x64));
            assertEquals("nothing waits", model.registers().read32(0x98), model.registers().read32(0x9c) & 0xf_ffff);
        }
        driver.attachPassThrough(NIC);
        assertEquals(IOVA, read(NONE));
    }

    /** Of many invalidations the ranges are few commands; the unit forgets just what they say. */
    @Test
    public void rangesOfAnySizeAreForgotten() {
        for (int idr3 : new int[] {MadeUpMachine.IDR3, 0}) {
            start(MadeUpMachine.IDR0, MadeUpMachine.IDR1, idr3);
            DomainTable table = table(1);
            driver.attach(NIC, NONE, table);
            for (long pages : new long[] {1, 2, 3, 31, 33, 63, 64, 65, 100, 513, 4097}) {
                assertEquals(Outcome.OK, table.map(IOVA, 0x4000_0000L, pages * PAGE, Permissions.READ));
                driver.invalidate(table, IOVA, IOVA + pages * PAGE - 1);
                for (long page : new long[] {0, pages / 2, pages - 1}) {
                    assertEquals(0x4000_0000L + page * PAGE, translate(NONE, IOVA + page * PAGE, Permissions.READ));
                }
                assertEquals(pages * PAGE, table.unmap(IOVA, pages * PAGE));
                driver.invalidate(table, IOVA, IOVA + pages * PAGE - 1);
                for (long page : new long[] {0, pages / 2, pages - 1}) {
                    assertEquals(pages + " pages", BLOCKED, translate(NONE, IOVA + page * PAGE, Permissions.READ));
                }
            }
            driver.invalidate(table, 0, -1L);
        }
    }

    @Test
    public void faultsNameTheirPasidAndAccess() {
        full();
        driver.attach(NIC, 70, table(6, 0x6000_0000L));
        driver.drainFaults(f -> { });
        translate(70, IOVA + PAGE, Permissions.WRITE);
        translate(71, IOVA, Permissions.READ);
        List<FaultRecord> faults = new ArrayList<>();
        driver.drainFaults(faults::add);
        assertEquals(2, faults.size());
        assertEquals(NIC, faults.get(0).device());
        assertEquals(70, faults.get(0).pasid());
        assertEquals("w", faults.get(0).access());
        assertEquals(IOVA + PAGE, faults.get(0).iova());
        assertEquals("F_TRANSLATION", faults.get(0).fault().name());
        assertEquals("C_BAD_CD", faults.get(1).fault().name());
    }
}
