// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.Mapping;
import org.sluice.api.Progress;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.Account;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.UserEntries.Outcome;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.core.space.Space;
import org.sluice.machine.IommuException;
import org.sluice.spi.Backend;
import org.sluice.testkit.Seed;
import org.sluice.testkit.nesting.UserTables;

/** Tables of users over spaces, through the services, on each backend that can nest: a client that knows no virtual machine (NST-17). */
public class NestedDomainTest extends ParentUnderBackend {
    private DmaPort nic;

    @Before
    public void openPort() {
        nic = platform.port(machine, Platform.NIC);
    }

    private NestedDomain nest(UserTables tables) {
        return parent.nest(Platform.NIC, tables.anchor());
    }

    private NestedDomain attached() {
        NestedDomain nested = nest(user);
        nested.attach(Platform.NIC, NO_PASID);
        return nested;
    }

    private void faults(long iova, int permission) {
        assertTrue(Long.toHexString(iova), nic.translate(iova, permission) < 0);
    }

    private static void refused(Rule rule, Runnable work) {
        assertEquals(rule, assertThrows(RefusedException.class, work::run).rule());
    }

    /** NST-17: what a user-space driver does. Parent and nested domain, and not a word of virtual machines. */
    @Test
    public void nst17ADriverInUserSpaceUsesAParentAndANestedDomain() {
        user.map(IOVA, USER + 5 * PAGE, true);
        user.map(IOVA + PAGE, USER + 3 * PAGE, false);
        NestedDomain nested = attached();
        assertEquals(List.of(Platform.NIC), nested.attachments().stream().map(Attachment::device).toList());
        byte[] data = "through both".getBytes();
        assertEquals(DmaPort.OK, nic.write(IOVA + 16, data, 0, data.length));
        byte[] there = new byte[data.length];
        machine.memory().window(ram + 5 * PAGE).get(ram + 5 * PAGE + 16, there, 0, there.length);
        assertArrayEquals(data, there);
        assertEquals(ram + 3 * PAGE + 8, nic.translate(IOVA + PAGE + 8, READ));
        faults(IOVA + PAGE, WRITE);
        faults(IOVA + 2 * PAGE, READ);
        faults(USER, READ);
        assertTrue(platform.spaces.capabilities(machine, Platform.NIC).features().contains(Feature.NESTING));
    }

    /** Who reads the structures finds nothing wrong with two devices on one table over a parent, and what they reach. */
    @Test
    public void whatIsNestedHasNoDefects() {
        user.map(IOVA, USER + 5 * PAGE, true);
        parent.attach(Platform.NIC, NO_PASID);
        assertEquals(List.of(), defects());
        NestedDomain nested = attached();
        assertEquals(List.of(), defects());
        nested.attach(Platform.ENGINE, NO_PASID);
        assertEquals(List.of(), defects());
        List<Mapping> mappings = new ArrayList<>();
        platform.inspect.mappings(machine, Platform.NIC, NO_PASID, Progress.NONE, mappings::add);
        assertEquals(List.of(IOVA + " " + (ram + 5 * PAGE)), mappings.stream().map(m -> m.iova() + " " + m.output()).distinct().toList());
        parent.attach(Platform.NIC, NO_PASID);
        assertEquals(List.of(), defects());
    }

    private List<String> defects() {
        List<String> found = new ArrayList<>();
        platform.inspect.verify(machine, null, Progress.NONE, defect -> found.add(defect.defect() + ": " + defect.rule()));
        return found;
    }

    /** NST-01: all pinning is the parent's, at map time. */
    @Test
    public void nst01NothingOfANestedDomainChangesWhatIsMapped() {
        Account before = account();
        NestedDomain nested = attached();
        user.map(IOVA, USER, true);
        nested.invalidate(user.everything());
        assertEquals(ram, nic.translate(IOVA, READ));
        parent.attach(Platform.NIC, NO_PASID);
        nested.destroy();
        Account after = account();
        assertEquals(SIZE, before.pinnedBytes());
        assertEquals(before.pinnedBytes(), after.pinnedBytes());
        assertEquals(before.peakBytes(), after.peakBytes());
        assertEquals(1, parent.info().mappings());
    }

    private Account account() {
        return ((Space) parent).accounted();
    }

    /** Every address of a table made at random is where table and parent say, and every other one faults. */
    @Test
    public void translationsAreThoseOfBothTables() {
        Random random = Seed.random();
        Map<Long, Long> expected = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            long iova = (random.nextLong() & 0x7fff_ffff_f000L) >>> (random.nextBoolean() ? 20 : 0) & -PAGE;
            long address = USER + random.nextInt((int) (SIZE / PAGE)) * PAGE;
            user.map(iova, address, true);
            expected.put(iova, physical(address));
        }
        parent.cut(USER + 100 * PAGE, 50 * PAGE);
        attached();
        expected.forEach((iova, physical) -> {
            long page = (physical - ram) / PAGE;
            if (page >= 100 && page < 150) {
                faults(iova, READ);
            } else {
                assertEquals(physical + 4, nic.translate(iova + 4, READ));
                assertEquals(physical + 8, nic.translate(iova + 8, WRITE));
            }
            if (!expected.containsKey(iova + PAGE)) {
                faults(iova + PAGE, READ);
            }
        });
    }

    /** NST-03: the user's tables are read through the parent, and an output that the parent does not map is no output. */
    @Test
    public void nst03TablesAreReadThroughTheParent() {
        user.map(IOVA, USER, true);
        user.map(IOVA + PAGE, USER + SIZE, true);
        attached();
        assertEquals(ram, nic.translate(IOVA, READ));
        faults(IOVA + PAGE, READ);
        parent.cut(user.tableOf(IOVA), PAGE);
        faults(IOVA, READ);
        parent.map(user.tableOf(IOVA), physical(user.tableOf(IOVA)), PAGE, READ_WRITE);
        assertEquals(ram, nic.translate(IOVA, READ));
    }

    /** NST-11: from the parent to a table over it, to another, back, and away; each is what the next access meets. */
    @Test
    public void nst11KindsOfTableAreReplacedWithoutDetaching() {
        user.map(IOVA, USER, true);
        UserTables second = tables(user.end());
        second.map(IOVA, USER + PAGE, true);
        AddressSpace plain = platform.spaces.create(machine, SpaceOptions.named("plain"));
        plain.map(IOVA, ram + 7 * PAGE, PAGE, READ_WRITE);
        NestedDomain a = nest(user);
        NestedDomain b = nest(second);
        plain.attach(Platform.NIC, NO_PASID);
        for (int round = 0; round < 3; round++) {
            assertEquals(ram + 7 * PAGE, nic.translate(IOVA, READ));
            a.attach(Platform.NIC, NO_PASID);
            assertEquals(List.of(), plain.attachments());
            assertEquals(ram, nic.translate(IOVA, READ));
            faults(USER, READ);
            b.attach(Platform.NIC, NO_PASID);
            assertEquals(List.of(), a.attachments());
            assertEquals(ram + PAGE, nic.translate(IOVA, READ));
            parent.attach(Platform.NIC, NO_PASID);
            assertEquals(List.of(), b.attachments());
            assertEquals(ram + 2 * PAGE, nic.translate(USER + 2 * PAGE, READ));
            faults(IOVA, READ);
            b.attach(Platform.NIC, NO_PASID);
            assertEquals(ram + PAGE, nic.translate(IOVA, READ));
            plain.attach(Platform.NIC, NO_PASID);
            assertEquals(List.of(), parent.attachments());
        }
        b.attach(Platform.NIC, NO_PASID);
        parent.detach(Platform.NIC, NO_PASID);
        assertEquals(List.of(), b.attachments());
        faults(IOVA, READ);
        faults(USER, READ);
    }

    /** What the user changes counts when it has said so, and an entry that is bad stops those behind it. */
    @Test
    public void changesCountWhenTheUserHasSaidSo() {
        NestedDomain nested = attached();
        for (int i = 0; i < 8; i++) {
            user.map(IOVA + i * PAGE, USER + i * PAGE, true);
        }
        nested.invalidate(user.everything());
        for (int i = 0; i < 8; i++) {
            assertEquals(ram + i * PAGE, nic.translate(IOVA + i * PAGE, READ));
            user.map(IOVA + i * PAGE, USER + (8 + i) * PAGE, true);
        }
        assertEquals(new Outcome(2, null), nested.invalidate(user.pages(IOVA, IOVA + PAGE)));
        assertEquals(ram + 8 * PAGE, nic.translate(IOVA, READ));
        assertEquals(ram + 9 * PAGE, nic.translate(IOVA + PAGE, READ));
        Outcome stopped = nested.invalidate(user.pagesAndBad(IOVA + 2 * PAGE));
        assertEquals(1, stopped.done());
        assertEquals(Rule.INVALID, stopped.refusal().rule());
        assertEquals(ram + 10 * PAGE, nic.translate(IOVA + 2 * PAGE, READ));
        nested.invalidate(user.everything());
        for (int i = 0; i < 8; i++) {
            assertEquals(ram + (8 + i) * PAGE, nic.translate(IOVA + i * PAGE, READ));
        }
        user.unmap(IOVA);
        nested.invalidate(user.pages(IOVA));
        faults(IOVA, READ);
    }

    /** NST-09, over what the unit says that it takes: type, length, and every bit that is not the user's. */
    @Test
    public void nst09DataIsCheckedBeforeAnythingChanges() {
        UserTable good = user.anchor();
        List<UserFormat> formats = platform.spaces.userFormats(machine, Platform.NIC);
        assertEquals(List.of(good.type()), formats.stream().map(UserFormat::type).toList());
        UserFormat format = formats.get(0);
        byte[] bytes = good.bytes();
        assertEquals(format.length(), bytes.length);
        refused(Rule.STAGES, () -> parent.nest(Platform.NIC, new UserTable(0xbad, bytes)));
        refused(Rule.INVALID, () -> parent.nest(Platform.NIC, new UserTable(good.type(), Arrays.copyOf(bytes, bytes.length - 1))));
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        parent.nest(Platform.NIC, new UserTable(good.type(), longer)).destroy();
        longer[bytes.length] = 1;
        refused(Rule.INVALID, () -> parent.nest(Platform.NIC, new UserTable(good.type(), longer)));
        int refusals = 0;
        for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
            if ((format.allowed().get(bit / Long.SIZE) >>> bit % Long.SIZE & 1) == 0) {
                byte[] one = bytes.clone();
                one[bit / Byte.SIZE] |= 1 << bit % Byte.SIZE;
                refused(Rule.INVALID, () -> parent.nest(Platform.NIC, new UserTable(good.type(), one)));
                refusals++;
            }
        }
        assertTrue(refusals > 0);
        AddressSpace plain = platform.spaces.create(machine, SpaceOptions.named("plain"));
        refused(Rule.STAGES, () -> plain.nest(Platform.NIC, good));
        platform.spaces.destroy(parent);
        refused(Rule.NOT_FOUND, () -> parent.nest(Platform.NIC, good));
    }

    /** NST-07, second half: a parent stays while it has children, and a child while a device uses it. */
    @Test
    public void whatIsInUseIsNotDestroyed() {
        NestedDomain nested = attached();
        refused(Rule.BUSY, nested::destroy);
        refused(Rule.BUSY, () -> platform.spaces.destroy(parent));
        parent.detach(Platform.NIC, NO_PASID);
        refused(Rule.BUSY, () -> platform.spaces.destroy(parent));
        nested.destroy();
        refused(Rule.NOT_FOUND, () -> nested.attach(Platform.NIC, NO_PASID));
        platform.spaces.destroy(parent);
        refused(Rule.STAGES, () -> platform.spaces.create(machine, new SpaceOptions("d", true, null, 0, true)));
    }

    /** Anchors are the platform's to keep: a backend that went away finds its devices on the same tables when it is back. */
    @Test
    public void aBackendThatComesBackLaysTheTablesAgain() {
        user.map(IOVA, USER, true);
        NestedDomain nested = attached();
        Backend leaving = Platform.all().stream().filter(b -> b.info().name().equals(backend)).findFirst().orElseThrow();
        platform.remove(backend);
        assertEquals(List.of(Platform.NIC), nested.attachments().stream().map(Attachment::device).toList());
        faults(IOVA, READ);
        platform.add(leaving);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (nic.translate(IOVA, READ) != ram) {
            assertTrue("it is not served again", System.nanoTime() - end < 0);
            Thread.onSpinWait();
        }
        user.map(IOVA, USER + PAGE, true);
        assertEquals(1, nested.invalidate(user.pages(IOVA)).done());
        assertEquals(ram + PAGE, nic.translate(IOVA, READ));
        parent.attach(Platform.NIC, NO_PASID);
        assertEquals(ram + 2 * PAGE, nic.translate(USER + 2 * PAGE, READ));
    }

    /** Without tables over it a parent goes to any backend that can nest, and takes that one's tables then; with one it stays. */
    @Test
    public void aParentGoesToAnotherBackendThatCanNest() {
        user.map(IOVA, USER, true);
        for (String other : UserTables.BACKENDS) {
            if (!other.equals(backend)) {
                NestedDomain nested = attached();
                assertTrue(other, platform.swaps.probe(machine, "0", other).stream().anyMatch(r -> r.rule() == Rule.STAGES));
                assertEquals(ram, nic.translate(IOVA, READ));
                parent.attach(Platform.NIC, NO_PASID);
                nested.destroy();
                assertEquals(List.of(), platform.swaps.swap(machine, "0", other, SwapOptions.DEFAULT, Progress.NONE).refusals());
                assertEquals(ram + 16, nic.translate(USER + 16, READ));
                UserTables theirs = UserTables.of(other, machine.memory(), this::physical, TABLES + (1 << 20));
                theirs.map(IOVA, USER + PAGE, true);
                NestedDomain there = nest(theirs);
                there.attach(Platform.NIC, NO_PASID);
                assertEquals(ram + PAGE, nic.translate(IOVA, READ));
                parent.attach(Platform.NIC, NO_PASID);
                there.destroy();
                assertEquals(List.of(), platform.swaps.swap(machine, "0", backend, SwapOptions.DEFAULT, Progress.NONE).refusals());
            }
        }
        attached();
        assertEquals(ram, nic.translate(IOVA, READ));
    }

    /** VT-d has an entry for each PASID; where the entry is a device's, its PASIDs are the user's to give. */
    @Test
    public void tablesOfPasids() {
        user.map(IOVA, USER, true);
        NestedDomain nested = nest(user);
        DmaPort port = platform.dma.port(machine, Platform.NIC, 5);
        if (backend.equals("vtd")) {
            nested.attach(Platform.NIC, 5);
            assertEquals(ram, port.translate(IOVA, READ));
            user.map(IOVA, USER + PAGE, true);
            nested.invalidate(user.pages(IOVA));
            assertEquals(ram + PAGE, port.translate(IOVA, READ));
            parent.detach(Platform.NIC, 5);
        } else {
            assertThrows(IommuException.class, () -> nested.attach(Platform.NIC, 5));
        }
        assertTrue(port.translate(IOVA, READ) < 0);
        assertEquals(List.of(), nested.attachments());
        assertEquals(List.of(), parent.attachments());
        nested.destroy();
    }

    /** A backend that has no parents is refused before anything changes, whether or not tables lie over the space. */
    @Test
    public void aSwapToABackendThatCannotNestIsRefused() {
        user.map(IOVA, USER, true);
        NestedDomain nested = attached();
        for (int tables = 1; tables >= 0; tables--) {
            for (String other : List.of("virtio", "zpci")) {
                assertTrue(platform.swaps.probe(machine, "0", other).stream().anyMatch(r -> r.rule() == Rule.STAGES));
            }
            if (tables == 1) {
                assertEquals(ram, nic.translate(IOVA, READ));
                parent.attach(Platform.NIC, NO_PASID);
                nested.destroy();
            }
        }
    }
}
