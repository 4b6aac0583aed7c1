// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.Gate;
import org.sluice.machine.DeviceId;
import org.sluice.spi.UnitDriver;

/** A device moves to another space while DMA behind its unit does not end. */
public class HeldUpMoveTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;
    private static final int ENOUGH = 100;

    private final Thread mover = Thread.currentThread();
    /** Translations of the other device that ended while the move waited. */
    private final AtomicLong meanwhile = new AtomicLong();
    private volatile boolean over;
    private AddressSpace other;
    private Thread device;

    @Before
    public void letAnotherDeviceTranslate() {
        other = platform.spaces.create(machine, SpaceOptions.named("other"));
        other.attach(Platform.ENGINE, NO_PASID);
        other.map(BASE, ram + PAGE, PAGE, READ_WRITE);
        space.map(BASE, ram, PAGE, READ_WRITE);
        DmaPort engine = platform.port(machine, Platform.ENGINE);
        device = new Thread(() -> {
            while (!over) {
                if (engine.translate(BASE, READ) == ram + PAGE && mover.getState() == Thread.State.TIMED_WAITING) {
                    meanwhile.incrementAndGet();
                }
            }
        }, "the other device");
        device.start();
    }

    @After
    public void endTheOtherDevice() throws InterruptedException {
        over = true;
        device.join();
    }

    @Test
    public void atTheDeadlineItStaysWhereItWasAndOthersWentOn() {
        moveMeetsTheDeadline(other);
    }

    /** Its table is made for the device that was to come, and goes again. */
    @Test
    public void aSpaceThatNobodyUsesIsLeftAsItWas() {
        AddressSpace unused = platform.spaces.create(machine, SpaceOptions.named("unused"));
        unused.map(BASE, ram + PAGE, PAGE, READ_WRITE);
        moveMeetsTheDeadline(unused);
    }

    private void moveMeetsTheDeadline(AddressSpace to) {
        UnitDriver driver = OpenMachine.of(machine).slots().get(0).live().driver();
        long memory = driver.memoryInUse();
        List<DeviceId> users = users(to);
        Gate gate = OpenMachine.of(machine).slots().get(0).gate();
        int stuck = gate.stripe();
        gate.enter(stuck);
        meanwhile.set(0);
        RefusedException refused = assertThrows(RefusedException.class, () -> to.attach(Platform.NIC, NO_PASID));
        assertTrue("the other device waited: " + meanwhile, meanwhile.get() >= ENOUGH);
        assertEquals(Rule.DEADLINE, refused.rule());
        Refusal refusal = refused.refusals().get(0);
        assertTrue(refusal.text(), refusal.text().contains(Platform.NIC + " stays where it is"));
        assertFalse(refusal.waysOut().isEmpty());
        assertEquals(List.of(Platform.NIC), users(space));
        assertEquals(users, users(to));
        assertEquals(memory, driver.memoryInUse());
        assertEquals(ram, nic.translate(BASE, READ));
        gate.leave(stuck);

        to.attach(Platform.NIC, NO_PASID);
        assertEquals(ram + PAGE, nic.translate(BASE, READ));
        assertEquals(List.of(), users(space));
    }

    private static List<DeviceId> users(AddressSpace of) {
        return of.attachments().stream().map(Attachment::device).toList();
    }
}
