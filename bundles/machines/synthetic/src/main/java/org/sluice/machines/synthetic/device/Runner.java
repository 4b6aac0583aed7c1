// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import java.util.concurrent.locks.LockSupport;

import org.sluice.api.Machine;
import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/** Runs one exercise on a thread of its own until it is told to stop. Thread-safe. */
final class Runner {
    private static final long NANOS = 1_000_000_000;
    /** How long to wait before an operation that nothing let through is tried again. */
    private static final long RETRY_NANOS = 200_000;
    private static final long JOIN_MILLIS = 10_000;

    private final Machine machine;
    private final DeviceId device;
    private final Exercise exercise;
    private final Counters counters;
    private final long rate;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile String failure = "";

    Runner(Machine machine, DeviceId device, Exercise exercise, Counters counters, long rate) {
        this.machine = machine;
        this.device = device;
        this.exercise = exercise;
        this.counters = counters;
        this.rate = rate;
        thread = new Thread(this::run, "sluice-traffic " + machine.name() + " " + device);
        thread.setDaemon(true);
    }

    void start() {
        exercise.prepare();
        thread.start();
    }

    private void run() {
        long began = System.nanoTime();
        try {
            for (long number = 0; !stopped && machine.isOpen();) {
                if (exercise.step(number)) {
                    number++;
                    pace(began, number);
                } else {
                    LockSupport.parkNanos(RETRY_NANOS);
                }
            }
        } catch (IommuException e) {
            failure = e.getMessage();
        }
    }

    private void pace(long began, long done) {
        if (rate > 0) {
            long due = began + done / rate * NANOS + done % rate * NANOS / rate;
            for (long left = due - System.nanoTime(); left > 0 && !stopped; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    boolean isRunning() {
        return thread.isAlive() && !stopped;
    }

    /** Ends the thread; what it mapped is unmapped if {@code tidy}, unless its machine is gone. */
    void stop(boolean tidy) {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (tidy && !thread.isAlive()) {
            exercise.finish();
        }
    }

    Traffic traffic() {
        return new Traffic(machine.name(), device, isRunning(), counters.operations.sum(), counters.bytes.sum(), counters.wrong.sum(),
                counters.blocked.sum(), counters.faults.sum(), counters.interrupts.sum(), failure);
    }
}
