// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.FaultRecord;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.UnitDriver;

/**
 * A driver whose faults are taken out as soon as they happen, as an operating system does on the unit's interrupt, and kept until the
 * test asks. For units that stop a requester at its first fault until software has dealt with it. Calls are serialised here, because
 * the thread that had a fault is not the one that edits.
 */
final class PromptDriver implements UnitDriver {
    private final UnitDriver driver;
    private final Queue<FaultRecord> kept = new ArrayDeque<>();

    PromptDriver(UnitDriver driver) {
        this.driver = driver;
    }

    synchronized void takeFaults() {
        driver.drainFaults(kept::add);
    }

    @Override
    public synchronized Capabilities capabilities() {
        return driver.capabilities();
    }

    @Override
    public synchronized void start() {
        driver.start();
    }

    @Override
    public synchronized void stop() {
        driver.stop();
    }

    @Override
    public synchronized DomainTable createTable(DomainSpec spec) {
        return driver.createTable(spec);
    }

    @Override
    public synchronized void attach(DeviceId device, int pasid, DomainTable table) {
        driver.attach(device, pasid, table);
    }

    @Override
    public synchronized void attachPassThrough(DeviceId device) {
        driver.attachPassThrough(device);
    }

    @Override
    public synchronized void detach(DeviceId device, int pasid) {
        driver.detach(device, pasid);
    }

    @Override
    public synchronized void invalidate(DomainTable table, long iova, long last) {
        driver.invalidate(table, iova, last);
    }

    @Override
    public synchronized Optional<InterruptDriver> interrupts() {
        return driver.interrupts();
    }

    @Override
    public synchronized void drainFaults(Consumer<FaultRecord> out) {
        takeFaults();
        for (FaultRecord fault = kept.poll(); fault != null; fault = kept.poll()) {
            out.accept(fault);
        }
    }
}
