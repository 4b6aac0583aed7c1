// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Placement;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapState;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.core.pluck.Plucks;
import org.sluice.core.space.Space;
import org.sluice.machine.AddressRange;
import org.sluice.machines.synthetic.device.BalloonGuest;

/** Durable spaces over the end of a platform that ends in order; what kills do is {@link DurableKillTest}'s. */
public class DurableTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final SpaceOptions DURABLE = new SpaceOptions("kept", true, null, 0);

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private Platform start(String... without) {
        List<String> left = List.of(without);
        return new Platform(temporary.getRoot().toPath(), Platform.all().stream().filter(b -> !left.contains(b.info().name())).toList());
    }

    private static Machine open(Platform platform, String kind) {
        return platform.machines.open("synthetic:" + kind, "lab", false, Progress.NONE);
    }

    private static Machine lab(Platform platform) {
        return platform.machines.list().stream().filter(m -> m.name().equals("lab")).findFirst().orElse(null);
    }

    /** Every kind of change, under each backend. */
    @Test
    public void everythingThatWasAcknowledgedIsThereAgainAndServed() throws IOException {
        for (String kind : Platform.TRANSLATING) {
            Platform first = start();
            Machine machine = open(first, kind);
            long ram = machine.memory().ram().get(0).start();
            AddressSpace space = first.spaces.create(machine, new SpaceOptions("kept", true, new AddressRange(0x7000_0000L, 0x7000_ffffL), 0));
            assertTrue(space.isDurable());
            first.spaces.create(machine, SpaceOptions.named("passing")).attach(Platform.ENGINE, NO_PASID);
            space.attach(Platform.NIC, NO_PASID);
            space.attach(Platform.ENGINE, NO_PASID);
            space.map(BASE, ram, 4 * PAGE, READ_WRITE);
            space.cut(BASE + PAGE, PAGE);
            space.change(List.of(Change.map(BASE + 16 * PAGE, ram + PAGE, PAGE, READ), Change.unmap(BASE + 2 * PAGE, 2 * PAGE)));
            long chosen = space.place(ram + 8 * PAGE, PAGE, READ_WRITE, new Placement(new AddressRange(BASE, BASE + (1L << 20)), 0));
            assertEquals(BASE + PAGE, chosen);
            space.reserve(new OwnedRange(new AddressRange(BASE + 32 * PAGE, BASE + 33 * PAGE - 1), RangeKind.RESERVED, Origin.OPERATOR, "somebody"));
            space.reserve(new OwnedRange(new AddressRange(BASE + 40 * PAGE, BASE + 41 * PAGE - 1), RangeKind.RESERVED, Origin.OPERATOR, "else"));
            space.release(new AddressRange(BASE + 40 * PAGE, BASE + 41 * PAGE - 1));
            space.detach(Platform.ENGINE, NO_PASID);
            first.spaces.destroy(first.spaces.create(machine, new SpaceOptions("gone", true, null, 0)));
            List<String> before = Picture.of(first, machine);
            first.end();

            Platform second = start();
            Machine again = lab(second);
            assertNotNull(kind, again);
            assertEquals(kind, before, Picture.of(second, again));
            assertEquals(List.of(), second.spaces.remarks(again));
            assertEquals(1, second.spaces.list(again).size());
            long output = second.port(again, Platform.NIC).translate(BASE + PAGE + 5, READ);
            assertEquals(kind, ram + 8 * PAGE + 5, output);
            assertTrue(second.port(again, Platform.NIC).translate(BASE + 2 * PAGE, READ) < 0);
            assertTrue(second.port(again, Platform.ENGINE).translate(BASE, READ) < 0);
            second.machines.close("lab");
            second.end();
            clear();
        }
    }

    /** What a guest gave up and what an operator decided is there again, also after the store was written anew. */
    @Test
    public void plucksLimitsAndDecisionsOfTheOperatorAreThereAgain() throws IOException {
        AddressRange pages = new AddressRange(BASE + PAGE, BASE + 6 * PAGE - 1);
        AddressRange adopted = new AddressRange(BASE + 64 * PAGE, BASE + 65 * PAGE - 1);
        Platform first = start();
        Machine machine = open(first, "virtio");
        long ram = machine.memory().ram().get(0).start();
        AddressSpace space = first.spaces.create(machine, DURABLE);
        space.attach(Platform.NIC, NO_PASID);
        space.map(BASE, ram, 4 * PAGE, READ_WRITE, RangeKind.RAM);
        space.map(BASE + 4 * PAGE, ram + 32 * PAGE, 4 * PAGE, READ, RangeKind.RAM);
        Plucks plucks = new Plucks(first.registry);
        BalloonGuest guest = new BalloonGuest();
        plucks.bind(guest);
        assertEquals(State.RELEASED, plucks.pluck(space, pages, 20_000).state());
        plucks.adopt(space, adopted);
        plucks.adopt(space, new AddressRange(BASE + 80 * PAGE, BASE + 81 * PAGE - 1));
        plucks.giveBack(space, new AddressRange(BASE + 80 * PAGE, BASE + 81 * PAGE - 1));
        first.interrupts.allowUnisolated(machine, Platform.NIC, true);
        first.interrupts.allowUnisolated(machine, Platform.ENGINE, true);
        first.interrupts.allowUnisolated(machine, Platform.ENGINE, false);
        ((Space) space).limit(5 * PAGE);
        first.spaces.create(machine, new SpaceOptions("unused", true, null, 0));
        List<String> before = Picture.of(first, machine);
        List<Pluck> told = plucks.list(machine).stream().filter(p -> p.state() == State.RELEASED).toList();
        assertEquals(2, told.size());
        guest.stop();
        first.end();

        for (int restart = 0; restart < 2; restart++) {
            Platform again = start();
            Machine lab = lab(again);
            assertEquals(before, Picture.of(again, lab));
            assertEquals(told, new Plucks(again.registry).list(lab));
            assertEquals(List.of(Platform.NIC), again.interrupts.unisolated(lab));
            assertTrue(again.port(lab, Platform.NIC).translate(BASE + PAGE, READ) < 0);
            // The second time from a file that was written anew.
            growUntilWrittenAnew(again.spaces.find(lab, "unused"));
            again.end();
        }

        limitsHoldAndPagesComeBack(pages, ram);
    }

    private void limitsHoldAndPagesComeBack(AddressRange pages, long ram) {
        Platform last = start();
        Machine lab = lab(last);
        AddressSpace kept = last.spaces.find(lab, "kept");
        assertThrows("plucked", RefusedException.class, () -> kept.map(BASE + PAGE, ram, PAGE, READ));
        RefusedException limit = assertThrows(RefusedException.class, () -> kept.map(BASE + 16 * PAGE, ram, 3 * PAGE, READ));
        assertEquals(limit.getMessage(), "limit of space kept: 0x5000 bytes pinned, used 0x3000, asked 0x3000", limit.refusals().get(0).text());
        Plucks again = new Plucks(last.registry);
        assertThrows("more than the limit", RefusedException.class, () -> again.giveBack(kept, pages));
        ((Space) kept).limit(8 * PAGE);
        BalloonGuest later = new BalloonGuest();
        later.request(kept, pages, new GuestChannel.Reply() {
            @Override
            public void acknowledged() {
                assertEquals(List.of(pages), later.balloon(lab));
            }

            @Override
            public void refused(String why) {
                throw new AssertionError(why);
            }
        });
        again.bind(later);
        assertEquals(State.RETURNED, again.giveBack(kept, pages).state());
        assertEquals(ram + 3 * PAGE, last.port(lab, Platform.NIC).translate(BASE + 3 * PAGE, WRITE));
        assertEquals(ram + 33 * PAGE, last.port(lab, Platform.NIC).translate(BASE + 5 * PAGE, READ));
        assertEquals(1, again.list(lab).stream().filter(p -> p.state() == State.RELEASED).count());
        later.stop();
        last.end();
    }

    private void growUntilWrittenAnew(AddressSpace space) throws IOException {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            changes.add(Change.map(BASE + (1L << 30) + i * PAGE, 0, PAGE, READ));
        }
        changes.add(Change.unmap(BASE + (1L << 30), 700 * PAGE));
        long before = 0;
        for (long size = size(); size >= before; size = size()) {
            before = size;
            space.change(changes);
        }
    }

    /** Of all that is in the store. */
    private long size() throws IOException {
        try (Stream<Path> all = Files.list(temporary.getRoot().toPath())) {
            return all.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private void clear() throws IOException {
        try (Stream<Path> all = Files.list(temporary.getRoot().toPath())) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    public void theBackendThatAnOperatorChoseServesAgainAndUntilItIsThereDmaIsBlocked() throws InterruptedException {
        Platform first = start();
        Machine machine = open(first, "vtd");
        long ram = machine.memory().ram().get(0).start();
        AddressSpace space = first.spaces.create(machine, DURABLE);
        space.attach(Platform.NIC, NO_PASID);
        space.map(BASE, ram, PAGE, READ_WRITE);
        assertEquals(SwapState.ACTIVE, first.swaps.swap(machine, "0", "amdvi", SwapOptions.DEFAULT, Progress.NONE).state());
        first.end();

        Platform second = start("amdvi");
        Machine again = lab(second);
        assertEquals("ABSENT", again.units().get(0).status().state());
        assertTrue(second.port(again, Platform.NIC).translate(BASE, READ) < 0);
        assertTrue(second.spaces.remarks(again).toString(), second.spaces.remarks(again).get(0).contains("waits for backend amdvi"));
        assertEquals("ABSENT", second.spaces.find(again, "kept").attachments().get(0).status().state());
        second.spaces.find(again, "kept").map(BASE + PAGE, ram + PAGE, PAGE, READ_WRITE);
        second.add(new AmdViBackend("1.0"));
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!again.units().get(0).status().state().equals("ACTIVE")) {
            assertTrue("no takeover", System.nanoTime() < deadline);
            Thread.onSpinWait();
        }
        assertEquals("amdvi", again.units().get(0).backend());
        assertEquals(ram + PAGE, second.port(again, Platform.NIC).translate(BASE + PAGE, READ));
        assertEquals(List.of(), second.spaces.remarks(again));
        second.end();

        Platform third = start();
        assertEquals("amdvi", lab(third).units().get(0).backend());
        assertEquals(ram + PAGE, third.port(lab(third), Platform.NIC).translate(BASE + PAGE, READ));
        third.end();
    }

    @Test
    public void aMachineWhoseBackendIsMissingIsToldAndComesWithIt() {
        Platform first = start();
        AddressSpace space = first.spaces.create(open(first, "smmuv3"), DURABLE);
        space.map(BASE, 0x4000_0000L, PAGE, READ);
        first.end();
        Platform second = start("smmuv3");
        assertNull(lab(second));
        Machine other = second.machines.open("synthetic:vtd", "other", false, Progress.NONE);
        assertTrue(second.spaces.remarks(other).toString(), second.spaces.remarks(other).get(0).startsWith("machine lab with 1 durable spaces is not open again"));
        second.add(Platform.all().get(0));
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (lab(second) == null || second.spaces.list(lab(second)).isEmpty()) {
            assertTrue("not opened again", System.nanoTime() < deadline);
            Thread.onSpinWait();
        }
        assertEquals(1, second.spaces.find(lab(second), "kept").info().mappings());
        assertEquals(List.of(), second.spaces.remarks(other));
        second.end();
    }

    @Test
    public void aMachineThatWasClosedComesBackWhenItIsOpenedAgain() throws IOException {
        Platform first = start();
        Machine machine = open(first, "vtd");
        first.spaces.create(machine, DURABLE).map(BASE, 0, PAGE, READ);
        first.machines.close("lab");
        assertEquals(1, first.spaces.find(open(first, "vtd"), "kept").info().mappings());
        first.machines.close("lab");
        first.end();
        Platform second = start();
        assertNull(lab(second));
        assertEquals("another machine of that name", List.of(), second.spaces.list(open(second, "amdvi")));
        second.machines.close("lab");
        Machine again = open(second, "vtd");
        second.spaces.destroy(second.spaces.find(again, "kept"));
        second.end();
        Platform third = start();
        assertNull("nothing is kept of a machine without spaces", lab(third));
        assertEquals(List.of(), third.spaces.list(open(third, "vtd")));
        third.end();
    }

    @Test
    public void aSecondPlatformWorksWithoutTheStoreAndSaysSo() {
        Platform first = start();
        first.spaces.create(open(first, "vtd"), DURABLE);
        Platform second = start();
        assertNull(lab(second));
        Machine machine = open(second, "vtd");
        AddressSpace space = second.spaces.create(machine, DURABLE);
        assertFalse(space.isDurable());
        assertTrue(second.spaces.notKept(machine), second.spaces.notKept(machine).contains("in use by another platform"));
        space.map(BASE, 0, PAGE, READ);
        second.end();
        first.end();
        Platform third = start();
        assertEquals(0, third.spaces.find(lab(third), "kept").info().mappings());
        assertNull(third.spaces.notKept(lab(third)));
        third.end();
    }

    @Test
    public void aMachineForOneCommandKeepsNothingAndSaysSo() {
        Platform first = start();
        try (var lease = first.machines.lease("synthetic:vtd", false, Progress.NONE)) {
            AddressSpace space = first.spaces.create(lease.machine(), DURABLE);
            assertFalse(space.isDurable());
            assertTrue(first.spaces.notKept(lease.machine()).contains("for one command only"));
        }
        first.end();
        Platform second = start();
        assertEquals(List.of(), second.machines.list());
        second.end();
    }

    /** After the store has ended nothing changes any more, and the caller hears why. */
    @Test
    public void aChangeThatCannotBeKeptIsRefusedBeforeItHappens() {
        Platform first = start();
        Machine machine = open(first, "vtd");
        AddressSpace space = first.spaces.create(machine, DURABLE);
        space.attach(Platform.NIC, NO_PASID);
        space.map(BASE, 0, PAGE, READ);
        first.durable.stop();
        assertThrows(RefusedException.class, () -> space.map(BASE + PAGE, 0, PAGE, READ));
        assertThrows(RefusedException.class, () -> space.unmap(BASE, PAGE));
        assertThrows(RefusedException.class, () -> space.cut(BASE, PAGE));
        assertThrows(RefusedException.class, () -> space.place(0, PAGE, READ, Placement.ANYWHERE));
        assertThrows(RefusedException.class, () -> space.change(List.of(Change.unmap(BASE, PAGE))));
        assertThrows(RefusedException.class, () -> space.attach(Platform.ENGINE, NO_PASID));
        assertThrows(RefusedException.class, () -> space.detach(Platform.NIC, NO_PASID));
        assertEquals(1, space.info().mappings());
        assertEquals(1, space.attachments().size());
        first.end();
    }

    /** A ring maps and unmaps for ever; its file does not grow for ever. */
    @Test
    public void theStoreDoesNotGrowWithTime() throws IOException {
        Platform first = start();
        AddressSpace space = first.spaces.create(open(first, "vtd"), DURABLE);
        space.map(BASE - PAGE, 0, PAGE, READ);
        // 400 KB a set, as steps of 26 and 17 bytes: 14 MB in all.
        List<Change> set = new ArrayList<>();
        for (int i = 0; i < 8000; i++) {
            set.add(Change.map(BASE + i * PAGE, i * PAGE, PAGE, READ));
        }
        for (int i = 0; i < 8000; i++) {
            set.add(Change.unmap(BASE + i * PAGE, PAGE));
        }
        for (int i = 0; i < 40; i++) {
            space.change(set);
        }
        long bytes = 0;
        try (Stream<Path> all = Files.list(temporary.getRoot().toPath())) {
            for (Path file : all.toList()) {
                bytes += Files.size(file);
            }
        }
        assertTrue("bytes " + bytes, bytes < 5 << 20);
        first.end();
        Platform second = start();
        assertEquals(1, second.spaces.find(lab(second), "kept").info().mappings());
        second.end();
    }
}
