// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Capabilities;
import org.sluice.api.Permissions;
import org.sluice.backend.zpci.driver.RefreshCounts;
import org.sluice.backend.zpci.driver.ZpciDriver;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** The driver against units that answer otherwise than well: condition codes and statuses of the sheet's section 2, row NST-14, limits. */
public class DriverTest extends DrivenUnit {
    @Test
    public void busyIsTriedAgain() {
        port.answer(Unit.CLP, f -> true, BUSY, 0, 3).answer(Unit.MPCIFC, f -> true, BUSY, 0, 3).answer(Unit.RPCIT, f -> true, BUSY, 0, 3);
        running();
        assertTrue(port.isDone());
        port.answer(Unit.CHSC, f -> true, BUSY, 0, 2);
        driver.drainFaults(f -> { });
        assertTrue(port.isDone());
    }

    @Test
    public void whatStaysBusyIsAnError() {
        driver.start();
        port.answer(Unit.MPCIFC, f -> true, BUSY, 0, Integer.MAX_VALUE);
        assertRefused(Reason.IO, () -> attach(table()));
    }

    @Test
    public void aSequenceRefusedIsTriedTheOtherWayRound() {
        driver.start();
        port.operation(4, 1, 24, 1).operation(6, 0, 0, 1);
        attach(table());
        assertTrue(port.isDone());
        assertTrue(port.executed.toString(), port.executed.containsAll(List.of("e3d0.4", "e3d0.6")));
        port.operation(5, 1, 24, 1);
        driver.detach(Functions.device(Functions.FID), NONE);
        assertTrue("nothing was registered: detached", port.isDone());
    }

    /** Statuses of MPCIFC for which there is no other way: the caller learns it, and what was before is still there. */
    @Test
    public void otherStatusesOfRegisteringAreRefusals() {
        DomainTable table = running();
        for (ConditionCodes.Status status : ConditionCodes.statuses()) {
            if (status.instruction() == ConditionCodes.Instruction.MODIFY_CONTROLS && status.code() != 24 && status.code() != 40) {
                port.operation(6, 1, status.code(), 1);
                Reason reason = status.code() == 4 || status.code() == 16 ? Reason.LIMIT : Reason.IO;
                assertRefused(reason, () -> attach(table()));
                assertTrue(port.isDone());
                assertTranslated(0);
                map(table, status.code());
                assertTranslated(status.code());
            }
        }
        port.operation(6, 1, 99, 1);
        assertRefused(Reason.IO, () -> attach(table()));
    }

    /** Row NST-14, the driver's half: on refusal everything is refreshed once, and if that does not help, the caller learns it. */
    @Test
    public void nst14FullRefreshOnceThenReport() {
        use(Functions.two().group("refresh", true).group("maxMappings", 4L));
        DomainTable table = running();
        for (int page = 1; page < 4; page++) {
            map(table, page);
        }
        assertEquals(new RefreshCounts(0, 4, 0), driver.refreshes());
        IommuException refused = assertThrows(IommuException.class, () -> map(table, 4));
        assertEquals(Reason.LIMIT, refused.reason());
        assertEquals(Tables.address(4), refused.range().start());
        assertEquals("one full refresh", new RefreshCounts(0, 5, 1), driver.refreshes());
        for (int page = 0; page < 4; page++) {
            assertTranslated(page);
        }
        unmap(table, 2);
        assertEquals(new RefreshCounts(1, 5, 1), driver.refreshes());
        driver.invalidate(table, Tables.address(4), Tables.address(4) + PAGE - 1);
        assertEquals("the retry works", new RefreshCounts(1, 6, 1), driver.refreshes());
        assertTranslated(4);
    }

    /** Row NST-14: what was unmapped without its refresh makes room when everything is refreshed. */
    @Test
    public void nst14TheFullRefreshFindsWhatIsNoLongerValid() {
        use(Functions.two().group("refresh", true).group("maxMappings", 4L));
        DomainTable table = running();
        for (int page = 1; page < 4; page++) {
            map(table, page);
        }
        assertEquals(PAGE, table.unmap(Tables.address(1), PAGE));
        map(table, 9);
        assertEquals(1, driver.refreshes().full());
        assertTranslated(9);
    }

    @Test
    public void attachingWhatDoesNotFitChangesNothing() {
        use(Functions.two().group("refresh", true).group("maxMappings", 4L));
        running();
        DomainTable large = table();
        for (int page = 100; page < 105; page++) {
            assertEquals(Outcome.OK, large.map(Tables.address(page), OUTPUT, PAGE, Permissions.READ_WRITE));
        }
        assertRefused(Reason.LIMIT, () -> attach(large));
        assertTranslated(0);
        driver.detach(Functions.device(Functions.FID), NONE);
        assertRefused(Reason.LIMIT, () -> attach(large));
        assertEquals("as before: nothing registered", -1 - 0x01, unit.read(Tables.address(100)));
    }

    @Test
    public void framesAreUsedWhereTheGroupAllowsThem() {
        for (boolean frames : new boolean[] {true, false}) {
            use(Functions.two().group("frames", frames).group("refresh", true));
            driver.start();
            assertEquals(frames ? 1L << 12 | 1L << 20 | 1L << 31 : 1L << 12, driver.capabilities().pageSizes());
            DomainTable table = driver.createTable(new DomainSpec(1, 40, -1L));
            attach(table);
            assertEquals(Outcome.OK, table.map(Tables.BASE, 0x1000_0000, 1 << 20, Permissions.READ_WRITE));
            driver.invalidate(table, Tables.BASE, Tables.BASE + (1 << 20) - 1);
            int[] leaves = new int[1];
            table.view().visit(new Leaves(leaves));
            assertEquals(frames ? 1 : 256, leaves[0]);
            assertEquals(0x100f_ffff, unit.read(Tables.BASE + (1 << 20) - 1));
        }
    }

    @Test
    public void whatIsNotOfferedIsRefused() {
        use(Functions.two().group("relaxed", false));
        driver.start();
        assertFalse(driver.capabilities().features().contains(Capabilities.Feature.PASS_THROUGH));
        assertFalse(driver.capabilities().features().contains(Capabilities.Feature.MAP_NEEDS_INVALIDATION));
        assertRefused(Reason.UNSUPPORTED, () -> driver.attachPassThrough(Functions.device(Functions.FID)));
        assertRefused(Reason.UNSUPPORTED, () -> driver.attach(Functions.device(Functions.FID), 5, table()));
        assertRefused(Reason.UNKNOWN_DEVICE, () -> driver.attach(Functions.device(0x77), NONE, table()));
        assertRefused(Reason.UNSUPPORTED, () -> driver.createTable(new DomainSpec(1, 43, -1L)));
        assertRefused(Reason.UNSUPPORTED, () -> driver.createTable(new DomainSpec(1, 40, 1 << 20)));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table().map(Tables.BASE, OUTPUT, PAGE, Permissions.WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table().map(Tables.BASE - PAGE, OUTPUT, PAGE, Permissions.READ));
        assertThrows(IllegalArgumentException.class, () -> attach(driver(unit.port).createTable(new DomainSpec(1, 40, -1L))));
    }

    @Test
    public void aPortWithoutTheBlockIsNoUnitToDrive() {
        ZpciDriver blind = driver(new RegisterImage("zpci0", Map.of()));
        assertRefused(Reason.UNSUPPORTED, blind::capabilities);
        assertRefused(Reason.UNSUPPORTED, blind::start);
        use(new Functions());
        assertRefused(Reason.NOT_FOUND, driver::capabilities);
        use(new Functions().function(Functions.FID, null, Functions.FIRST, Functions.LAST, Map.of("state", "standby")));
        assertRefused(Reason.NOT_FOUND, driver::capabilities);
    }

    @Test
    public void aFunctionInPermanentErrorIsLeftOut() {
        use(new Functions().function(Functions.FID, null, Functions.FIRST, Functions.LAST, Map.of("state", "permanent-error"))
                .function(Functions.OTHER_FID, null));
        driver.start();
        assertRefused(Reason.UNKNOWN_DEVICE, () -> attach(table()));
        driver.attach(Functions.device(Functions.OTHER_FID), NONE, table());
    }

    @Test
    public void startEndsWhatFunctionsDidBefore() {
        use(new Functions().function(Functions.FID, 0L, Functions.FIRST, Functions.LAST, Map.of("functionHandle", "0x80020000")));
        assertEquals(UnitModel.PASS_THROUGH, unit.read(Functions.FIRST));
        driver.start();
        assertEquals(-1 - 0x01, unit.read(Functions.FIRST));
        assertNotNull(unit.event());
        driver.stop();
        assertEquals("disabled: dropped", -1, unit.read(Functions.FIRST));
        assertRefused(Reason.IO, () -> attach(table()));
    }

    /** A function passed through is told nothing to refresh. */
    @Test
    public void passThroughCanBeReplacedByATable() {
        driver.start();
        driver.attachPassThrough(Functions.device(Functions.FID));
        assertEquals(UnitModel.PASS_THROUGH, unit.write(Tables.BASE));
        DomainTable table = table();
        attach(table);
        map(table, 0);
        assertTranslated(0);
        driver.attachPassThrough(Functions.device(Functions.FID));
        driver.invalidate(table, Tables.BASE, Tables.BASE + PAGE - 1);
        assertEquals(UnitModel.PASS_THROUGH, unit.write(Tables.BASE));
    }
}
