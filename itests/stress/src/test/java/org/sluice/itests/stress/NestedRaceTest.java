// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import org.junit.Test;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.NestedDomain;
import org.sluice.testkit.nesting.UserTables;

/** Nested tables and parents that change while devices use them. */
public class NestedRaceTest extends ParentUnderBackend {
    private static final int ANCHORS = 10_000;
    private static final int UNMAPS = 1_000;
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(60);

    private final AtomicReference<String> wrong = new AtomicReference<>();
    private final AtomicLong accesses = new AtomicLong();
    /** Odd while what devices ask for is not mapped. */
    private final AtomicLong epoch = new AtomicLong();
    private volatile boolean over;

    private void await(String what, BooleanSupplier done) {
        long end = System.nanoTime() + DEADLINE;
        while (!done.getAsBoolean()) {
            assertNull(wrong.get(), wrong.get());
            assertTrue(what, System.nanoTime() - end < 0);
            Thread.onSpinWait();
        }
    }

    private void run(Runnable device, Runnable changes) throws InterruptedException {
        Thread thread = new Thread(device, "device");
        thread.start();
        try {
            changes.run();
        } finally {
            over = true;
            thread.join();
        }
        assertNull(wrong.get(), wrong.get());
    }

    /** NST-02 and NST-11: each access is translated by the old table or the new one, none faults, and nothing is left of ten thousand. */
    @Test
    public void nst02TheAnchorChangesUnderDma() throws InterruptedException {
        UserTables other = tables(USER + SIZE / 4 * 3);
        user.map(IOVA, USER, true);
        other.map(IOVA, USER + PAGE, true);
        UserTables[] both = {user, other};
        NestedDomain[] now = {parent.nest(Platform.NIC, user.anchor())};
        now[0].attach(Platform.NIC, NO_PASID);
        long before = memoryInUse();
        int[] met = new int[2];
        run(() -> {
            DmaPort nic = platform.port(machine, Platform.NIC);
            while (!over && wrong.get() == null) {
                long at = nic.translate(IOVA + 8, WRITE);
                long page = (at - ram - 8) / PAGE;
                if (at - ram - 8 != 0 && at - ram - 8 != PAGE) {
                    wrong.set("translated to " + Long.toHexString(at));
                } else {
                    met[(int) page]++;
                }
                accesses.incrementAndGet();
            }
        }, () -> {
            for (int i = 1; i <= ANCHORS; i++) {
                NestedDomain next = parent.nest(Platform.NIC, both[i % 2].anchor());
                next.attach(Platform.NIC, NO_PASID);
                now[0].destroy();
                now[0] = next;
                // An odd number, so that the device is waited for on either table.
                if (i % 99 == 0) {
                    long seen = accesses.get();
                    await("the device stands still", () -> accesses.get() > seen);
                }
            }
        });
        assertTrue("both tables were met", met[0] > 0 && met[1] > 0);
        assertEquals(before, memoryInUse());
        parent.detach(Platform.NIC, NO_PASID);
        now[0].destroy();
        platform.spaces.destroy(parent);
    }

    /** NST-18: after an unmap in the parent has returned nothing translates to what was there, neither a page of data nor by a table that is gone. */
    @Test
    public void nst18WhatTheParentUnmapsIsReachedNoMore() throws InterruptedException {
        user.map(IOVA, USER + PAGE, true);
        NestedDomain nested = parent.nest(Platform.NIC, user.anchor());
        nested.attach(Platform.NIC, NO_PASID);
        long[] gone = {USER + PAGE, user.tableOf(IOVA)};
        AtomicLong good = new AtomicLong();
        run(() -> {
            DmaPort nic = platform.port(machine, Platform.NIC);
            while (!over && wrong.get() == null) {
                long before = epoch.get();
                long at = nic.translate(IOVA + 16, READ);
                if (at >= 0 && at != ram + PAGE + 16) {
                    wrong.set("translated to " + Long.toHexString(at));
                } else if (at >= 0) {
                    good.incrementAndGet();
                    if (before % 2 != 0 && epoch.get() == before) {
                        wrong.set("translated although the parent has unmapped it, round " + before / 2);
                    }
                }
                accesses.incrementAndGet();
            }
        }, () -> {
            for (int i = 0; i < UNMAPS; i++) {
                long seen = good.get();
                await("nothing is translated", () -> good.get() > seen);
                long page = gone[i % gone.length];
                parent.cut(page, PAGE);
                epoch.incrementAndGet();
                long after = accesses.get();
                await("the device stands still", () -> accesses.get() > after + 1);
                epoch.incrementAndGet();
                parent.map(page, page - USER + ram, PAGE, READ_WRITE);
            }
        });
    }
}
