// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** What the driver took for its structures comes back: units are started and stopped, devices come and go, for as long as a machine runs. */
@RunWith(Parameterized.class)
public class DriverMemoryTest {
    private static final AddressRange TABLES = AddressRange.ofSize(0x4100_0000L, 512 << 10);
    /** One lost KiB, the smallest that is handed out, in each round would be more than the driver has. */
    private static final int ROUNDS = (int) (TABLES.size() >>> 10) + 1;
    private static final long IOVA = 0x1234_5000L;
    private static final int NONE = TranslationRequest.NO_PASID;
    private static final DeviceId FIRST = DeviceId.parse("0000:00:03.0");
    private static final DeviceId SECOND = DeviceId.parse("0000:01:04.0");

    /** Two-level tables of streams and of context descriptors, and neither. */
    @Parameters(name = "two-level {0}")
    public static List<Boolean> forms() {
        return List.of(true, false);
    }

    private final UnitModel model;
    private final UnitDriver driver;

    public DriverMemoryTest(boolean twoLevel) {
        MachineDescription machine = MadeUpMachine.machine();
        PhysicalMemory memory = MadeUpMachine.memory();
        // ST_LEVEL in bits 28:27, CD2L in bit 19; SIDSIZE 9 and SSIDSIZE 7 in IDR1.
        int idr0 = MadeUpMachine.IDR0 & ~(3 << 27 | 1 << 19) | (twoLevel ? 1 << 27 | 1 << 19 : 0);
        int idr1 = MadeUpMachine.IDR1 & ~0x3f | 9 | 7 << 6;
        Map<Integer, Integer> reset = MadeUpMachine.reset(idr0, idr1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
        model = new Smmuv3Backend("test").model(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("reset", reset))).orElseThrow();
        UnitContext live = new UnitContext(machine, machine.units().get(0), memory, model.registers());
        driver = new Smmuv3Backend("test").driver(live, TABLES).orElseThrow();
    }

    private DomainTable table(int domain, long output) {
        DomainTable table = driver.createTable(new DomainSpec(domain, 48, -1L));
        assertEquals(Outcome.OK, table.map(IOVA, output, 4096, Permissions.READ_WRITE));
        return table;
    }

    private long read(int stream, int pasid) {
        return model.translate(stream, pasid, IOVA, Permissions.READ);
    }

    @Test
    public void unitsMayBeStartedAndStoppedForEver() {
        for (int round = 0; round < ROUNDS; round++) {
            driver.start();
            DomainTable a = table(1, 0x4000_0000L);
            DomainTable b = table(2, 0x5000_0000L);
            driver.attach(FIRST, 1, a);
            driver.attach(FIRST, 65, b);
            driver.attach(SECOND, NONE, b);
            assertEquals(0x4000_0000L, read(0x18, 1));
            assertEquals(0x5000_0000L, read(0x18, 65));
            assertEquals(0x5000_0000L, read(0x120, NONE));
            if (round % 2 == 0) {
                driver.detach(FIRST, 1);
                driver.detach(FIRST, 65);
                driver.detach(SECOND, NONE);
            }
            driver.stop();
            a.release();
            b.release();
        }
        theTablesAreApart();
    }

    @Test
    public void devicesMayComeAndGoForEver() {
        driver.start();
        for (int round = 0; round < ROUNDS; round++) {
            DomainTable a = table(1, 0x4000_0000L);
            driver.attach(FIRST, 65, a);
            assertEquals(0x4000_0000L, read(0x18, 65));
            driver.detach(FIRST, 65);
            assertTrue("detached", read(0x18, 65) < 0);
            a.release();
        }
        driver.stop();
        theTablesAreApart();
    }

    /** A page given back twice would be handed out twice: streams of different level-1 descriptors would share their entries. */
    private void theTablesAreApart() {
        driver.start();
        driver.attach(FIRST, NONE, table(1, 0x4000_0000L));
        driver.attach(SECOND, NONE, table(2, 0x5000_0000L));
        assertEquals(0x4000_0000L, read(0x18, NONE));
        assertEquals(0x5000_0000L, read(0x120, NONE));
        for (int other : new int[] {0x118, 0x20, 0x19, 0x121}) {
            assertTrue("stream " + other + " is nobody's", read(other, NONE) < 0);
        }
    }
}
