// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_PAGES;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;
import org.sluice.vfio.Errno;
import org.sluice.vfio.Limit;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.iommufd.Churn;
import org.sluice.vfio.iommufd.IoasCalls.Estimate;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.OptionCalls;
import org.sluice.vfio.memory.MachineMemory;
import org.sluice.vfio.memory.MemoryAccount;

/** What is pinned is charged, limits are told beforehand and when they refuse (NST-05); how much tables change is told (SHM-20). */
@RunWith(Parameterized.class)
public class AccountingTest {
    private final Rigs.Kind kind;
    private Rig rig;
    private IommufdContext context;

    public AccountingTest(Rigs.Kind kind) {
        this.kind = kind;
    }

    @Parameters(name = "{0}")
    public static List<Rigs.Kind> parameters() {
        return Rigs.all();
    }

    @Before
    public void open() {
        rig = kind.make().get();
        context = rig.context();
    }

    @After
    public void close() {
        rig.close();
    }

    @Test
    public void limitOnePageShortRefusesTheWholeMapAndPinsNothing() {
        int ioas = context.ioas().alloc();
        rig.attach(0, ioas);
        rig.user.limit(BUFFER_PAGES - 1);
        Estimate before = context.ioas().estimate(rig.process, List.of(AddressRange.ofSize(BUFFER, BUFFER_SIZE)));
        assertEquals(new Estimate(BUFFER_PAGES, BUFFER_PAGES - 1, 0), before);
        assertFalse(before.fits());
        List<String> state = context.describe();
        VfioException refused = assertErrno(Errno.ENOMEM, () -> map(ioas, BUFFER, BUFFER_SIZE));
        assertEquals(new Limit("user", BUFFER_PAGES - 1, 0, BUFFER_PAGES), refused.limit());
        assertTrue(refused.getMessage(), refused.getMessage().contains("limit") && refused.getMessage().contains("asked 16"));
        assertEquals(state, context.describe());
        assertEquals(0, rig.pool.pinned());
        rig.verifyAbsent(rig.device(0), rig.base(), BUFFER_SIZE);
        rig.user.limit(BUFFER_PAGES);
        assertTrue(context.ioas().estimate(rig.process, List.of(AddressRange.ofSize(BUFFER, BUFFER_SIZE))).fits());
        map(ioas, BUFFER, BUFFER_SIZE);
        rig.verify(rig.device(0), rig.base(), BUFFER, BUFFER_SIZE);
        assertEquals(BUFFER_PAGES, rig.user.used());
        VfioException next = assertErrno(Errno.ENOMEM, () -> context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, PAGE, rig.base() + BUFFER_SIZE));
        assertEquals(new Limit("user", BUFFER_PAGES, BUFFER_PAGES, 1), next.limit());
    }

    private void map(int ioas, long address, long length) {
        context.ioas().map(ioas, Rig.FIXED, rig.process, address, length, rig.base());
    }

    /** Without a device nothing is pinned, so the limit counts when one comes; it stays out then, and nothing has changed. */
    @Test
    public void limitCountsWhenADeviceComes() {
        int ioas = context.ioas().alloc();
        map(ioas, BUFFER, BUFFER_SIZE);
        assertEquals(0, rig.user.used());
        rig.user.limit(BUFFER_PAGES - 1);
        int device = context.devices().bind(rig.device(0), true);
        List<String> state = context.describe();
        assertErrno(Errno.ENOMEM, () -> context.devices().attach(device, ioas));
        assertEquals(state, context.describe());
        assertEquals(0, rig.pool.pinned());
    }

    /** Tables that map the same pages, and copies of a map, pin them once. */
    @Test
    public void whatIsPinnedIsChargedOnce() {
        int ioas = context.ioas().alloc();
        map(ioas, BUFFER, BUFFER_SIZE);
        int device = rig.attach(0, ioas);
        context.hwpt().alloc(0, device, ioas, null, 0);
        context.ioas().copy(ioas, ioas, Rig.FIXED, BUFFER_SIZE, rig.base() + BUFFER_SIZE, rig.base());
        assertEquals(BUFFER_PAGES, rig.user.used());
        assertEquals(BUFFER_PAGES, rig.process.pinned());
        // Another map of the same memory is another promise.
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, BUFFER_SIZE, rig.base() + 2 * BUFFER_SIZE);
        assertEquals(2 * BUFFER_PAGES, rig.user.used());
    }

    /** Contexts of one user share its limit; with the option each process has its own. */
    @Test
    public void limitOfTheProcessWithTheOption() {
        context.options().set(OptionCalls.RLIMIT_MODE, 0, 1);
        int ioas = context.ioas().alloc();
        rig.attach(0, ioas);
        rig.process.process().limit(3);
        VfioException refused = assertErrno(Errno.ENOMEM, () -> map(ioas, BUFFER, BUFFER_SIZE));
        assertEquals("process", refused.limit().owner());
        map(ioas, BUFFER, PAGE * 3);
        assertEquals(3, rig.process.process().used());
        assertEquals(0, rig.user.used());
        context.ioas().unmapAll(ioas);
        assertEquals(0, rig.process.process().used());
    }

    @Test
    public void churnOfATableIsCounted() {
        int ioas = context.ioas().alloc();
        int device = context.devices().bind(rig.device(0), true);
        int hwpt = context.devices().attach(device, ioas);
        Churn idle = context.hwpt().churn(hwpt);
        assertEquals(0, idle.maps() + idle.unmaps());
        for (int i = 0; i < 10; i++) {
            map(ioas, BUFFER, PAGE);
            context.ioas().unmap(ioas, rig.base(), PAGE);
        }
        Churn busy = context.hwpt().churn(hwpt);
        assertEquals(10, busy.maps());
        assertEquals(10, busy.unmaps());
        assertEquals(10 * PAGE, busy.mappedBytes());
        assertTrue(busy.mapsPerSecond(idle) > 0);
        assertEquals(0, busy.unmapsPerSecond(busy), 0);
    }

    /** Memory of the machine itself, as its owner maps it: physical addresses are what it says. */
    @Test
    public void memoryOfTheMachine() {
        AddressRange range = AddressRange.ofSize(rig.memory.ram().get(0).start(), BUFFER_SIZE);
        MachineMemory memory = new MachineMemory(rig.memory, range, rig.user, new MemoryAccount("owner", MemoryAccount.UNLIMITED));
        int ioas = context.ioas().alloc();
        rig.attach(0, ioas);
        context.ioas().map(ioas, Rig.FIXED, memory, PAGE, PAGE * 2, rig.base());
        assertEquals(range.start() + PAGE, rig.translate(rig.device(0), Rig.NO_PASID, rig.base(), 2));
        assertEquals(2, memory.pinned());
        assertErrno(Errno.EFAULT, () -> context.ioas().map(ioas, Rig.FIXED, memory, BUFFER_SIZE - PAGE, PAGE * 2, rig.base() + BUFFER_SIZE));
        context.ioas().unmapAll(ioas);
        assertEquals(0, memory.pinned());
    }

    /** RIV-02: addresses that callers took are never handed out, whatever the order. */
    @Test
    public void chosenAndGivenAddressesNeverMeet() {
        int ioas = context.ioas().alloc();
        rig.attach(0, ioas);
        context.ioas().allow(ioas, List.of(AddressRange.ofSize(rig.base(), PAGE * 256)));
        Random random = Seed.random();
        List<AddressRange> taken = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            long length = PAGE * (1 + random.nextInt(4));
            AddressRange range = random.nextBoolean() ? give(ioas, AddressRange.ofSize(rig.base() + PAGE * random.nextInt(250), length), taken)
                    : choose(ioas, length);
            if (range != null) {
                assertTrue(range + " of " + taken, taken.stream().noneMatch(range::overlaps));
                taken.add(range);
            }
        }
        assertTrue(taken.size() > 20);
    }

    /** Null if it was refused, which it is if and only if it meets something. */
    private AddressRange give(int ioas, AddressRange range, List<AddressRange> taken) {
        if (taken.stream().anyMatch(range::overlaps)) {
            assertErrno(Errno.EEXIST, () -> context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, range.size(), range.start()));
            return null;
        }
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, range.size(), range.start());
        return range;
    }

    private AddressRange choose(int ioas, long length) {
        try {
            return AddressRange.ofSize(context.ioas().map(ioas, Rig.WRITE_READ, rig.process, BUFFER, length, 0), length);
        } catch (VfioException full) {
            assertEquals(Errno.ENOSPC, full.errno());
            return null;
        }
    }
}
