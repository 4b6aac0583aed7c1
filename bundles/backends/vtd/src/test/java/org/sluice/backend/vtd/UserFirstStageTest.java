// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DeviceTranslation.DeviceSide;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.testkit.nesting.UserTables;

/** What VT-d makes of a user's first stage (sheets vtd.md, section 5, and iommufd-conformance.md, data type 1 and entries of type 0). */
public class UserFirstStageTest {
    private static final int NONE = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long IOVA = 0x1234_5000L;
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    /** Caches translations. */
    private static final DeviceId ENGINE = DeviceId.parse("0000:01:04.0");
    private static final long MEMORY = 1 << 20;
    private static final long USER = 0x7_0000_0000L;
    /** ECAP: DT, SSADS; CAP: FS5LP. */
    private static final long DT = 1L << 2;
    private static final long SSADS = 1L << 45;
    private static final long FS5LP = 1L << 60;
    private static final int MOST_TABLES = 4096;

    private PoweredUnit unit;
    private NestingDriver nesting;
    private DomainTable parent;
    private UserTables user;
    private UserTables other;
    private final List<String> forgotten = new ArrayList<>();

    @Before
    public void open() {
        unit = new PoweredUnit(DriverMode.SCALABLE_SECOND_STAGE, 0, DT | SSADS);
        unit.model.deviceTranslation().orElseThrow().setDeviceSide(new DeviceSide() {
            @Override
            public void invalidate(int requester, int pasid, long iova, long last) {
                forgotten.add(Long.toHexString(requester) + " " + pasid + " " + Long.toHexString(iova) + " " + Long.toHexString(last));
            }

            @Override
            public void pageResponse(int requester, int pasid, int group, int code) {
                throw new AssertionError("nobody asked");
            }
        });
        unit.driver.start();
        nesting = unit.driver.nesting().orElseThrow();
        parent = nesting.createParent(new DomainSpec(1, 48, 1 << 12));
        assertEquals(Outcome.OK, parent.map(USER, MEMORY, 1 << 20, Permissions.READ_WRITE));
        user = tables(USER + 0x4_0000);
        other = tables(USER + 0x8_0000);
        user.map(IOVA, USER + PAGE, true);
        other.map(IOVA, USER + 2 * PAGE, true);
    }

    private UserTables tables(long first) {
        return UserTables.of("vtd", unit.memory, address -> address - USER + MEMORY, first);
    }

    private long read(DeviceId device, int pasid) {
        return Math.max(-1, unit.translate(device, pasid, IOVA, Access.READ));
    }

    private static UserTable blob(long flags, long root, long width) {
        return new UserTable(UserTable.VTD, ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(flags).putLong(root).putLong(width).array());
    }

    /** The unit knows translations of a first stage by domain and PASID, and requests without PASID all have the same one. */
    @Test
    public void requestersHaveTablesOfTheirOwnOverOneParent() {
        nesting.attach(NIC, NONE, parent, user.anchor());
        nesting.attach(ENGINE, NONE, parent, other.anchor());
        for (int i = 0; i < 2; i++) {
            assertEquals(MEMORY + PAGE, read(NIC, NONE));
            assertEquals(MEMORY + 2 * PAGE, read(ENGINE, NONE));
        }
    }

    @Test
    public void pasidsHaveTablesOfTheirOwn() {
        nesting.attach(NIC, 5, parent, user.anchor());
        nesting.attach(NIC, 900, parent, other.anchor());
        unit.driver.attach(NIC, NONE, parent);
        for (int i = 0; i < 2; i++) {
            assertEquals(MEMORY + PAGE, read(NIC, 5));
            assertEquals(MEMORY + 2 * PAGE, read(NIC, 900));
            assertEquals(-1, read(NIC, NONE));
            assertEquals(MEMORY + 8, unit.translate(NIC, NONE, USER + 8, Access.READ));
        }
        unit.driver.detach(NIC, 5);
        assertEquals(-1, read(NIC, 5));
        assertEquals(MEMORY + 2 * PAGE, read(NIC, 900));
    }

    @Test
    public void whatTheUnitHasNotIsRefused() {
        nesting.check(blob(4, USER, 48));
        for (UserTable bad : List.of(blob(1, USER, 48), blob(2, USER, 48), blob(0, USER, 57), blob(0, USER, 39), blob(0, USER, 0))) {
            assertEquals(Rule.INVALID, assertThrows(RefusedException.class, () -> nesting.check(bad)).rule());
        }
        new PoweredUnit(DriverMode.SCALABLE_SECOND_STAGE, FS5LP, 0).driver.nesting().orElseThrow().check(blob(4, USER, 57));
        assertEquals(Rule.STAGES, assertThrows(RefusedException.class, () -> nesting.check(new UserTable(UserTable.SMMUV3, new byte[24]))).rule());
    }

    @Test
    public void otherTablesHaveNoParents() {
        for (DriverMode mode : List.of(DriverMode.LEGACY, DriverMode.SCALABLE_FIRST_STAGE)) {
            assertTrue(new PoweredUnit(mode, 0, 0).driver.nesting().isEmpty());
        }
    }

    /** Entries keep what they are when recording begins, and devices that come later record too. */
    @Test
    public void writesByWayOfUserTablesAreRecordedInTheParent() {
        nesting.attach(NIC, NONE, parent, user.anchor());
        assertTrue(parent.trackDirty(true));
        nesting.attach(ENGINE, NONE, parent, other.anchor());
        assertEquals(MEMORY + PAGE, unit.translate(NIC, NONE, IOVA, Access.WRITE));
        assertEquals(MEMORY + 2 * PAGE, unit.translate(ENGINE, NONE, IOVA, Access.WRITE));
        List<Long> pages = new ArrayList<>();
        parent.dirty(USER, USER + 4 * PAGE, false, (iova, size) -> pages.add(iova));
        assertEquals(List.of(USER + PAGE, USER + 2 * PAGE), pages);
        assertTrue(parent.trackDirty(false));
        assertEquals(MEMORY + PAGE, read(NIC, NONE));
    }

    /** Whoever has gone leaves its domain id to the next. */
    @Test
    public void asManyTablesAsThereAreDomainIds() {
        for (int round = 0; round < 2; round++) {
            for (int pasid = 1; pasid <= MOST_TABLES; pasid++) {
                nesting.attach(NIC, pasid, parent, user.anchor());
            }
            IommuException full = assertThrows(IommuException.class, () -> nesting.attach(NIC, NONE, parent, other.anchor()));
            assertEquals(Reason.LIMIT, full.reason());
            assertEquals(MEMORY + PAGE, read(NIC, MOST_TABLES));
            for (int pasid = 1; pasid <= MOST_TABLES; pasid++) {
                unit.driver.detach(NIC, pasid);
            }
        }
        IommuException none = assertThrows(IommuException.class, () -> unit.driver.createTable(new DomainSpec(65_534 - MOST_TABLES + 1, 48, 1 << 12)));
        assertEquals(Reason.LIMIT, none.reason());
    }

    @Test
    public void devicesForgetByTheUsersAddresses() {
        UserTable table = user.anchor();
        nesting.attach(ENGINE, NONE, parent, table);
        nesting.attach(ENGINE, 3, parent, table);
        forgotten.clear();
        nesting.invalidate(parent, table, user.pages(IOVA));
        forgotten.sort(null);
        assertEquals(List.of("120 -1 12345000 12345fff", "120 3 12345000 12345fff"), forgotten);
        forgotten.clear();
        unit.driver.invalidate(parent, USER, USER + PAGE - 1);
        assertTrue(forgotten.toString(), forgotten.containsAll(List.of("120 -1 0 ffffffffffffffff", "120 3 0 ffffffffffffffff")));
    }

    /** Address, pages, flags: all means exactly that, everything else is whole pages that exist. */
    @Test
    public void entriesAreRangesOfWholePages() {
        UserTable table = user.anchor();
        nesting.attach(NIC, NONE, parent, table);
        assertEquals(1, entry(table, 0, -1L, 0).done());
        assertEquals(1, entry(table, -4096L, 1, 1).done());
        long[][] bad = {{1, 1, 0}, {0, 0, 0}, {4096, -1L, 0}, {-4096L, 2, 0}, {0, 1L << 52, 0}};
        for (long[] one : bad) {
            UserEntries.Outcome outcome = entry(table, one[0], one[1], one[2]);
            assertEquals(0, outcome.done());
            assertEquals(Rule.INVALID, outcome.refusal().rule());
        }
        for (long flags : new long[] {2, 1L << 32}) {
            assertEquals(Rule.STAGES, entry(table, 0, 1, flags).refusal().rule());
        }
        assertEquals(Rule.STAGES, assertThrows(RefusedException.class, () -> entry(null, 0, -1L, 0)).rule());
    }

    private UserEntries.Outcome entry(UserTable table, long address, long pages, long flags) {
        byte[] bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(address).putLong(pages).putLong(flags).array();
        return nesting.invalidate(parent, table, new UserEntries(UserEntries.VTD, bytes, 1, null));
    }
}
