// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.machine.DeviceId;

/**
 * What translates for devices. A context serialises its calls; several contexts may share a port, so it is thread-safe. Refusals are
 * {@link org.sluice.vfio.VfioException}s, and nothing has changed then.
 */
@ConsumerType
public interface TranslationPort {
    /** {@code ENODEV} if there is no such device. */
    DeviceFacts facts(DeviceId device);

    /** An empty table for the unit of that device. */
    PagingTable createPaging(DeviceId device, PagingOptions options);

    /**
     * A table owned by its user, over a parent made for nesting.
     *
     * @param data already checked against the format that the device's facts name
     */
    NestedTable createNested(DeviceId device, PagingTable parent, TypedData data);

    /**
     * Lets a device use a table, at once in place of what it had (NST-11).
     *
     * @param pasid process address space id, or {@link org.sluice.api.TranslationRequest#NO_PASID}
     */
    void attach(DeviceId device, int pasid, Table table);

    /** Blocks the device; cannot fail. */
    void detach(DeviceId device, int pasid);

    /** Who hears of a device's page requests, or null for nobody: they are then answered as invalid. */
    void listen(DeviceId device, PageRequestListener listener);

    /**
     * What a table is for.
     *
     * @param parent nested tables will be made over it
     * @param dirtyTracking writes will be recorded
     * @param pasid it will be used with process address space ids
     */
    record PagingOptions(boolean parent, boolean dirtyTracking, boolean pasid) {
        public static final PagingOptions PLAIN = new PagingOptions(false, false, false);
    }

    /** Hears page requests; must be quick and must not throw. */
    @FunctionalInterface
    interface PageRequestListener {
        /** @param answer called once, now or later, by any thread */
        void request(PageRequest request, PageAnswer answer);
    }

    /** Takes the answer to a page request. */
    @FunctionalInterface
    interface PageAnswer {
        /** @param success whether the device should try again; if not, its access fails */
        void answer(boolean success);
    }

    /**
     * A device asks for a page.
     *
     * @param pasid or {@link org.sluice.api.TranslationRequest#NO_PASID}
     * @param group number of the device's group of requests that are answered together
     * @param last whether it is the group's last
     * @param permissions what it wants
     */
    record PageRequest(DeviceId device, int pasid, int group, boolean last, int permissions, long address) {
    }
}
