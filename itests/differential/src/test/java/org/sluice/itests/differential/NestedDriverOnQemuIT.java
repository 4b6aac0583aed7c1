// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

import org.junit.Assume;
import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.UserTable;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.testkit.nesting.UserTables;
import org.sluice.tool.vectors.qemu.EduDevice;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;

/**
 * The SMMUv3 driver lays tables of users over its own with QEMU as the hardware: what a device reaches is what user and parent map, however both
 * change and whichever user's table it is. The truth is two lists of pages; no model of ours takes part. Needs a QEMU from 9.1 on: the one in the
 * path, or {@code -Dsluice.qemu.nested=...}.
 */
public class NestedDriverOnQemuIT {
    private static final String BINARY = System.getProperty("sluice.qemu.nested", UnitKind.SMMUV3_NESTED.binary());
    private static final int ROUNDS = 400;
    private static final int PROBES = 6;
    private static final long PAGE = 4096;
    private static final int PAGES = 1024;
    private static final int TABLES = 0x10_0000;
    private static final int TABLES_END = 0x70_0000;
    private static final int SCRATCH = 0x70_0000;
    private static final int DATA = 0x80_0000;
    /** Of the user's memory, which begins at DATA: where the tables of both users lie. */
    private static final long[] USER_TABLES = {0x40_0000, 0x60_0000};
    private static final long USER_BYTES = 0x80_0000;
    private static final int MARK = 0x5eed_0000;
    private static final long USER = 0x1_0000_0000L;
    private static final long IOVA = 0x1234_4000_0000L;
    private static final int WINDOW = 64;
    private static final long SEED = Long.getLong("sluice.seed", 20_261_126L);

    private final Random random = new Random(SEED);
    private final UserTables[] users = new UserTables[2];
    private final UserTable[] anchors = new UserTable[2];
    private final List<TreeMap<Long, Long>> truths = List.of(new TreeMap<>(), new TreeMap<>());
    private final TreeSet<Long> unmapped = new TreeSet<>();
    private QemuMachine qemu;
    private PhysicalMemory memory;
    private long start;
    private UnitDriver driver;
    private NestingDriver nesting;
    private DomainTable parent;
    private DeviceId device;
    /** Whose table the device uses; -1 for the parent alone. */
    private int now;
    private int reached;

    @Test
    public void smmuDriverLaysTablesOfUsersOverItsOwn() {
        DifferentialIT.requireQemu(BINARY);
        Assume.assumeTrue(BINARY + " has no nested SMMUv3", QemuMachine.version(BINARY).compareTo(UnitKind.NESTED_FROM) >= 0);
        UnitKind kind = UnitKind.SMMUV3_NESTED;
        try (QemuMachine machine = QemuMachine.start(kind, BINARY)) {
            qemu = machine;
            memory = machine.memory();
            start = kind.ram().start();
            for (int slot = 0; slot < EduDevice.SLOTS; slot++) {
                memory.writeInt(start + SCRATCH + slot * EduDevice.WORD, MARK | slot);
            }
            qemu.device().load(start + SCRATCH);
            MachineDescription description = OurUnit.machine(kind);
            UnitContext unit = new UnitContext(description, description.units().get(0), memory, machine.registers());
            driver = Session.backend(kind).driver(unit, new AddressRange(start + TABLES, start + TABLES_END - 1)).orElseThrow();
            driver.start();
            device = description.devices().get(0).device();
            open();
            for (int round = 0; round < ROUNDS; round++) {
                edit();
                probe();
            }
            driver.detach(device, TranslationRequest.NO_PASID);
            assertReaches(false, IOVA, start + DATA);
            driver.stop();
            assertTrue("only " + reached + " writes arrived", reached > ROUNDS);
        }
    }

    private void open() {
        nesting = driver.nesting().orElseThrow();
        AddressRange aperture = nesting.parents().aperture();
        parent = nesting.createParent(new DomainSpec(1, Long.SIZE - Long.numberOfLeadingZeros(aperture.last()), nesting.parents().pageSizes()));
        assertEquals(Outcome.OK, parent.map(USER, start + DATA, USER_BYTES, Permissions.READ_WRITE));
        for (int i = 0; i < users.length; i++) {
            users[i] = UserTables.of("smmuv3", memory, address -> address - USER + start + DATA, USER + USER_TABLES[i]);
            anchors[i] = users[i].anchor();
        }
        nesting.attach(device, TranslationRequest.NO_PASID, parent, anchors[0]);
    }

    private void edit() {
        switch (random.nextInt(8)) {
            case 0 -> {
                now = 1 - Math.max(0, now);
                nesting.attach(device, TranslationRequest.NO_PASID, parent, anchors[now]);
            }
            case 1 -> {
                now = -1;
                driver.attach(device, TranslationRequest.NO_PASID, parent);
            }
            case 2, 3 -> changeParent();
            default -> changeUser(random.nextInt(users.length));
        }
    }

    /** A page that the user leads somewhere, if there is one; asked for before, so that the unit has cached it, and after. */
    private void changeParent() {
        List<Long> used = List.copyOf(now < 0 ? List.of() : truths.get(now).keySet());
        long iova = used.isEmpty() ? USER + random.nextInt(PAGES) * PAGE : used.get(random.nextInt(used.size()));
        long page = used.isEmpty() ? iova : truths.get(now).get(iova);
        if (now < 0 || !used.isEmpty()) {
            probe(iova);
        }
        if (unmapped.remove(page)) {
            assertEquals(Outcome.OK, parent.map(page, page - USER + start + DATA, PAGE, Permissions.READ_WRITE));
        } else {
            unmapped.add(page);
            assertEquals(PAGE, parent.unmap(page, PAGE));
            driver.invalidate(parent, page, page + PAGE - 1);
        }
        if (now < 0 || !used.isEmpty()) {
            probe(iova);
        }
    }

    private void changeUser(int user) {
        long iova = IOVA + random.nextInt(WINDOW) * PAGE;
        if (random.nextInt(4) == 0) {
            users[user].unmap(iova);
            truths.get(user).remove(iova);
        } else {
            long page = USER + random.nextInt(PAGES) * PAGE;
            users[user].map(iova, page, true);
            truths.get(user).put(iova, page);
        }
        assertEquals(1, nesting.invalidate(parent, anchors[user], random.nextBoolean() ? users[user].pages(iova) : users[user].everything()).done());
    }

    private void probe() {
        for (int i = 0; i < PROBES; i++) {
            probe(now < 0 ? USER + random.nextInt(PAGES) * PAGE : IOVA + random.nextInt(WINDOW) * PAGE);
        }
        driver.drainFaults(fault -> { });
    }

    private void probe(long iova) {
        Long page = now < 0 ? Long.valueOf(iova) : truths.get(now).get(iova);
        boolean arrives = page != null && !unmapped.contains(page);
        assertReaches(arrives, iova, page == null ? start + DATA : page - USER + start + DATA);
        reached += arrives ? 1 : 0;
    }

    /** Whether a write arrives at {@code output}. */
    private void assertReaches(boolean expected, long iova, long output) {
        int slot = random.nextInt(EduDevice.SLOTS);
        memory.writeInt(output, 0);
        qemu.device().write(iova, slot);
        assertEquals("seed " + SEED + " write to " + Long.toHexString(iova), expected ? MARK | slot : 0, memory.readInt(output));
    }
}
