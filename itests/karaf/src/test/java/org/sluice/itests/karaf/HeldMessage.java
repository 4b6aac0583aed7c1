// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.sluice.api.InterruptMessage;
import org.sluice.api.space.InterruptService;

/** A receiver of messages that keeps the next one until it is told to go on. */
final class HeldMessage implements InterruptService.Listener {
    private volatile CountDownLatch arrived = new CountDownLatch(1);
    private volatile CountDownLatch goesOn = new CountDownLatch(0);

    void hold() {
        arrived = new CountDownLatch(1);
        goesOn = new CountDownLatch(1);
    }

    boolean hasArrived() throws InterruptedException {
        return arrived.await(20, TimeUnit.SECONDS);
    }

    void release() {
        goesOn.countDown();
    }

    @Override
    public void interrupt(int index) {
        arrived.countDown();
        try {
            goesOn.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void reprogram(int index, InterruptMessage changed) {
        // The device raises its vectors by number.
    }
}
