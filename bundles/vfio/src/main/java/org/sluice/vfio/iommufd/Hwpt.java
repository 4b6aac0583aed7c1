// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.port.Table;

/** What a device can be attached to. */
abstract class Hwpt extends IommufdObject {
    /** Flags of allocation, as numbers of the interface. */
    static final int NEST_PARENT = 1;
    static final int DIRTY_TRACKING = 2;
    static final int FAULT_ID_VALID = 4;
    static final int PASID = 8;
    static final int ALL_FLAGS = NEST_PARENT | DIRTY_TRACKING | FAULT_ID_VALID | PASID;

    final int flags;
    /** Where page requests of its devices go, or null. */
    final FaultQueue faults;

    Hwpt(IommufdContext context, int flags, FaultQueue faults) {
        super(context);
        this.flags = flags;
        this.faults = faults;
    }

    final boolean has(int flag) {
        return (flags & flag) != 0;
    }

    abstract Table table();

    /** The table that is filled from an address space: itself, or its parent. */
    abstract PagingHwpt paging();

    @Override
    final void release() {
        table().release();
        releaseParts();
        if (faults != null) {
            faults.unuse();
        }
    }

    abstract void releaseParts();
}
