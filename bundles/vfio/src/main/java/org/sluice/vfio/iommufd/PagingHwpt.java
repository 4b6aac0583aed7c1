// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.PagingTable;

/** A page table that is filled from one address space. An automatic one lives as long as a device uses it. */
final class PagingHwpt extends Hwpt {
    final Ioas space;
    final DeviceFacts facts;
    final boolean automatic;
    private final PagingTable table;
    private final Churn.Counter churn = new Churn.Counter();

    /** @param facts of the device that it was made for: what its unit can express */
    PagingHwpt(Ioas space, DeviceFacts facts, PagingTable table, int flags, FaultQueue faults, boolean automatic) {
        super(space.context, flags, faults);
        this.space = space;
        this.facts = facts;
        this.table = table;
        this.automatic = automatic;
    }

    void map(long iova, long physical, long size, int permissions) {
        table.map(iova, physical, size, permissions);
        churn.mapped(size);
    }

    void unmap(long iova, long size) {
        table.unmap(iova, size);
        churn.unmapped(size);
    }

    Churn churn() {
        return churn.read();
    }

    @Override
    PagingTable table() {
        return table;
    }

    @Override
    PagingHwpt paging() {
        return this;
    }

    @Override
    void releaseParts() {
        space.unuse();
    }

    @Override
    String state() {
        return this + (automatic ? " automatic" : "") + " of " + space + " flags " + flags + " users " + users();
    }
}
