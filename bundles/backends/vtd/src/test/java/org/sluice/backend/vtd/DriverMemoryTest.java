// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitDriver.DomainSpec;

/** What the driver took for its structures comes back: units are started and stopped, devices come and go, for as long as a machine runs. */
@RunWith(Parameterized.class)
public class DriverMemoryTest {
    /** One lost page a round would be more than the driver has. */
    private static final int ROUNDS = (int) (DrivenAs.TABLES.size() >>> 12) + 1;
    private static final int IQA = 0x90;
    private static final int MORE_THAN_ENTRIES = 300;
    private static final DeviceId DEVICE = DeviceId.parse("0000:00:03.0");

    @Parameters(name = "{0}")
    public static Object[] modes() {
        return DriverMode.values();
    }

    private final PoweredUnit unit;

    public DriverMemoryTest(DriverMode mode) {
        unit = new PoweredUnit(mode, 0, 0);
    }

    @Test
    public void stoppingGivesBackWhatAttachingTook() {
        for (int round = 0; round < ROUNDS; round++) {
            unit.driver.start();
            DomainTable table = unit.driver.createTable(new DomainSpec(1, 39, -1L));
            assertEquals(Outcome.OK, table.map(0x1000, 0x7_7000, 0x1000, Permissions.READ_WRITE));
            unit.driver.attach(DEVICE, TranslationRequest.NO_PASID, table);
            assertEquals(0x7_7123, unit.model.translate(DEVICE.requesterId(), TranslationRequest.NO_PASID, 0x1123, Permissions.READ));
            unit.driver.stop();
            table.release();
        }
    }

    /** The unit reads all of a descriptor, and its upper half must be zero (section 6.5.2). */
    @Test
    public void whatLiesInTheQueuesPageDoesNotCountAfterAStart() {
        unit.driver.start();
        unit.driver.stop();
        long queue = unit.live.registers().read64(IQA) & -4096L;
        for (long at = queue; at < queue + 4096; at += Long.BYTES) {
            unit.memory.writeLong(at, -1L);
        }
        unit.driver.start();
        DomainTable table = unit.driver.createTable(new DomainSpec(1, 39, -1L));
        unit.driver.attach(DEVICE, TranslationRequest.NO_PASID, table);
        for (int round = 0; round < MORE_THAN_ENTRIES; round++) {
            assertEquals(Outcome.OK, table.map(0x1000, 0x7_7000, 0x1000, Permissions.READ_WRITE));
            assertEquals(0x7_7123, unit.model.translate(DEVICE.requesterId(), TranslationRequest.NO_PASID, 0x1123, Permissions.READ));
            table.unmap(0x1000, 0x1000);
            unit.driver.invalidate(table, 0x1000, 0x1fff);
            assertTrue(unit.model.translate(DEVICE.requesterId(), TranslationRequest.NO_PASID, 0x1123, Permissions.READ) < 0);
        }
    }
}
