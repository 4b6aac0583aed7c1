// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.Change;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.Gate;
import org.sluice.machine.AddressRange;

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
