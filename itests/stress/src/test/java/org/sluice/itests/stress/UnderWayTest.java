// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.Change;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Placement;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.Space;
import org.sluice.core.unit.Gate;
import org.sluice.machine.AddressRange;
import org.sluice.spi.UnitDriver;

/** Whoever takes something away from devices waits for the accesses that began before: one may have its translation and not yet its bytes. */
public class UnderWayTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(60);

    @Test
    public void unmapWaits() throws InterruptedException {
        waits(() -> space.unmap(BASE, PAGE));
    }

    @Test
    public void unmapOfMoreThanThereIsWaits() throws InterruptedException {
        waits(() -> space.unmap(BASE, 0));
    }

    @Test
    public void cutWaits() throws InterruptedException {
        waits(() -> space.cut(BASE + PAGE, PAGE));
    }

    @Test
    public void aSetOfChangesWaits() throws InterruptedException {
        waits(() -> space.change(List.of(Change.unmap(BASE, PAGE))));
    }

    @Test
    public void detachWaits() throws InterruptedException {
        waits(() -> space.detach(Platform.NIC, NO_PASID));
    }

    /** A write under way would else be recorded in an entry that was cleared, by who had read it before. */
    @Test
    public void clearingWhatWasWrittenWaits() throws InterruptedException {
        if (platform.spaces.capabilities(machine, Platform.NIC).features().contains(Feature.DIRTY_TRACKING)) {
            space.trackDirty(true);
            waits(() -> space.dirty(new AddressRange(BASE, BASE + PAGE - 1), true, (iova, size) -> { }));
        }
    }

    /** A map takes nothing away. */
    @Test
    public void mapDoesNotWait() {
        Gate gate = gate();
        int stripe = gate.stripe();
        gate.enter(stripe);
        space.map(BASE, ram, PAGE, READ_WRITE);
        gate.leave(stripe);
        assertEquals(1, space.info().mappings());
    }

    /** Whoever keeps the machine's lock keeps everybody else out for ever, and does not notice it itself. */
    @Test
    public void nobodyKeepsTheLock() {
        Space own = (Space) space;
        AddressRange page = new AddressRange(BASE + 4 * PAGE, BASE + 5 * PAGE - 1);
        OwnedRange kept = new OwnedRange(new AddressRange(BASE + 64 * PAGE, BASE + 65 * PAGE - 1), RangeKind.RESERVED, Origin.USER, "somebody");
        List<Runnable> calls = List.of(() -> space.map(BASE, ram, 8 * PAGE, READ_WRITE), () -> space.map(BASE, ram, PAGE, READ_WRITE),
                () -> space.place(ram, PAGE, READ_WRITE, Placement.ANYWHERE), () -> own.pluck(page, "guest"), () -> own.giveBack(page), () -> own.giveBack(page),
                () -> space.cut(BASE, PAGE), () -> space.cut(BASE + 1, PAGE), () -> space.change(List.of(Change.unmap(BASE + PAGE, 7 * PAGE))),
                () -> space.change(List.of(Change.unmap(BASE, PAGE))), () -> space.reserve(kept), () -> space.reserve(kept), () -> space.release(kept.range()),
                () -> space.release(kept.range()), () -> own.limit(PAGE), () -> space.trackDirty(true), () -> space.dirty(page, true, (iova, size) -> { }),
                () -> space.unmap(0, 0), () -> space.unmap(0, 0), space::info, space::owned, space::usable, own::accounted, own::plucked,
                () -> space.attach(Platform.NIC, NO_PASID), () -> space.detach(Platform.NIC, NO_PASID), () -> space.detach(Platform.NIC, NO_PASID));
        for (int i = 0; i < calls.size(); i++) {
            try {
                calls.get(i).run();
            } catch (RefusedException refused) {
                assertFalse(refused.refusals().isEmpty());
            }
            assertFalse("call " + i, OpenMachine.of(machine).lock().isHeldByCurrentThread());
        }
    }

    /** Tables are freed with the last device that uses them. */
    @Test
    public void whoLeavesLeavesNoTables() {
        UnitDriver driver = OpenMachine.of(machine).slots().get(0).live().driver();
        space.detach(Platform.NIC, NO_PASID);
        long before = driver.memoryInUse();
        for (int round = 0; round < 3; round++) {
            space.map(BASE + round * (1L << 31), ram, PAGE, READ_WRITE);
            space.attach(Platform.NIC, NO_PASID);
            assertEquals(ram, nic.translate(BASE, READ));
            space.detach(Platform.NIC, NO_PASID);
            if (round == 0) {
                before = driver.memoryInUse(); // with what a device's entries keep
            }
            assertEquals("round " + round, before, driver.memoryInUse());
        }
    }

    /** What is given back but refused stays plucked: nobody else maps there. */
    @Test
    public void pagesThatCannotBeGivenBackStayPlucked() {
        Space own = (Space) space;
        AddressRange page = new AddressRange(BASE, BASE + PAGE - 1);
        space.map(BASE, ram, PAGE, READ_WRITE);
        own.pluck(page, "guest");
        own.limit(0);
        assertEquals(Rule.LIMIT, assertThrows(RefusedException.class, () -> own.giveBack(page)).rule());
        own.limit(Long.MAX_VALUE);
        assertEquals(1, own.plucked().size());
        assertThrows(RefusedException.class, () -> space.map(BASE, ram, PAGE, READ_WRITE));
        own.giveBack(page);
        assertEquals(ram, nic.translate(BASE, READ));
        assertEquals(List.of(), own.plucked());
    }

    private Gate gate() {
        return OpenMachine.of(machine).slots().get(0).gate();
    }

    private void waits(Runnable change) throws InterruptedException {
        space.map(BASE, ram, PAGE, READ_WRITE);
        space.map(BASE + PAGE, ram + PAGE, PAGE, READ_WRITE);
        Gate gate = gate();
        int stripe = gate.stripe();
        gate.enter(stripe);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread changer = new Thread(change);
        changer.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
        changer.start();
        long start = System.nanoTime();
        // It looks again and again with pauses; who does not wait has ended instead.
        while (changer.getState() != Thread.State.TIMED_WAITING && changer.isAlive()) {
            assertTrue("neither", System.nanoTime() - start < DEADLINE);
            Thread.onSpinWait();
        }
        assertTrue("it did not wait", changer.isAlive());
        gate.leave(stripe);
        changer.join(TimeUnit.NANOSECONDS.toMillis(DEADLINE));
        assertFalse(changer.isAlive());
        assertNull(thrown.get());
    }
}
