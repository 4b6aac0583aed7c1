// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import java.util.List;
import java.util.Set;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.machine.DeviceId;

/** A port that can also serve a unit which a virtual machine sees. The only place where the front-end knows virtual machines (NST-17). */
@ConsumerType
public interface ViommuPort extends TranslationPort {
    /** {@code EOPNOTSUPP} for an unknown type. */
    Viommu createViommu(DeviceId device, int type, PagingTable parent, byte[] data, EventSink events);

    /** A virtual unit. */
    interface Viommu extends Invalidation {
        /** What the driver tells its user in the data that was handed in; same length, may be empty. */
        byte[] answer();

        /** A page of registers that the user may map, or null. */
        UserPage page();

        void addDevice(DeviceId device, long virtualId);

        void removeDevice(DeviceId device);

        NestedTable createNested(DeviceId device, TypedData data);

        /** Formats of data for nested tables. */
        List<DataFormat> nesting();

        Set<Integer> eventTypes();

        /** Queue types that hardware can read from memory by itself. */
        Set<Integer> queueTypes();

        /**
         * Makes hardware read a queue.
         *
         * @param physical where it lies, contiguous
         */
        Queue createQueue(int type, int index, long physical, long length);

        void release();
    }

    /** A queue that hardware reads. */
    interface Queue {
        /** {@code EBUSY} while it is needed by a later one. */
        void release();
    }

    /** A page for the user, by the offset under which it is mapped. */
    record UserPage(long offset, long length) {
    }

    /** Takes events of a virtual unit; the data names the device by its virtual id. */
    @FunctionalInterface
    interface EventSink {
        void event(int type, byte[] data);
    }
}
