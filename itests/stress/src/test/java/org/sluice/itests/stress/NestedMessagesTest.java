// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.MMIO;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.MessageRouting.Route;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.nesting.UserTables;

/** RIV-12 through the services: messages of a device whose table is a user's. Both ways to a doorbell that is translated, and none where none is. */
@RunWith(Parameterized.class)
public class NestedMessagesTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = UserTables.PAGE;
    private static final long USER = 0x10_0000_0000L;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return UserTables.BACKENDS;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final Raised raised = new Raised();
    private Machine machine;
    private AddressSpace parent;
    private UserTables user;
    private DmaPort nic;
    private InterruptMessage message;
    private boolean translated;

    private void open(AddressRange window) {
        machine = platform.open(backend);
        long ram = machine.memory().ram().get(0).start() + (32 << 20);
        parent = platform.spaces.create(machine, new SpaceOptions("parent", false, window, 0, true));
        parent.map(USER, ram, 16 << 20, READ_WRITE);
        user = UserTables.of(backend, machine.memory(), address -> address - USER + ram, USER);
        parent.nest(Platform.NIC, user.anchor()).attach(Platform.NIC, NO_PASID);
        nic = platform.port(machine, Platform.NIC);
        message = platform.interrupts.enable(machine, Platform.NIC, 1, true, raised).get(0);
        translated = platform.spaces.capabilities(machine, Platform.NIC).messages().route() == Route.TRANSLATED;
    }

    @After
    public void close() {
        platform.close();
    }

    private void arrives(long address, int times) {
        assertEquals(DmaPort.INTERRUPT, nic.message(address, message.data()));
        assertEquals(times, raised.get());
    }

    /** The window of the parent, which is told before anything is mapped, and which the user maps one to one; it may be moved. */
    @Test
    public void theUserMapsTheAnnouncedWindowOneToOne() {
        open(null);
        assertWindowWorks();
    }

    @Test
    public void theWindowIsWhereItWasAskedFor() {
        AddressRange moved = AddressRange.ofSize(0x20_0000_0000L, 1 << 20);
        open(moved);
        assertTrue(!translated || moved.contains(message.address()));
        assertWindowWorks();
    }

    private void assertWindowWorks() {
        if (translated) {
            assertTrue(parent.owned().stream().anyMatch(o -> o.range().contains(message.address())));
            // Not mapped by the user: its own table is at fault.
            assertTrue(nic.message(message.address(), message.data()) < 0);
            user.map(message.address() & -PAGE, message.address() & -PAGE, true);
        }
        arrives(message.address(), 1);
        assertEquals(DmaPort.INTERRUPT, nic.raise(0));
        assertEquals(2, raised.get());
    }

    /** The user leads an address of its own to a doorbell of its own, whose page the parent leads to the real one. */
    @Test
    public void theUserMapsItsOwnAddressToItsOwnDoorbell() {
        open(null);
        if (!translated) {
            arrives(message.address(), 1);
            return;
        }
        long real = machine.description().interruptControllers().get(0).doorbell().start();
        long own = USER + (1L << 30);
        long iova = 0xffff_f000L;
        user.map(iova, own, true);
        assertTrue("the parent does not know it yet", nic.message(iova + (real & PAGE - 1), message.data()) < 0);
        parent.map(own, real & -PAGE, PAGE, WRITE | MMIO, RangeKind.DOORBELL);
        arrives(iova + (real & PAGE - 1), 1);
        user.map(message.address() & -PAGE, message.address() & -PAGE, true);
        arrives(message.address(), 2);
    }
}
