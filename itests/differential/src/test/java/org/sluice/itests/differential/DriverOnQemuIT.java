// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.tool.vectors.qemu.EduDevice;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;

/**
 * Our drivers with QEMU as the hardware: what they map a device reaches, and nothing else. The truth is a list of pages; no model of
 * ours takes part.
 */
public class DriverOnQemuIT {
    private static final int ROUNDS = 120;
    private static final int PROBES = 4;
    private static final long PAGE = 4096;
    private static final int PAGES = 1024;
    private static final int TABLES = 0x10_0000;
    private static final int TABLES_END = 0x70_0000;
    private static final int SCRATCH = 0x70_0000;
    private static final int DATA = 0x80_0000;
    private static final int MARK = 0x5eed_0000;
    private static final long SEED = Long.getLong("sluice.seed", 20_260_101L);

    private final Random random = new Random(SEED);
    private final TreeMap<Long, long[]> truth = new TreeMap<>();
    private QemuMachine qemu;
    private PhysicalMemory memory;
    private long start;
    private UnitDriver driver;
    private DomainTable table;
    private long base;
    private int recorded;

    @Test
    public void vtdDriverOnAForeignUnit() {
        run(UnitKind.VTD);
        assertTrue("faults were recorded", recorded > 0);
    }

    @Test
    public void vtdDriverInScalableModeOnAForeignUnit() {
        run(UnitKind.VTD_SCALABLE);
        assertTrue("faults were recorded", recorded > 0);
    }

    @Test
    public void amdViDriverOnAForeignUnit() {
        // This unit records nothing: amdvi-no-events.
        run(UnitKind.AMDVI);
    }

    @Test
    public void smmuDriverOnAForeignUnit() {
        run(UnitKind.SMMUV3);
        assertTrue("faults were recorded", recorded > 0);
    }

    private void run(UnitKind kind) {
        DifferentialIT.requireQemu(kind.binary());
        try (QemuMachine machine = QemuMachine.start(kind, kind.binary())) {
            qemu = machine;
            memory = machine.memory();
            start = kind.ram().start();
            loadMarks();
            MachineDescription description = OurUnit.machine(kind);
            UnitContext unit = new UnitContext(description, description.units().get(0), memory, machine.registers());
            driver = Session.backend(kind).driver(unit, new AddressRange(start + TABLES, start + TABLES_END - 1)).orElseThrow();
            driver.start();
            DeviceId device = description.devices().get(0).device();
            assertReaches(false, start + DATA, start + DATA);
            AddressRange aperture = driver.capabilities().aperture();
            table = driver.createTable(new DomainSpec(1, Long.SIZE - Long.numberOfLeadingZeros(aperture.last()), driver.capabilities().pageSizes()));
            driver.attach(device, TranslationRequest.NO_PASID, table);
            base = 0x1234_4000_0000L & aperture.last() >>> 1;
            map(base - PAGE, start + SCRATCH, 1, Permissions.READ_WRITE);
            for (int round = 0; round < ROUNDS; round++) {
                edit();
                probe();
            }
            driver.detach(device, TranslationRequest.NO_PASID);
            assertReaches(false, base - PAGE, start + SCRATCH);
            driver.stop();
        }
    }

    private void loadMarks() {
        for (int slot = 0; slot < EduDevice.SLOTS; slot++) {
            memory.writeInt(start + SCRATCH + slot * EduDevice.WORD, MARK | slot);
        }
        qemu.device().load(start + SCRATCH);
        for (int page = 0; page < PAGES; page++) {
            memory.writeInt(start + DATA + page * PAGE, MARK | 0x8000 | page);
        }
    }

    private void edit() {
        int first = random.nextInt(PAGES);
        int count = 1 + random.nextInt(Math.min(PAGES - first, random.nextInt(4) == 0 ? 600 : 8));
        if (random.nextInt(3) > 0) {
            int permissions = random.nextInt(3) == 0 ? Permissions.READ : Permissions.READ_WRITE;
            long output = start + DATA + random.nextInt(PAGES - count + 1) * PAGE;
            map(base + first * PAGE, output, count, permissions);
        } else {
            table.unmap(base + first * PAGE, count * PAGE);
            driver.invalidate(table, base + first * PAGE, base + (first + count) * PAGE - 1);
            truth.subMap(base + first * PAGE, base + (first + count) * PAGE).clear();
        }
    }

    private void map(long iova, long output, int count, int permissions) {
        boolean free = truth.subMap(iova, iova + count * PAGE).isEmpty();
        assertEquals(free ? Outcome.OK : Outcome.EXISTS, table.map(iova, output, count * PAGE, permissions));
        driver.invalidate(table, iova, iova + count * PAGE - 1);
        for (int i = 0; free && i < count; i++) {
            truth.put(iova + i * PAGE, new long[] {output + i * PAGE, permissions});
        }
    }

    private void probe() {
        for (int i = 0; i < PROBES; i++) {
            List<Long> mapped = new ArrayList<>(truth.keySet());
            long page = random.nextBoolean() ? mapped.get(random.nextInt(mapped.size())) : base + random.nextInt(PAGES) * PAGE;
            if (page < base) {
                continue;
            }
            long[] entry = truth.get(page);
            long output = entry == null ? start + DATA : entry[0];
            assertReaches(entry != null && (entry[1] & Permissions.WRITE) != 0, page, output);
            assertReads(entry, page);
        }
        List<FaultRecord> faults = new ArrayList<>();
        driver.drainFaults(faults::add);
        recorded += faults.size();
    }

    /** Whether a write arrives at {@code output}. */
    private void assertReaches(boolean expected, long iova, long output) {
        int slot = random.nextInt(EduDevice.SLOTS);
        int before = memory.readInt(output);
        memory.writeInt(output, 0);
        qemu.device().write(iova, slot);
        assertEquals("seed " + SEED + " write to " + Long.toHexString(iova), expected ? MARK | slot : 0, memory.readInt(output));
        memory.writeInt(output, before);
    }

    /** What is read is the word that marks the page; what is not mapped gives no mark. */
    private void assertReads(long[] entry, long iova) {
        qemu.device().read(iova, 0);
        qemu.device().unload(base - PAGE);
        int word = memory.readInt(start + SCRATCH);
        if (entry != null) {
            assertEquals("seed " + SEED + " read from " + Long.toHexString(iova), memory.readInt(entry[0]), word);
        } else {
            assertTrue("seed " + SEED + " read from " + Long.toHexString(iova) + " gave " + Integer.toHexString(word), (word & 0xffff_8000) != (MARK | 0x8000));
        }
    }
}
