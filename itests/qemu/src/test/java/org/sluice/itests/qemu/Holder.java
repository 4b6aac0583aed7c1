// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.util.concurrent.CountDownLatch;

/** A program that stops a machine, says so, and holds it until it is killed. */
public final class Holder {
    private Holder() {
    }

    /** @param arguments what to open */
    public static void main(String[] arguments) throws InterruptedException {
        Platform platform = new Platform();
        platform.stopped(arguments[0]);
        System.out.print('s');
        System.out.flush();
        new CountDownLatch(1).await();
    }
}
