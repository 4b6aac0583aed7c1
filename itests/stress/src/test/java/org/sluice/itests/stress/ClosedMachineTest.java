// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.machines.synthetic.device.BalloonGuest;
import org.sluice.machines.synthetic.device.TrafficGenerator;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.internal.VfioFrontEnd;

/** Every service of the platform has dealt with a machine, and nobody keeps it, which has all of its RAM, once it is closed. */
public class ClosedMachineTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    /** What an action throws is told there. */
    private static final String MACHINES = "org.sluice.core.registry.OpenMachine";

    private final Platform platform = new Platform();
    private final TrafficGenerator traffic = new TrafficGenerator(platform.spaces, platform.dma, platform.interrupts);
    private final BalloonGuest guests = new BalloonGuest();
    private final VfioFrontEnd vfio = new VfioFrontEnd(platform.spaces, platform.dma, platform.interrupts);

    @Test
    public void nobodyKeepsAClosedMachine() throws InterruptedException {
        WeakReference<Machine> idle = new WeakReference<>(use("idle", false));
        WeakReference<Machine> busy = new WeakReference<>(use("busy", true));
        assertEquals(List.of(), traffic.list());
        assertCollected(idle);
        assertCollected(busy);
        vfio.close();
        guests.stop();
    }

    /** A client's action that throws keeps neither other clients' from being done nor the machine's memory. */
    @Test
    public void anActionThatThrowsKeepsNothing() throws InterruptedException {
        Logger log = Logger.getLogger(MACHINES);
        log.setLevel(Level.OFF);
        List<String> done = new ArrayList<>();
        WeakReference<Machine> closed = new WeakReference<>(closeWith(() -> done.add("first"), () -> {
            throw new IllegalStateException("an action that throws");
        }, () -> {
            throw new NoClassDefFoundError("a class of a bundle that was taken away");
        }, () -> done.add("last")));
        assertEquals(List.of("first", "last"), done);
        assertCollected(closed);
        log.setLevel(null);
    }

    private Machine closeWith(Runnable... actions) {
        Machine machine = platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        DmaPort port = platform.port(machine, Platform.NIC);
        for (Runnable action : actions) {
            machine.onClose(action);
        }
        platform.machines.close("lab");
        assertEquals("nothing serves any more", DmaPort.NO_TRANSLATION, port.translate(BASE, Permissions.READ));
        return machine;
    }

    /** @param running whether a device is in the middle of its work, and a client of the front-end still has its context, when the machine is closed */
    private Machine use(String name, boolean running) throws InterruptedException {
        Machine machine = platform.machines.open("synthetic:vtd", name, false, Progress.NONE);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        space.map(BASE, machine.memory().ram().get(0).start(), PAGE, Permissions.READ_WRITE);
        platform.swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, Progress.NONE);
        guests.behaviour(machine);
        IommufdContext context = vfio.open(machine);
        traffic.start(machine, Platform.NIC, 0);
        traffic.start(machine, Platform.ENGINE, 1);
        if (!running) {
            traffic.stop(machine, Platform.NIC);
            traffic.stop(machine, Platform.ENGINE);
            context.close();
        }
        platform.machines.close(name);
        return machine;
    }

    private void assertCollected(WeakReference<Machine> machine) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (machine.get() != null && System.nanoTime() - end < 0) {
            System.gc();
            Thread.onSpinWait();
        }
        assertNull("somebody keeps the closed machine", machine.get());
    }
}
