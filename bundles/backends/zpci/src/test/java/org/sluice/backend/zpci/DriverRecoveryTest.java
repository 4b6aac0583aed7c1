// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.FaultRecord;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;

/** The driver sets functions going again: after errors, under new handles, behind its back (sheet, section 7). */
public class DriverRecoveryTest extends DrivenUnit {
    @Test
    public void errorRecoveryIsWaitedOut() {
        DomainTable table = running();
        port.operation(6, 1, 40, 1);
        attach(table);
        assertTrue(port.isDone());
        assertTranslated(0);
    }

    @Test
    public void aStaleHandleIsRenewed() {
        DomainTable table = running();
        port.operation(6, STALE, 0, 1);
        attach(table);
        assertTranslated(0);
        port.answer(Unit.RPCIT, f -> true, STALE, 0, 1);
        map(table, 1);
        assertTranslated(0);
        assertTranslated(1);
        assertTrue(port.isDone());
    }

    @Test
    public void aFunctionEnabledAnewBehindTheDriverIsSetUpAgain() {
        DomainTable table = running();
        long handle = unit.handles().get(0);
        assertEquals(0x10, unit.call(5, handle << 32 | 1 << 8, 32));
        assertEquals("dropped", -1, unit.write(Tables.address(0)));
        map(table, 1);
        assertTranslated(0);
        assertTranslated(1);
    }

    /** Statuses of RPCIT after which the function is looked at, reset or set up anew, and the refresh repeated. */
    @Test
    public void otherStatusesOfRefreshingAreRecoveredFrom() {
        DomainTable table = running();
        int page = 1;
        for (int status : new int[] {4, 8, 12, 20, 24, 28, 36, 40, 44}) {
            port.answer(Unit.RPCIT, f -> true, 1, status, 1);
            map(table, page);
            assertTrue(port.isDone());
            assertTranslated(page);
            assertTranslated(0);
            page++;
        }
        port.answer(Unit.RPCIT, f -> true, 1, 36, 2);
        assertRefused(Reason.IO, () -> map(table, 200));
    }

    @Test
    public void faultsAreTakenAndTheFunctionGoesOn() {
        DomainTable table = running();
        assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
        assertEquals("stopped", -1, unit.write(Tables.address(0)));
        assertEquals(-1 - 0x01, unit.translate(Functions.OTHER_FID, 0x1234, 2));
        List<FaultRecord> faults = new ArrayList<>();
        driver.drainFaults(faults::add);
        assertEquals(2, faults.size());
        assertEquals("TPROTE", faults.get(0).fault().name());
        assertEquals(Tables.address(5), faults.get(0).iova());
        assertEquals("r", faults.get(0).access());
        assertEquals(Functions.device(Functions.OTHER_FID), faults.get(1).device());
        assertEquals("w", faults.get(1).access());
        assertTranslated(0);
        map(table, 5);
        assertTranslated(5);
    }

    /** What needs a working function while it is stopped sets it going first; the event is still there to be taken. */
    @Test
    public void aStoppedFunctionIsRefreshedAndAttachedAllTheSame() {
        DomainTable table = running();
        assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
        map(table, 5);
        assertTranslated(5);
        assertEquals(-1 - 0x04, unit.read(Tables.address(6)));
        DomainTable other = table();
        attach(other);
        List<FaultRecord> faults = new ArrayList<>();
        driver.drainFaults(faults::add);
        assertEquals(2, faults.size());
        assertEquals(-1 - 0x04, unit.write(Tables.address(0)));
    }

    @Test
    public void recoveryThatResettingDoesNotBringIsDoneByEnablingAnew() {
        running();
        for (int status : new int[] {4, 16, 28, 32, 40}) {
            assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
            port.operation(7, 1, status, 1);
            driver.drainFaults(f -> { });
            assertTrue(port.isDone());
            assertTranslated(0);
        }
        assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
        port.answer(Unit.STPCIFC, f -> true, 1, 40, 1);
        driver.drainFaults(f -> { });
        assertTranslated(0);
        assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
        port.answer(Unit.STPCIFC, f -> true, 1, 28, 1);
        driver.drainFaults(f -> { });
        assertTranslated(0);
        assertEquals(-1 - 0x04, unit.read(Tables.address(5)));
        port.answer(Unit.STPCIFC, f -> true, 1, 8, 1);
        assertRefused(Reason.IO, () -> driver.drainFaults(f -> { }));
    }

    @Test
    public void anEventCodeThatNoSourceListsIsToldAsItIs() {
        running();
        RegisterPort fake = new RegisterPort() {
            private boolean told;

            @Override
            public boolean isKnown(int offset, int bytes) {
                return true;
            }

            @Override
            public int read32(int offset) {
                return offset == 0x0c ? 0 : port.read32(offset);
            }

            @Override
            public void write32(int offset, int value) {
                if (offset == 0x08 && value >>> 16 == Unit.CHSC) {
                    long block = port.read64(0x10);
                    unit.put(block + 16, told ? 0x0008_0005_0000_0000L : 0x0ff0_0001_0000_0002L, 1L << 32);
                    unit.put(block + 80, 0, 0x77L << 32, 0, 0x77);
                    told = true;
                } else {
                    port.write32(offset, value);
                }
            }
        };
        List<FaultRecord> faults = new ArrayList<>();
        driver(fake).drainFaults(faults::add);
        assertEquals(1, faults.size());
        assertEquals(0x77, faults.get(0).fault().code());
        assertEquals("fid:0x77", faults.get(0).device().toString());
    }
}
