// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;

import org.junit.function.ThrowingRunnable;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.driver.ZpciDriver;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver.DomainSpec;

/** A driver on a unit whose answers a test may choose. */
abstract class DrivenUnit {
    static final long PAGE = 0x1000;
    static final long OUTPUT = 0x40_0000;
    static final int BUSY = 2;
    static final int STALE = 3;
    static final int NONE = TranslationRequest.NO_PASID;

    Unit unit = new Unit(Functions.two().group("refresh", true));
    ScriptedPort port = new ScriptedPort(unit.port);
    ZpciDriver driver = driver(port);

    final ZpciDriver driver(RegisterPort registers) {
        return new ZpciDriver(new UnitContext(unit.context.machine(), unit.context.unit(), unit.memory, registers), Functions.TABLES);
    }

    final void use(Functions functions) {
        unit = new Unit(functions);
        port = new ScriptedPort(unit.port);
        driver = driver(port);
    }

    final DomainTable table() {
        return driver.createTable(new DomainSpec(1, 40, 1 << 12));
    }

    final void attach(DomainTable table) {
        driver.attach(Functions.device(Functions.FID), NONE, table);
    }

    /** A started unit whose first function has one page mapped and translated. */
    final DomainTable running() {
        driver.start();
        DomainTable table = table();
        attach(table);
        map(table, 0);
        assertTranslated(0);
        return table;
    }

    final void map(DomainTable table, int page) {
        assertEquals(Outcome.OK, table.map(Tables.address(page), OUTPUT + page * PAGE, PAGE, Permissions.READ_WRITE));
        driver.invalidate(table, Tables.address(page), Tables.address(page) + PAGE - 1);
    }

    final void unmap(DomainTable table, int page) {
        assertEquals(PAGE, table.unmap(Tables.address(page), PAGE));
        driver.invalidate(table, Tables.address(page), Tables.address(page) + PAGE - 1);
    }

    final void assertTranslated(int page) {
        assertEquals(OUTPUT + page * PAGE + 7, unit.write(Tables.address(page) + 7));
    }

    static void assertRefused(Reason reason, ThrowingRunnable call) {
        IommuException refused = assertThrows(IommuException.class, call);
        assertEquals(refused.getMessage(), reason, refused.reason());
        assertFalse(refused.getMessage(), refused.getMessage().contains("\n"));
    }
}
