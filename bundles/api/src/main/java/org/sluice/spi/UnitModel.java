// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import java.util.Optional;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.machine.Attributes;
import org.sluice.machine.RegisterPort;

/**
 * The hardware of one unit. It knows only bytes in memory and its own registers, keeps the caches that the architecture
 * allows, and records faults where the architecture puts them. Translation is safe from many threads; register writes are
 * serialised by the model, and what a write starts (a queue run, an invalidation) is done when the write returns.
 */
@ConsumerType
public interface UnitModel {
    /** The address goes out unchanged, whatever its 64 bits are. */
    long PASS_THROUGH = Long.MIN_VALUE;

    /** Its registers as software sees them. */
    RegisterPort registers();

    /**
     * Translates one access. No allocation, no exception.
     *
     * @param requester id as the unit sees it (source id, stream id, ...)
     * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
     * @param permission one bit of {@link org.sluice.api.Permissions}
     * @return the output address, or {@code -1 - code} where {@code code} (0 to 2^31-1) is the vendor's fault code, already
     *         recorded; {@link #PASS_THROUGH} if the address goes out unchanged
     */
    long translate(int requester, int pasid, long iova, int permission);

    /**
     * A device's write to where messages go, if the unit takes it out before translation (x86). The outcome goes to the sink.
     *
     * @return whether it was an interrupt request; if not, it is a write like any other
     */
    default boolean interrupt(int requester, long address, int data) {
        return false;
    }

    /**
     * Reads state that only the hardware has and neither memory nor registers tell (virtio-iommu's domains, zPCI's functions), as it is
     * now; empty if {@link Backend#inspector} over memory and registers sees everything.
     */
    default Optional<Inspector> inspector() {
        return Optional.empty();
    }

    /**
     * The same state as a capture has it: keys of a unit in docs/capture-format.md, as it is now, in place of those that the unit was described
     * with. Empty if memory and registers tell everything.
     */
    default Attributes state() {
        return Attributes.EMPTY;
    }

    /** What devices with translation caches of their own may ask; empty if the unit does not serve them. */
    default Optional<DeviceTranslation> deviceTranslation() {
        return Optional.empty();
    }

    /** Where interrupts go: remapped ones of devices and the unit's own. A model that raises none ignores it. */
    default void setInterruptSink(InterruptSink sink) {
    }

    /** Receives interrupt messages as the processor side sees them; called with no lock of the caller's. */
    @FunctionalInterface
    interface InterruptSink {
        void message(long address, int data);
    }
}
