// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.Optional;
import java.util.function.Consumer;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.Capabilities;
import org.sluice.api.FaultRecord;
import org.sluice.machine.DeviceId;

/**
 * The driver half: what an operating system does to one unit. It writes structures, queues and registers and knows the hardware
 * only through them, be that a model or a running QEMU. Callers serialise; an
 * {@link org.sluice.machine.IommuException} says that the unit did not answer ({@code IO}) or cannot do what was asked
 * ({@code UNSUPPORTED}, {@code LIMIT}), and then nothing has changed.
 */
@ConsumerType
public interface UnitDriver {
    /** What the unit can do, from its registers. */
    Capabilities capabilities();

    /** Enables the unit with every requester blocked. */
    void start();

    /** Blocks every requester and disables the unit. */
    void stop();

    /** An empty table, attached to nothing. */
    DomainTable createTable(DomainSpec spec);

    /** Lets a requester use a table, replacing what it had at once; the old translations are invalidated before this returns. */
    void attach(DeviceId device, int pasid, DomainTable table);

    /** Lets a requester's addresses out unchanged; {@code UNSUPPORTED} if the unit cannot. */
    void attachPassThrough(DeviceId device);

    /** Blocks a requester; its translations are invalidated before this returns. */
    void detach(DeviceId device, int pasid);

    /** Makes the unit forget translations of a table from {@code iova} to {@code last}; done when this returns. */
    void invalidate(DomainTable table, long iova, long last);

    /** Memory that the driver has taken for all its structures at this moment, in bytes; -1 if not known. */
    default long memoryInUse() {
        return -1;
    }

    /**
     * As {@link #invalidate} for several ranges, whose first and last addresses come by turns; done when this returns, so that one wait may be
     * enough for all.
     */
    default void invalidateAll(DomainTable table, long[] ranges, int count) {
        for (int i = 0; i < count; i++) {
            invalidate(table, ranges[2 * i], ranges[2 * i + 1]);
        }
    }

    /** How interrupts of the unit's devices are set up; empty if the unit has no part in it and the interrupt controller alone decides. */
    default Optional<InterruptDriver> interrupts() {
        return Optional.empty();
    }

    /** How tables of others are laid over this driver's own; empty if the unit cannot ({@link Capabilities.Feature#NESTING}). */
    default Optional<NestingDriver> nesting() {
        return Optional.empty();
    }

    /** Takes the recorded faults out of the unit, oldest first. */
    void drainFaults(Consumer<FaultRecord> out);

    /**
     * What a table has to be.
     *
     * @param domain domain id, unique among the unit's tables
     * @param inputBits width that must at least be covered
     * @param pageSizes log2 set of page sizes that may be used; the unit's own are a further limit
     */
    record DomainSpec(int domain, int inputBits, long pageSizes) {
    }
}
