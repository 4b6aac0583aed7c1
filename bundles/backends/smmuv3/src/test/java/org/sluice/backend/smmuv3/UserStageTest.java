// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.LongFunction;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.nesting.UserTables;

/** What an SMMUv3 makes of a user's words and commands (sheet iommufd-conformance.md, data type 2 and entries of type 1; smmuv3.md, sections 3 and 6). */
public class UserStageTest {
    private static final int NONE = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long IOVA = 0x1234_5000L;
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final DeviceId ENGINE = DeviceId.parse("0000:01:04.0");
    private static final long RAM = 0x4000_0000L;
    /** The user's memory is a megabyte, at addresses of its own. */
    private static final long USER = 0x7_0000_0000L;
    private static final int CFGI_CD = 0x05;
    private static final int CFGI_CD_ALL = 0x06;
    private static final int ATC_INV = 0x40;

    private final PhysicalMemory memory = MadeUpMachine.memory();
    private UnitModel model;
    private UnitDriver driver;
    private NestingDriver nesting;
    private DomainTable parent;
    private UserTables user;

    private void start(int idr0, int idr1) {
        MachineDescription machine = MadeUpMachine.machine();
        Map<Integer, Integer> reset = MadeUpMachine.reset(idr0, idr1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
        model = new Smmuv3Backend("test").model(new UnitContext(machine, machine.units().get(0), memory, new RegisterImage("reset", reset))).orElseThrow();
        driver = new Smmuv3Backend("test").driver(new UnitContext(machine, machine.units().get(0), memory, model.registers()), MadeUpMachine.tables())
                .orElseThrow();
        driver.start();
    }

    @Before
    public void open() {
        start(MadeUpMachine.IDR0, MadeUpMachine.IDR1 | 4 << 6);
        nesting = driver.nesting().orElseThrow();
        parent = parent(1, 0);
        user = UserTables.of("smmuv3", memory, address -> address - USER + RAM, USER + 0x8_0000);
        user.map(IOVA, USER + PAGE, true);
    }

    private DomainTable parent(int domain, long offset) {
        DomainTable made = nesting.createParent(new DomainSpec(domain, 44, -1L));
        assertEquals(Outcome.OK, made.map(USER, RAM + offset, 0x10_0000, Permissions.READ_WRITE));
        return made;
    }

    private void attach(UserTable table) {
        nesting.attach(NIC, NONE, parent, table);
    }

    private long read(DeviceId device, long iova) {
        long answer = model.translate(device.requesterId(), NONE, iova, Permissions.READ);
        return answer == UnitModel.PASS_THROUGH ? iova : Math.max(-1, answer);
    }

    private static UserTable words(long first, long second) {
        return new UserTable(UserTable.SMMUV3, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(first).putLong(second).array());
    }

    private long anchorWord() {
        return ByteBuffer.wrap(user.anchor().bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private void refused(Rule rule, UserTable table) {
        assertEquals(rule, assertThrows(RefusedException.class, () -> nesting.check(table)).rule());
    }

    @Test
    public void aUserMayTranslateLetPastOrAbort() {
        attach(user.anchor());
        assertEquals(RAM + PAGE + 4, read(NIC, IOVA + 4));
        // V, Config 100: past stage 1, and still through the parent.
        attach(words(1 | 4 << 1, 0));
        assertEquals(RAM + 8, read(NIC, USER + 8));
        assertEquals(-1, read(NIC, IOVA));
        // V, Config 000, and V = 0.
        attach(words(1, 0));
        assertEquals(-1, read(NIC, USER));
        attach(user.anchor());
        attach(words(0, 0));
        assertEquals(-1, read(NIC, IOVA));
    }

    @Test
    public void whatTheUnitWouldCallIllFormedIsRefused() {
        nesting.check(user.anchor());
        refused(Rule.INVALID, words(1 | 6 << 1, 0));
        refused(Rule.INVALID, words(1 | 7 << 1, 0));
        refused(Rule.INVALID, words(1 | 1 << 1, 0));
        nesting.check(words(anchorWord() | 4L << 59, 2));
        refused(Rule.INVALID, words(anchorWord() | 5L << 59, 2));
        assertTrue(assertThrows(RefusedException.class, () -> nesting.check(words(anchorWord(), 1L << 28))).getMessage().contains("EATS=1"));
        refused(Rule.STAGES, new UserTable(UserTable.VTD, new byte[24]));
    }

    /** IDR0: S1P and S2P. */
    @Test
    public void aUnitWithOneStageHasNoParents() {
        for (int stage : new int[] {1, 2}) {
            start(MadeUpMachine.IDR0 & ~stage, MadeUpMachine.IDR1);
            assertTrue(driver.nesting().isEmpty());
        }
    }

    @Test
    public void pasidsAndParentsExcludeEachOther() {
        DomainTable plain = driver.createTable(new DomainSpec(5, 48, -1L));
        assertReason(() -> nesting.attach(NIC, 1, parent, user.anchor()));
        attach(user.anchor());
        assertReason(() -> driver.attach(NIC, 1, plain));
        assertReason(() -> driver.attach(NIC, 1, parent));
        assertEquals(RAM + PAGE, read(NIC, IOVA));
        driver.detach(NIC, NONE);
        driver.attach(NIC, 1, plain);
        assertReason(() -> attach(user.anchor()));
        assertReason(() -> driver.attach(NIC, NONE, parent));
    }

    private static void assertReason(Runnable work) {
        assertEquals(Reason.UNSUPPORTED, assertThrows(IommuException.class, work::run).reason());
    }

    /** The cache shows it: what another user's parent has cached stays, although the user says "everything" and names the other's VMID. */
    @Test
    public void aUsersCommandsReachNoOthersTranslations() {
        DomainTable other = parent(2, 0x10_0000);
        UserTables second = UserTables.of("smmuv3", memory, address -> address - USER + RAM + 0x10_0000, USER + 0x8_0000);
        second.map(IOVA, USER + PAGE, true);
        attach(user.anchor());
        nesting.attach(ENGINE, NONE, other, second.anchor());
        assertEquals(RAM + PAGE, read(NIC, IOVA));
        assertEquals(RAM + 0x10_0000 + PAGE, read(ENGINE, IOVA));
        user.map(IOVA, USER + 2 * PAGE, true);
        second.map(IOVA, USER + 2 * PAGE, true);
        // TLBI_NSNH_ALL, TLBI_NH_ALL and TLBI_NH_ASID with VMID 2.
        assertEquals(3, invalidate(null, 0x30, 0, 0x10 | 2L << 32, 0, 0x11 | 2L << 32 | 7L << 48, 0).done());
        assertEquals(RAM + 2 * PAGE, read(NIC, IOVA));
        assertEquals("cached", RAM + 0x10_0000 + PAGE, read(ENGINE, IOVA));
        nesting.invalidate(other, null, second.everything());
        assertEquals(RAM + 0x10_0000 + 2 * PAGE, read(ENGINE, IOVA));
    }

    private UserEntries.Outcome invalidate(LongFunction<DeviceId> devices, long... words) {
        ByteBuffer out = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            out.putLong(word);
        }
        return nesting.invalidate(parent, null, new UserEntries(UserEntries.SMMUV3, out.array(), words.length / 2, devices));
    }

    /** Context descriptors are named by the StreamID that the user has given the device. */
    @Test
    public void contextDescriptorsAreForgottenByTheUsersStreamId() {
        LongFunction<DeviceId> ids = id -> id == 0x77 ? NIC : null;
        UserTables other = UserTables.of("smmuv3", memory, address -> address - USER + RAM, USER + 0xc_0000);
        other.map(IOVA, USER + 3 * PAGE, true);
        attach(user.anchor());
        assertEquals(RAM + PAGE, read(NIC, IOVA));
        long context = anchorWord() & -PAGE;
        for (int command : new int[] {CFGI_CD, CFGI_CD_ALL}) {
            long root = command == CFGI_CD ? other.root() : user.root();
            memory.writeLong(context - USER + RAM + 8, root);
            assertEquals(2, invalidate(ids, command | 0x77L << 32, 0, 0x10, 0).done());
            assertEquals(command == CFGI_CD ? RAM + 3 * PAGE : RAM + PAGE, read(NIC, IOVA));
        }
        assertEquals(1, invalidate(ids, ATC_INV | 0x77L << 32, 52).done());
        UserEntries.Outcome unknown = invalidate(ids, 0x10, 0, CFGI_CD | 0x78L << 32, 0, 0x10, 0);
        assertEquals(1, unknown.done());
        assertTrue(unknown.refusal().text(), unknown.refusal().text().contains("120"));
        assertEquals(0, invalidate(ids, CFGI_CD | 1 << 10 | 0x77L << 32, 0).done());
        assertEquals(0, invalidate(null, CFGI_CD | 0x77L << 32, 0).done());
    }

    /** Those of the host: stream table entries, stage 2, EL2, SYNC, page responses, and numbers that are none. */
    @Test
    public void commandsOfTheHostAreRefused() {
        for (int opcode = 0; opcode < 0x100; opcode++) {
            boolean users = switch (opcode) {
                case 0x10, 0x11, 0x12, 0x13, 0x30 -> true;
                default -> false;
            };
            UserEntries.Outcome outcome = invalidate(null, opcode, 0);
            assertEquals("opcode " + opcode, users, outcome.refusal() == null);
            assertEquals("opcode " + opcode, users ? 1 : 0, outcome.done());
        }
    }
}
