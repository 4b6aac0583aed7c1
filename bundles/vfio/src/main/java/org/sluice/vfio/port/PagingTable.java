// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import org.osgi.annotation.versioning.ConsumerType;

/** A page table that the front-end fills. Callers serialise. A failure changes nothing. */
@ConsumerType
public interface PagingTable extends Table {
    /**
     * Maps physical memory; the range is free. Devices see it when this returns.
     *
     * @param permissions bits of {@link org.sluice.api.Permissions}
     */
    void map(long iova, long physical, long size, int permissions);

    /** Removes what is mapped in the range; devices no longer reach it when this returns. Cannot fail. */
    void unmap(long iova, long size);

    /** Switches the recording of writes; only for tables made with it. */
    void trackDirty(boolean on);

    /** Visits pages written since they were last cleared, ascending. */
    void dirty(long iova, long last, boolean clear, DirtySink sink);

    /** Takes pages that were written. */
    @FunctionalInterface
    interface DirtySink {
        void dirty(long iova, long size);
    }
}
