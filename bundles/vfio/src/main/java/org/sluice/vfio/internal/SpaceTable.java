// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.port.PagingTable;

/** A table that is an address space of the platform: whatever backend serves its units, and whichever comes after it. */
final class SpaceTable implements PagingTable {
    private final SpaceService spaces;
    private final AddressSpace space;

    SpaceTable(SpaceService spaces, AddressSpace space) {
        this.spaces = spaces;
        this.space = space;
    }

    AddressSpace space() {
        return space;
    }

    @Override
    public void map(long iova, long physical, long size, int permissions) {
        Refusals.run(() -> space.map(iova, physical, size, permissions, RangeKind.USER));
    }

    @Override
    public void unmap(long iova, long size) {
        Refusals.run(() -> space.cut(iova, size));
    }

    @Override
    public void trackDirty(boolean on) {
        Refusals.run(() -> space.trackDirty(on));
    }

    @Override
    public void dirty(long iova, long last, boolean clear, DirtySink sink) {
        Refusals.run(() -> space.dirty(new AddressRange(iova, last), clear, sink::dirty));
    }

    @Override
    public void release() {
        Refusals.run(() -> spaces.destroy(space));
    }
}
