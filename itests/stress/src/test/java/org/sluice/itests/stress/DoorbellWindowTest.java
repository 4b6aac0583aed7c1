// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapState;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.testkit.Seed;

/** RIV-06, RIV-07 and RIV-11: the page, the window and the users of a doorbell that is mapped. */
public class DoorbellWindowTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final AddressRange MOVED = new AddressRange(0x2_0000_0000L, 0x2_000f_ffffL);
    private static final AddressRange DEFAULT = new AddressRange(0x800_0000L, 0x80f_ffffL);

    private final Platform platform = new Platform();

    @After
    public void close() {
        platform.close();
    }

    /** Remembers how it is programmed and how often it was raised. */
    private static final class Device implements Listener {
        private final AtomicLong raised = new AtomicLong();
        private volatile InterruptMessage message;

        @Override
        public void interrupt(int index) {
            raised.incrementAndGet();
        }

        @Override
        public void reprogram(int index, InterruptMessage now) {
            message = now;
        }
    }

    private Device enable(Machine machine, DeviceId id) {
        Device device = new Device();
        device.message = platform.interrupts.enable(machine, id, 1, true, device).get(0);
        return device;
    }

    private Machine altered(UnaryOperator<MachineDescription> change) {
        platform.machines.bind(new AlteredSource(platform.synthetic, change));
        return platform.machines.open("altered:smmuv3", "altered", false, Progress.NONE);
    }

    private void assertNeighbourRefused(String content, UnaryOperator<MachineDescription> change) {
        Machine machine = altered(change);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        RefusedException refused = assertThrows(RefusedException.class, () -> enable(machine, Platform.NIC));
        assertEquals(Rule.OVERLAP, refused.rule());
        assertTrue(refused.getMessage(), refused.getMessage().contains(content));
        assertEquals(0, space.info().mappings());
        assertEquals(List.of(), platform.interrupts.routes(machine));
        platform.machines.close("altered");
    }

    @Test
    public void riv06AnotherControllerInTheDoorbellsPageIsRefusedAndNamed() {
        assertNeighbourRefused("gicv2m at 0x8090400-0x8090403", d -> {
            List<InterruptController> controllers = new ArrayList<>(d.interruptControllers());
            controllers.add(new InterruptController("gicv2m", AddressRange.ofSize(0x0809_0400L, Integer.BYTES), -1, Attributes.EMPTY));
            return new MachineDescription(d.name(), d.architecture(), d.ram(), d.units(), d.devices(), d.groups(), controllers, d.firmware(), d.extra());
        });
    }

    @Test
    public void riv06RegistersOfAUnitInTheDoorbellsPageAreRefusedAndNamed() {
        assertNeighbourRefused("arm-smmu-v3 smmuv3-0 at 0x8090800", d -> new MachineDescription(d.name(), d.architecture(), d.ram(),
                d.units().stream().map(u -> new UnitDescription(u.name(), u.type(), 0x0809_0800L, u.attributes())).toList(),
                d.devices(), d.groups(), d.interruptControllers(), d.firmware(), d.extra()));
    }

    @Test
    public void riv06WhatADoorbellsMappingGrantsIsTold() {
        Machine machine = platform.open("smmuv3");
        platform.spaces.create(machine, SpaceOptions.named("s")).attach(Platform.NIC, NO_PASID);
        enable(machine, Platform.NIC);
        assertEquals("writes to 0x8090000-0x8090fff (gicv3-its)", platform.interrupts.routes(machine).get(0).grants());
    }

    /** The same client, the window moved: messages go there, the kernel's usual window is memory, and a swap there and back changes nothing. */
    @Test
    public void riv07TheUserChoosesTheWindow() {
        Machine machine = platform.open("smmuv3");
        AddressSpace space = platform.spaces.create(machine, new SpaceOptions("s", false, MOVED, 0));
        space.attach(Platform.NIC, NO_PASID);
        Device device = enable(machine, Platform.NIC);
        DmaPort nic = platform.port(machine, Platform.NIC);
        InterruptMessage first = device.message;
        assertTrue(first.toString(), MOVED.contains(first.address()));
        assertEquals(DmaPort.INTERRUPT, nic.message(first.address(), first.data()));
        space.map(DEFAULT.start(), machine.memory().ram().get(0).start(), PAGE, READ_WRITE);
        assertEquals(DmaPort.OK, nic.write(DEFAULT.start(), new byte[8], 0, 8));
        RefusedException refused = assertThrows(RefusedException.class,
                () -> space.map(MOVED.last() - PAGE + 1, machine.memory().ram().get(0).start(), PAGE, READ_WRITE));
        assertEquals(Rule.MESSAGE_WINDOW, refused.rule());
        space.unmap(DEFAULT.start(), PAGE);
        assertEquals(SwapState.ACTIVE, platform.swaps.swap(machine, "0", "vtd", SwapOptions.DEFAULT, Progress.NONE).state());
        assertNotEquals(first, device.message);
        assertEquals(DmaPort.INTERRUPT, nic.raise(0));
        assertEquals(SwapState.ACTIVE, platform.swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, Progress.NONE).state());
        assertEquals(first, device.message);
        assertEquals(DmaPort.INTERRUPT, nic.raise(0));
        assertEquals(3, device.raised.get());
    }

    @Test
    public void riv11ADoorbellFollowsItsDeviceIntoAnotherSpace() {
        Machine machine = platform.open("smmuv3");
        AddressSpace one = platform.spaces.create(machine, SpaceOptions.named("one"));
        AddressSpace other = platform.spaces.create(machine, new SpaceOptions("other", false, MOVED, 0));
        one.attach(Platform.NIC, NO_PASID);
        one.attach(Platform.ENGINE, NO_PASID);
        Device nic = enable(machine, Platform.NIC);
        Device engine = enable(machine, Platform.ENGINE);
        other.attach(Platform.NIC, NO_PASID);
        assertTrue(nic.message.toString(), MOVED.contains(nic.message.address()));
        assertEquals(DmaPort.INTERRUPT, platform.port(machine, Platform.NIC).message(nic.message.address(), nic.message.data()));
        assertEquals("the other user keeps it", DmaPort.INTERRUPT, platform.port(machine, Platform.ENGINE).raise(0));
        other.detach(Platform.NIC, NO_PASID);
        assertEquals("nothing is left", 0, other.info().mappings());
        one.detach(Platform.ENGINE, NO_PASID);
        assertEquals("nothing is left", 0, one.info().mappings());
        one.attach(Platform.ENGINE, NO_PASID);
        assertEquals(DmaPort.INTERRUPT, platform.port(machine, Platform.ENGINE).raise(0));
        assertEquals(2, engine.raised.get());
    }

    /** Two devices come and go in one space: a vector that is enabled works at once and as long as it is, and at the end nothing is left. */
    @Test
    public void riv11ConcurrentAttachesAndDetachesLeakNothingAndUnmapNothingEarly() throws Exception {
        Machine machine = platform.open("smmuv3");
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        long seed = Seed.random().nextLong();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        List<Future<Long>> soaks = new ArrayList<>();
        for (DeviceId id : List.of(Platform.NIC, Platform.ENGINE)) {
            soaks.add(pool.submit(soak(machine, space, id, new Random(seed ^ id.requesterId()))));
        }
        pool.shutdown();
        for (Future<Long> soak : soaks) {
            assertTrue(soak.get(120, TimeUnit.SECONDS) > 0);
        }
        assertEquals(0, space.info().mappings());
        assertEquals(List.of(), platform.interrupts.routes(machine));
        assertEquals(List.of(), space.attachments());
        assertNull(platform.spaces.of(machine, Platform.NIC));
        platform.spaces.destroy(space);
    }

    private Callable<Long> soak(Machine machine, AddressSpace space, DeviceId id, Random random) {
        return () -> {
            DmaPort port = platform.port(machine, id);
            long raised = 0;
            for (int i = 0; i < 500; i++) {
                space.attach(id, NO_PASID);
                for (int enables = random.nextInt(3); enables >= 0; enables--) {
                    Device device = enable(machine, id);
                    int times = random.nextInt(20);
                    for (int k = 0; k < times; k++) {
                        assertEquals("the doorbell is there", DmaPort.INTERRUPT, port.message(device.message.address(), device.message.data()));
                    }
                    assertEquals(times, device.raised.get());
                    raised += times;
                    if (random.nextBoolean()) {
                        platform.interrupts.disable(machine, id);
                    }
                }
                space.detach(id, NO_PASID);
                assertTrue("a detached device raises nothing", port.raise(0) != DmaPort.INTERRUPT);
                platform.interrupts.disable(machine, id);
            }
            return raised;
        };
    }
}
