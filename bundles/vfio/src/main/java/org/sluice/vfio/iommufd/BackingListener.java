// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.VfioException;

/** Hears that memory behind a mapping came or went; called with the context's lock held, must be quick and must not throw. */
@ConsumerType
public interface BackingListener {
    /** Nobody. */
    BackingListener NONE = new BackingListener() {
        @Override
        public void lost(int ioas, AddressRange range) {
            // Nobody wants to know.
        }

        @Override
        public void restored(int ioas, AddressRange range) {
            // Nobody wants to know.
        }

        @Override
        public void notRestored(int ioas, AddressRange range, VfioException why) {
            // Nobody wants to know.
        }
    };

    /** From now on devices get faults there. */
    void lost(int ioas, AddressRange range);

    void restored(int ioas, AddressRange range);

    /** The memory is there again, but not the mapping. */
    void notRestored(int ioas, AddressRange range, VfioException why);
}
