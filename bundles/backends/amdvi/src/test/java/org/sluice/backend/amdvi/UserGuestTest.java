// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.TranslationRequest.NO_PASID;
import static org.sluice.backend.amdvi.DriverRig.BLOCKED;
import static org.sluice.backend.amdvi.DriverRig.DISK;
import static org.sluice.backend.amdvi.DriverRig.NIC;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.testkit.nesting.UserTables;

/** What AMD-Vi makes of a user's device table entry and commands (sheet amdvi.md, sections 3, 5 and 6). */
public class UserGuestTest {
    private static final long PAGE = 4096;
    private static final long IOVA = 0x1234_5000L;
    private static final long MEMORY = 1 << 20;
    private static final long USER = 0x7_0000_0000L;
    private static final long V = 1;
    private static final long TV = 2;
    private static final long PPR = 1L << 52;
    private static final long GIOV = 1L << 54;
    private static final long GV = 1L << 55;
    /** EFR: GT 4, GATS 13:12, GLXSup 15:14, GIoSup 48. */
    private static final long GUEST = 1 << 4;
    private static final long GATS = 3 << 12;
    private static final long GLX = 3 << 14;
    private static final int PASID = 5;

    private final DriverRig rig = new DriverRig().start();
    private NestingDriver nesting;
    private DomainTable parent;
    private UserTables user;
    private UserTables other;

    @Before
    public void open() {
        nesting = rig.driver.nesting().orElseThrow();
        parent = nesting.createParent(new DomainSpec(7, 48, -1L));
        assertEquals(Outcome.OK, parent.map(USER, MEMORY, 1 << 20, Permissions.READ_WRITE));
        user = tables(USER + 0x4_0000);
        other = tables(USER + 0x8_0000);
        user.map(IOVA, USER + PAGE, true);
        other.map(IOVA, USER + 2 * PAGE, true);
    }

    private UserTables tables(long first) {
        return UserTables.of("amdvi", rig.memory, address -> address - USER + MEMORY, first);
    }

    private static long word(UserTable table, int index) {
        return ByteBuffer.wrap(table.bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong(index * Long.BYTES);
    }

    private static UserTable words(long... words) {
        ByteBuffer out = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            out.putLong(word);
        }
        return new UserTable(UserTable.AMDVI, out.array());
    }

    /** Translations are known by domain and PASID: both requesters use PASID 0. */
    @Test
    public void requestersHaveTablesOfTheirOwnOverOneParent() {
        nesting.attach(NIC, NO_PASID, parent, user.anchor());
        nesting.attach(DISK, NO_PASID, parent, other.anchor());
        for (int i = 0; i < 2; i++) {
            assertEquals(MEMORY + PAGE, rig.read(NIC, NO_PASID, IOVA));
            assertEquals(MEMORY + 2 * PAGE, rig.read(DISK, NO_PASID, IOVA));
        }
        assertEquals(List.of(), rig.defects());
        parent.unmap(USER + PAGE, PAGE);
        rig.driver.invalidate(parent, USER + PAGE, USER + 2 * PAGE - 1);
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, IOVA));
        assertEquals(MEMORY + 2 * PAGE, rig.read(DISK, NO_PASID, IOVA));
    }

    /** GIoV decides over requests without PASID; without it they have the parent. */
    @Test
    public void pasidsAreTheUsersToGive() {
        long roots = USER + 0xc_0000;
        rig.memory.writeLong(roots - USER + MEMORY + 8 * PASID, 1 | other.root());
        long low = (roots >>> 12 & 7) << 58;
        long high = (roots >>> 15 & 0xffff) << 16 | (roots >>> 31) << 43;
        nesting.attach(NIC, NO_PASID, parent, words(V | TV | GV | low, high));
        assertEquals(MEMORY + 2 * PAGE, rig.read(NIC, PASID, IOVA));
        assertEquals(BLOCKED, rig.read(NIC, PASID + 1, IOVA));
        assertEquals(MEMORY + 8, rig.read(NIC, NO_PASID, USER + 8));
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, IOVA));
        DomainTable plain = rig.table(9);
        refused(Reason.UNSUPPORTED, () -> rig.driver.attach(NIC, 3, plain));
        refused(Reason.UNSUPPORTED, () -> nesting.attach(NIC, 3, parent, user.anchor()));
        rig.driver.detach(NIC, NO_PASID);
        assertEquals(BLOCKED, rig.read(NIC, PASID, IOVA));
        rig.driver.attach(NIC, 3, plain);
        refused(Reason.UNSUPPORTED, () -> nesting.attach(NIC, NO_PASID, parent, user.anchor()));
    }

    private static void refused(Reason reason, Runnable work) {
        assertEquals(reason, assertThrows(IommuException.class, work::run).reason());
    }

    @Test
    public void aUserMayLetPastOrBlock() {
        for (UserTable past : List.of(words(0), words(V | TV), words(V | TV | GIOV))) {
            nesting.attach(NIC, NO_PASID, parent, past);
            assertEquals(MEMORY + 8, rig.read(NIC, NO_PASID, USER + 8));
            assertEquals("a request with PASID finds no table", BLOCKED, rig.read(NIC, PASID, USER));
        }
        nesting.attach(NIC, NO_PASID, parent, words(V | GV | GIOV));
        assertEquals(BLOCKED, rig.read(NIC, NO_PASID, USER));
        nesting.attach(NIC, NO_PASID, parent, user.anchor());
        assertEquals(MEMORY + PAGE, rig.read(NIC, NO_PASID, IOVA));
    }

    @Test
    public void whatTheUnitHasNotIsRefused() {
        long root = word(user.anchor(), 0);
        long pieces = word(user.anchor(), 1);
        nesting.check(words(root | 2L << 56, pieces, 1L << 54));
        DriverRig less = new DriverRig(GATS | GLX, List.of(), r -> r);
        NestingDriver lesser = less.driver.nesting().orElseThrow();
        lesser.check(user.anchor());
        invalid(lesser, words(root | 1L << 56, pieces));
        invalid(lesser, words(root, pieces, 1L << 54));
        for (UserTable bad : List.of(words(root | 3L << 56, pieces), words(root, pieces, 2L << 54), words(root | PPR, pieces), words(root | 2 << 7, pieces))) {
            invalid(nesting, bad);
        }
        assertTrue(new DriverRig(GUEST, List.of(), r -> r).driver.nesting().isEmpty());
    }

    private static void invalid(NestingDriver nesting, UserTable bad) {
        assertEquals(Rule.INVALID, assertThrows(RefusedException.class, () -> nesting.check(bad)).rule());
    }

    /** The depth of guest tables stands in the half of the entry that decides over interrupts; the driver's own tables have 5 levels here. */
    @Test
    public void interruptsMayChangeWhileTheTablesStay() {
        nesting.attach(NIC, NO_PASID, parent, user.anchor());
        rig.driver.interrupts().orElseThrow().enable(NIC, 0, 0x41, 3);
        assertEquals(MEMORY + PAGE, rig.read(NIC, NO_PASID, IOVA));
        rig.driver.interrupts().orElseThrow().disable(NIC, 0);
        assertEquals(MEMORY + PAGE, rig.read(NIC, NO_PASID, IOVA));
        DomainTable plain = rig.table(9);
        rig.map(plain, IOVA, 0x50_0000, PAGE, Permissions.READ_WRITE);
        rig.driver.detach(NIC, NO_PASID);
        rig.driver.attach(NIC, NO_PASID, plain);
        rig.driver.attach(NIC, PASID, plain);
        assertEquals("5 levels again", 0x50_0000, rig.read(NIC, PASID, IOVA));
    }

    @Test
    public void writesByWayOfUserTablesAreRecordedInTheParent() {
        nesting.attach(NIC, NO_PASID, parent, user.anchor());
        assertTrue(parent.trackDirty(true));
        rig.driver.invalidate(parent, 0, (1L << 48) - 1);
        nesting.attach(DISK, NO_PASID, parent, other.anchor());
        assertEquals(MEMORY + PAGE, rig.access(NIC, NO_PASID, IOVA, Permissions.WRITE));
        assertEquals(MEMORY + 2 * PAGE, rig.access(DISK, NO_PASID, IOVA, Permissions.WRITE));
        List<Long> pages = new ArrayList<>();
        parent.dirty(USER, USER + 4 * PAGE - 1, false, (iova, size) -> pages.add(iova));
        assertEquals(List.of(USER + PAGE, USER + 2 * PAGE), pages);
    }

    /** INVALIDATE_IOMMU_PAGES with GN alone, and no reserved bit in it; what it says reaches the user's own translations. */
    @Test
    public void commandsOfTheHostAreRefused() {
        UserTable table = user.anchor();
        nesting.attach(NIC, NO_PASID, parent, table);
        nesting.attach(DISK, NO_PASID, parent, other.anchor());
        assertEquals(MEMORY + PAGE, rig.read(NIC, NO_PASID, IOVA));
        assertEquals(MEMORY + 2 * PAGE, rig.read(DISK, NO_PASID, IOVA));
        for (long opcode = 0; opcode < 16; opcode++) {
            assertEquals("opcode " + opcode, opcode == 3 ? 1 : 0, command(table, opcode << 60, 4 | IOVA).done());
        }
        for (long[] bad : new long[][] {{3L << 60, IOVA}, {3L << 60 | 1L << 20, 4}, {3L << 60 | 1L << 48, 4}, {3L << 60, 4 | 8}, {3L << 60, 4 | 1 << 11}}) {
            assertEquals(Rule.INVALID, command(table, bad[0], bad[1]).refusal().rule());
        }
        user.map(IOVA, USER + 3 * PAGE, true);
        other.map(IOVA, USER + 3 * PAGE, true);
        assertEquals(1, nesting.invalidate(parent, table, user.everything()).done());
        assertEquals(MEMORY + 3 * PAGE, rig.read(NIC, NO_PASID, IOVA));
        assertEquals("cached", MEMORY + 2 * PAGE, rig.read(DISK, NO_PASID, IOVA));
        assertEquals(Rule.STAGES, assertThrows(RefusedException.class, () -> command(null, 3L << 60, 4)).rule());
    }

    private UserEntries.Outcome command(UserTable table, long low, long high) {
        byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(low).putLong(high).array();
        return nesting.invalidate(parent, table, new UserEntries(UserEntries.AMDVI, bytes, 1, null));
    }
}
