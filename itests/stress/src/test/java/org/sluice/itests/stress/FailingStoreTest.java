// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.pluck.Plucks;
import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** The disk under a durable space fails while pages are taken from a guest, or given back. */
public class FailingStoreTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long BASE = 0x1_0000_0000L;
    private static final long BYTES = 1L << 20;
    private static final AddressRange PAGES = AddressRange.ofSize(BASE + 0x1_0000, 0x4000);
    private static final long TIMEOUT = 20_000;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private Path folder;
    private Platform platform;
    private Plucks plucks;
    private Machine machine;
    private AddressSpace space;
    private long ram;
    /** What the guest has given up. */
    private final List<AddressRange> givenUp = new ArrayList<>();

    /** Gives up at once what it is asked for. */
    private final GuestChannel guest = new GuestChannel() {
        @Override
        public String name() {
            return "guest";
        }

        @Override
        public boolean serves(AddressSpace of) {
            return true;
        }

        @Override
        public void request(AddressSpace of, AddressRange pages, Reply reply) {
            givenUp.add(pages);
            reply.acknowledged();
        }

        @Override
        public void giveBack(AddressSpace of, AddressRange pages) {
            assertTrue("it has not given up " + pages, givenUp.remove(pages));
        }
    };

    @Before
    public void open() throws IOException {
        folder = temporary.newFolder("store").toPath();
        start();
        machine = platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE);
        space = platform.spaces.create(machine, new SpaceOptions("s", true, null, 0));
        space.attach(Platform.NIC, NO_PASID);
        ram = machine.memory().ram().get(0).start();
        space.map(BASE, ram, BYTES, READ_WRITE, RangeKind.RAM);
    }

    private void start() {
        platform = new Platform(folder, Platform.all());
        plucks = new Plucks(platform.registry);
        plucks.bind(guest);
    }

    @After
    public void end() {
        platform.end();
        platform.close();
    }

    /** From here on nothing can be written, as where the file's device is gone; nobody is told before it is tried. */
    private void breakStore() throws IOException, ReflectiveOperationException {
        Object at = ((Map<?, ?>) field(platform.durable, "kept")).values().iterator().next();
        for (String next : List.of("store", "journal", "writer", "file", "file")) {
            at = field(at, next);
        }
        ((RandomAccessFile) at).close();
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    private void assertReached(boolean reached) {
        long target = platform.port(machine, Platform.NIC).translate(PAGES.start(), WRITE);
        platform.recover(machine);
        assertEquals(reached, target == ram + (PAGES.start() - BASE));
    }

    private static List<String> mappings(AddressSpace of) {
        List<String> all = new ArrayList<>();
        of.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> all.add(iova + " " + last + " " + output + " " + permissions + " " + kind));
        return all;
    }

    private static void assertStoreFailed(IommuException e, String outcome) {
        assertEquals(Reason.IO, e.reason());
        assertTrue(e.getMessage(), e.getMessage().startsWith(outcome));
    }

    @Test
    public void pagesThatCannotBeKeptAsPluckedStayWithTheGuest() throws Exception {
        List<String> before = mappings(space);
        Object owned = space.owned();
        breakStore();
        assertStoreFailed(assertThrows(IommuException.class, () -> plucks.pluck(space, PAGES, TIMEOUT)), "nothing was plucked");
        assertEquals(before, mappings(space));
        assertEquals(owned, space.owned());
        assertEquals(List.of(), givenUp);
        assertReached(true);
        List<Pluck> told = plucks.list(machine);
        assertEquals(told.toString(), 1, told.size());
        assertEquals(State.REFUSED, told.get(0).state());
        assertEquals(0, told.get(0).removedBytes());
        assertTrue(told.toString(), told.get(0).text().startsWith("nothing was plucked"));

        Pluck next = plucks.pluck(space, PAGES, TIMEOUT);
        assertEquals(next.toString(), State.REFUSED, next.state());
        assertTrue(next.toString(), next.text().contains("the store of durable spaces cannot be written"));
        assertEquals(List.of(), givenUp);
        assertReached(true);

        platform.end();
        start();
        machine = platform.machines.list().get(0);
        assertEquals("the disk never had it", List.of(), plucks.list(machine));
        assertReached(true);
    }

    @Test
    public void whatCannotBeKeptAsAdoptedStaysMapped() throws Exception {
        List<String> before = mappings(space);
        breakStore();
        assertStoreFailed(assertThrows(IommuException.class, () -> plucks.adopt(space, PAGES)), "nothing was plucked");
        assertEquals(before, mappings(space));
        assertEquals(List.of(), plucks.list(machine));
        assertReached(true);
    }

    /** The disk may have it or not; without it the pages are plucked again after a restart, and can be given back once more. */
    @Test
    public void whatIsGivenBackIsTheGuestsWhateverTheDiskKeeps() throws Exception {
        assertEquals(State.RELEASED, plucks.pluck(space, PAGES, TIMEOUT).state());
        assertEquals(List.of(PAGES), givenUp);
        assertReached(false);
        breakStore();
        assertStoreFailed(assertThrows(IommuException.class, () -> plucks.giveBack(space, PAGES)), "the change was made");
        assertReached(true);
        assertEquals(List.of(), givenUp);
        List<Pluck> told = plucks.list(machine);
        assertEquals(told.toString(), 1, told.size());
        assertEquals(State.RETURNED, told.get(0).state());
        assertFalse(space.owned().stream().anyMatch(o -> o.range().equals(PAGES) && o.kind() == RangeKind.RESERVED));

        platform.end();
        start();
        machine = platform.machines.list().get(0);
        space = platform.spaces.list(machine).get(0);
        assertEquals(List.of(State.RELEASED), plucks.list(machine).stream().map(Pluck::state).toList());
        assertReached(false);
        givenUp.add(PAGES);
        assertEquals(State.RETURNED, plucks.giveBack(space, PAGES).state());
        assertReached(true);
    }
}
