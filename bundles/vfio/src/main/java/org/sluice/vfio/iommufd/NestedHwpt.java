// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.port.NestedTable;

/** A table that its user owns, over a parent. */
final class NestedHwpt extends Hwpt {
    final ViommuObject viommu;
    private final PagingHwpt parent;
    private final NestedTable table;

    /** @param viommu the virtual unit whose devices may use it, or null */
    NestedHwpt(PagingHwpt parent, ViommuObject viommu, NestedTable table, int flags, FaultQueue faults) {
        super(parent.context, flags, faults);
        this.parent = parent;
        this.viommu = viommu;
        this.table = table;
    }

    @Override
    NestedTable table() {
        return table;
    }

    @Override
    PagingHwpt paging() {
        return parent;
    }

    @Override
    void releaseParts() {
        (viommu == null ? parent : viommu).unuse();
    }

    @Override
    String state() {
        return this + " over " + (viommu == null ? parent : viommu) + " flags " + flags + " users " + users();
    }
}
