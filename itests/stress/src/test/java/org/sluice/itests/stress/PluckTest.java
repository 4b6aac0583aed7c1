// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.MadeUpGuest.Behaviour;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.core.pluck.Plucks;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.machines.synthetic.device.BalloonGuest;

/** MSI-12, and what it is for (MSI-10): pages of a running guest are taken away from DMA when the guest has agreed. */
@RunWith(Parameterized.class)
public class PluckTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long BASE = 0x1_0000_0000L;
    private static final long BYTES = 4L << 20;
    private static final AddressRange PAGES = AddressRange.ofSize(BASE + 0x10_0000, 0x1_0000);
    private static final AddressRange ALL = new AddressRange(0, -1L);
    private static final long TIMEOUT = 20_000;
    private static final long SHORT = 50;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final Plucks plucks = new Plucks(platform.registry);
    private final BalloonGuest guest = new BalloonGuest();
    private Machine machine;
    private AddressSpace space;
    private DmaPort nic;
    private long ram;

    /** The engine's group reserves {@link #PAGES}, as firmware may. */
    private static MachineDescription conflicting(MachineDescription d) {
        List<GroupDescription> groups = d.groups().stream().map(g -> g.devices().contains(Platform.ENGINE)
                ? new GroupDescription(g.id(), g.type(), g.devices(), List.of(new ReservedRange(PAGES, "reserved"))) : g).toList();
        return new MachineDescription(d.name(), d.architecture(), d.ram(), d.units(), d.devices(), groups, d.interruptControllers(), d.firmware(),
                d.extra());
    }

    @Before
    public void open() {
        platform.machines.bind(new AlteredSource(platform.synthetic, PluckTest::conflicting));
        machine = platform.machines.open("altered:" + backend, "vm", false, Progress.NONE);
        space = newSpace(machine);
        nic = platform.port(machine, Platform.NIC);
    }

    private AddressSpace newSpace(Machine of) {
        AddressSpace made = platform.spaces.create(of, SpaceOptions.named("vm"));
        made.attach(Platform.NIC, NO_PASID);
        ram = of.memory().ram().get(0).start();
        made.map(BASE, ram, BYTES, READ_WRITE, RangeKind.RAM);
        return made;
    }

    @After
    public void close() {
        guest.stop();
        platform.machines.close("vm");
        platform.close();
    }

    /** The guest of this machine, whose origin is not a synthetic one's; its balloon is the made-up guest's. */
    private void bindGuest() {
        plucks.bind(new GuestChannel() {
            @Override
            public String name() {
                return guest.name();
            }

            @Override
            public boolean serves(AddressSpace of) {
                return true;
            }

            @Override
            public void request(AddressSpace of, AddressRange pages, Reply reply) {
                guest.request(of, pages, reply);
            }

            @Override
            public void giveBack(AddressSpace of, AddressRange pages) {
                guest.giveBack(of, pages);
            }
        });
    }

    private void assertReached(boolean plucked) {
        for (long at = BASE; at < BASE + BYTES; at += 0x8000) {
            boolean away = plucked && PAGES.contains(at);
            long target = nic.translate(at + 8, WRITE);
            platform.recover(machine);
            assertEquals(Long.toHexString(at), away, target < 0);
            if (!away) {
                assertEquals(Long.toHexString(at), ram + (at - BASE) + 8, target);
            }
        }
    }

    private static List<String> mappings(AddressSpace of) {
        List<String> all = new ArrayList<>();
        of.visit(ALL, (iova, last, output, permissions, kind) -> all.add(iova + " " + last + " " + output + " " + permissions + " " + kind));
        return all;
    }

    /** A guest that answers when the test says so. */
    private static final class HeldGuest implements GuestChannel {
        private final SynchronousQueue<Reply> asked = new SynchronousQueue<>();
        private final List<AddressRange> givenBack = new ArrayList<>();

        @Override
        public String name() {
            return "held";
        }

        @Override
        public boolean serves(AddressSpace of) {
            return true;
        }

        @Override
        public void request(AddressSpace of, AddressRange pages, Reply reply) {
            try {
                asked.put(reply);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public synchronized void giveBack(AddressSpace of, AddressRange pages) {
            givenBack.add(pages);
        }
    }

    @Test
    public void msi12DmaFaultsOnlyAfterTheAcknowledgementAndNeverBefore() throws Exception {
        HeldGuest held = new HeldGuest();
        plucks.bind(held);
        ExecutorService pool = Executors.newSingleThreadExecutor();
        Future<Pluck> pluck = pool.submit(() -> plucks.pluck(space, PAGES, TIMEOUT));
        GuestChannel.Reply reply = held.asked.poll(TIMEOUT, TimeUnit.MILLISECONDS);
        assertEquals(State.REQUESTED, plucks.list(machine).get(0).state());
        assertReached(false);
        assertEquals("a second request waits its turn", Rule.BUSY,
                assertThrows(RefusedException.class, () -> plucks.pluck(space, PAGES, TIMEOUT)).rule());
        reply.acknowledged();
        assertEquals(State.RELEASED, pluck.get(TIMEOUT, TimeUnit.MILLISECONDS).state());
        assertReached(true);
        pool.shutdown();
    }

    @Test
    public void msi12AGuestThatRefusesLeavesEverythingAsItWas() {
        bindGuest();
        guest.behave(machine, Behaviour.REFUSE);
        assertNothingChanged(State.REFUSED, TIMEOUT);
    }

    @Test
    public void msi12AGuestThatIsSilentLeavesEverythingAsItWas() {
        bindGuest();
        guest.behave(machine, Behaviour.SILENT);
        assertNothingChanged(State.TIMED_OUT, SHORT);
    }

    private void assertNothingChanged(State expected, long timeout) {
        List<String> before = mappings(space);
        Object owned = space.owned();
        Pluck pluck = plucks.pluck(space, PAGES, timeout);
        assertEquals(pluck.toString(), expected, pluck.state());
        assertEquals(before, mappings(space));
        assertEquals(owned, space.owned());
        assertEquals(List.of(), guest.balloon(machine));
        assertReached(false);
    }

    /** Nobody took the pages that a guest gives up too late, so it gets them back. */
    @Test
    public void msi12AnAnswerAfterTheTimeoutIsUndone() throws Exception {
        HeldGuest held = new HeldGuest();
        plucks.bind(held);
        ExecutorService pool = Executors.newSingleThreadExecutor();
        Future<Pluck> pluck = pool.submit(() -> plucks.pluck(space, PAGES, SHORT));
        GuestChannel.Reply reply = held.asked.poll(TIMEOUT, TimeUnit.MILLISECONDS);
        assertEquals(State.TIMED_OUT, pluck.get(TIMEOUT, TimeUnit.MILLISECONDS).state());
        reply.acknowledged();
        assertEquals(List.of(PAGES), held.givenBack);
        assertReached(false);
        pool.shutdown();
    }

    /** A channel that breaks over a request has asked nobody, as far as one can know: nothing waits for an answer, and one that comes is undone. */
    @Test
    public void msi12AChannelThatBreaksLeavesEverythingAsItWas() {
        List<GuestChannel.Reply> asked = new ArrayList<>();
        List<AddressRange> givenBack = new ArrayList<>();
        GuestChannel broken = new GuestChannel() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public boolean serves(AddressSpace of) {
                return true;
            }

            @Override
            public void request(AddressSpace of, AddressRange pages, Reply reply) {
                asked.add(reply);
                throw new IllegalStateException("a channel that throws");
            }

            @Override
            public void giveBack(AddressSpace of, AddressRange pages) {
                givenBack.add(pages);
            }
        };
        plucks.bind(broken);
        assertNothingChanged(State.TIMED_OUT, TIMEOUT);
        asked.get(0).acknowledged();
        assertEquals(List.of(PAGES), givenBack);
        plucks.unbind(broken);
        bindGuest();
        assertEquals("the range is free for another request", State.RELEASED, plucks.pluck(space, PAGES, TIMEOUT).state());
    }

    @Test
    public void msi12GivingBackRestores() {
        bindGuest();
        Pluck pluck = plucks.pluck(space, PAGES, TIMEOUT);
        assertEquals(PAGES.size(), pluck.removedBytes());
        assertEquals(List.of(PAGES), guest.balloon(machine));
        assertReached(true);
        assertThrows(RefusedException.class, () -> space.map(PAGES.start(), ram, PAGES.size(), READ_WRITE));
        assertEquals(State.RETURNED, plucks.giveBack(space, PAGES).state());
        assertEquals(List.of(), guest.balloon(machine));
        assertReached(false);
        assertEquals(BYTES, space.info().mappedBytes());
        assertThrows(RefusedException.class, () -> plucks.giveBack(space, PAGES));
    }

    /** Refused before, as it was after giving back is tried: the device needs the range. */
    @Test
    public void msi10ADeviceThatConflictsIsAttachedAfterThePluck() {
        bindGuest();
        List<String> before = mappings(space);
        RefusedException refused = assertThrows(RefusedException.class, () -> space.attach(Platform.ENGINE, NO_PASID));
        assertEquals(Rule.OVERLAP, refused.rule());
        assertEquals(PAGES, refused.refusals().get(0).range());
        assertEquals(3, refused.refusals().get(0).waysOut().size());
        assertEquals(before, mappings(space));
        assertEquals(State.RELEASED, plucks.pluck(space, PAGES, TIMEOUT).state());
        space.attach(Platform.ENGINE, NO_PASID);
        assertEquals(2, space.attachments().size());
        assertReached(true);
        assertThrows("the engine needs them", RefusedException.class, () -> plucks.giveBack(space, PAGES));
        assertReached(true);
        assertEquals(State.RELEASED, plucks.list(machine).get(0).state());
        space.detach(Platform.ENGINE, NO_PASID);
        assertEquals(State.RETURNED, plucks.giveBack(space, PAGES).state());
        assertReached(false);
    }

    /** The list goes with the guest: another host adopts it, before or after RAM is mapped, and a swap keeps it. */
    @Test
    public void msi12MigrationCarriesThePluckedPages() {
        bindGuest();
        plucks.pluck(space, PAGES, TIMEOUT);
        List<AddressRange> carried = plucks.list(machine).stream().filter(p -> p.state() == State.RELEASED).map(Pluck::range).toList();
        Machine destination = platform.open(backend);
        AddressSpace there = newSpace(destination);
        carried.forEach(range -> plucks.adopt(there, range));
        machine = destination;
        nic = platform.port(machine, Platform.NIC);
        assertReached(true);
        String other = backend.equals("vtd") ? "amdvi" : "vtd";
        platform.swaps.swap(machine, "0", other, SwapOptions.DEFAULT, Progress.NONE);
        assertReached(true);
        plucks.giveBack(there, PAGES);
        assertReached(false);
    }

    @Test
    public void withoutAGuestOrMemoryThereIsNothingToPluck() {
        assertEquals(Rule.BACKEND, assertThrows(RefusedException.class, () -> plucks.pluck(space, PAGES, SHORT)).rule());
        bindGuest();
        AddressRange nowhere = AddressRange.ofSize(BASE + BYTES, 0x1000);
        assertEquals(Rule.NOT_FOUND, assertThrows(RefusedException.class, () -> plucks.pluck(space, nowhere, SHORT)).rule());
        AddressRange half = AddressRange.ofSize(BASE + 0x800, 0x1000);
        assertEquals(Rule.PAGE_SIZE, assertThrows(RefusedException.class, () -> plucks.pluck(space, half, SHORT)).rule());
        assertTrue(plucks.list(machine).isEmpty());
    }
}
