// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.Account;
import org.sluice.api.space.AccountingService.Estimate;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.Placement;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.accounting.Accounting;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.internal.VfioFrontEnd;

/** NST-05 for address spaces under each backend: limits, what is used and asked, and what maps cost beforehand. */
@RunWith(Parameterized.class)
public class AccountsTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final Accounting accounting = new Accounting(platform.registry);
    private Machine machine;
    private AddressSpace space;
    private long ram;
    private long base;

    @Before
    public void open() {
        machine = platform.open(backend);
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        ram = machine.memory().ram().get(0).start();
        space.attach(Platform.NIC, NO_PASID);
        AddressRange widest = space.usable().stream().max((a, b) -> Long.compareUnsigned(a.size() - 1, b.size() - 1)).orElseThrow();
        base = widest.start() + (1L << 21) - 1 & -(1L << 21);
    }

    @After
    public void close() {
        platform.close();
    }

    private Account account() {
        return accounting.accounts(machine).stream().filter(a -> a.owner().equals("s")).findFirst().orElseThrow();
    }

    @Test
    public void aLimitOnePageShortRefusesTheWholeMap() {
        accounting.limit(space, 7 * PAGE);
        space.map(base, ram, 4 * PAGE, READ_WRITE);
        long tables = space.info().tableBytes();
        RefusedException refused = assertThrows(RefusedException.class, () -> space.map(base + 8 * PAGE, ram, 4 * PAGE, READ_WRITE));
        assertEquals(Rule.LIMIT, refused.rule());
        assertEquals("limit of space s: 0x7000 bytes pinned, used 0x4000, asked 0x4000", refused.refusals().get(0).text());
        assertEquals(4 * PAGE, account().pinnedBytes());
        assertEquals(1, space.info().mappings());
        assertEquals(tables, space.info().tableBytes());
        assertTrue(platform.port(machine, Platform.NIC).translate(base + 8 * PAGE, READ) < 0);
        space.map(base + 8 * PAGE, ram, 3 * PAGE, READ_WRITE);
        accounting.limit(space, 2 * PAGE);
        assertEquals("what is there stays", 7 * PAGE, account().pinnedBytes());
        assertThrows(RefusedException.class, () -> space.place(ram, PAGE, READ_WRITE, new Placement(new AddressRange(0, -1L), 0)));
        space.unmap(base, 4 * PAGE);
        accounting.limit(space, Account.UNLIMITED);
        space.map(base, ram, 4 * PAGE, READ_WRITE);
        assertEquals(new Account("space", "s", 7 * PAGE, Account.UNLIMITED, 7 * PAGE, space.info().tableBytes()), account());
    }

    /** A set that is refused in the middle puts back what it took away, whatever the limit is by now. */
    @Test
    public void whatASetTookAwayComesBackAboveTheLimit() {
        space.map(base, ram, 4 * PAGE, READ_WRITE);
        accounting.limit(space, PAGE);
        RefusedException refused = assertThrows(RefusedException.class, () -> space.change(List.of(Change.unmap(base, 4 * PAGE),
                Change.map(base, ram, 2 * PAGE, READ_WRITE))));
        assertEquals(Rule.LIMIT, refused.rule());
        assertEquals(4 * PAGE, account().pinnedBytes());
        assertEquals(ram + 3 * PAGE, platform.port(machine, Platform.NIC).translate(base + 3 * PAGE, READ));
    }

    /** What is told beforehand for an empty space is what tables take afterwards; telling it leaves nothing behind. */
    @Test
    public void theEstimateIsWhatItCosts() {
        List<Change> plan = List.of(Change.map(base, ram, 1L << 21, READ_WRITE), Change.map(base + (1L << 21) + PAGE, ram, 5 * PAGE, READ_WRITE),
                Change.map(base + (1L << 23), ram + PAGE, 1L << 21, READ_WRITE));
        long asked = (2L << 21) + 5 * PAGE;
        long before = memoryInUse();
        Estimate estimate = accounting.estimate(space, null, plan);
        assertEquals(before, memoryInUse());
        assertEquals(List.of(), estimate.refusals());
        assertEquals(new Estimate("s", asked, 0, Account.UNLIMITED, estimate.tableBytes(), List.of()), estimate);
        assertEquals(0, space.info().mappings());
        space.change(plan);
        assertEquals(space.info().tableBytes(), estimate.tableBytes());
        assertTrue(backend.equals("virtio") ? estimate.tableBytes() == 0 : estimate.tableBytes() >= 2 * PAGE);
        assertEquals(asked, account().pinnedBytes());
    }

    @Test
    public void theEstimateTellsEveryRefusal() {
        accounting.limit(space, 10 * PAGE);
        Estimate many = accounting.estimate(space, null, List.of(Change.map(base, ram, 6 * PAGE, READ_WRITE), Change.map(base + 8 * PAGE, ram, 6 * PAGE, READ_WRITE)));
        assertEquals("limit of space s: 0xa000 bytes pinned, used 0x0, asked 0xc000", many.refusals().get(0).text());
        space.map(base, ram, PAGE, READ_WRITE);
        Estimate taken = accounting.estimate(space, null, List.of(Change.map(base, ram, PAGE, READ_WRITE)));
        assertEquals(Rule.OVERLAP, taken.refusals().get(0).rule());
        Estimate twice = accounting.estimate(space, null, List.of(Change.map(base + 2 * PAGE, ram, 2 * PAGE, READ_WRITE),
                Change.map(base + 3 * PAGE, ram, PAGE, READ_WRITE)));
        assertEquals(1, twice.refusals().size());
        Estimate odd = accounting.estimate(space, null, List.of(Change.map(base + 16, ram, PAGE, READ_WRITE)));
        assertEquals(Rule.PAGE_SIZE, odd.refusals().get(0).rule());
    }

    /** A space that nobody uses has no tables; with a device it would. */
    @Test
    public void aDeviceMoreIsCounted() {
        AddressSpace unused = platform.spaces.create(machine, SpaceOptions.named("t"));
        List<Change> plan = List.of(Change.map(base, ram, PAGE, READ_WRITE));
        assertEquals(0, accounting.estimate(unused, null, plan).tableBytes());
        Estimate with = accounting.estimate(unused, Platform.ENGINE, plan);
        assertEquals(List.of(), with.refusals());
        unused.map(base, ram, PAGE, READ_WRITE);
        unused.attach(Platform.ENGINE, NO_PASID);
        assertEquals(unused.info().tableBytes(), with.tableBytes());
    }

    /** Whose memory a front-end has pinned is in the same list. */
    @Test
    public void accountsOfTheVfioFrontEnd() {
        VfioFrontEnd vfio = new VfioFrontEnd(platform.spaces, platform.dma, platform.interrupts);
        accounting.bind(vfio);
        space.detach(Platform.NIC, NO_PASID);
        SoakMappings.Vfio mappings = new SoakMappings.Vfio(vfio.open(machine), machine);
        assertTrue(mappings.map(base, ram, 3 * PAGE));
        Account user = accounting.accounts(machine).stream().filter(a -> a.kind().equals("vfio")).findFirst().orElseThrow();
        assertEquals(new Account("vfio", "user", 3 * PAGE, Account.UNLIMITED, -1, -1), user);
        mappings.end();
        assertEquals(List.of(), accounting.accounts(machine).stream().filter(a -> a.kind().equals("vfio")).toList());
        accounting.unbind(vfio);
    }

    private long memoryInUse() {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            return open.slots().get(0).live().driver().memoryInUse();
        } finally {
            open.lock().unlock();
        }
    }
}
