// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * One domain as a unit's structures hold it: a radix table in memory, or what was asked of a paravirtual device. Edits are
 * serialised by the caller; invalidation is the caller's step, through {@link UnitDriver#invalidate}.
 */
@ConsumerType
public interface DomainTable {
    /** Outcome of {@link #map}. */
    enum Outcome { OK, EXISTS, NO_MEMORY, NOT_EXPRESSIBLE }

    /** Domain id given at creation. */
    int domain();

    /**
     * Maps {@code size} bytes, all or nothing; {@code permissions} as in {@link org.sluice.api.Permissions}, and
     * {@link org.sluice.api.Permissions#MMIO} for device memory. Also while the table is
     * attached to nothing: what is mapped then holds from the next attach on.
     */
    Outcome map(long iova, long output, long size, int permissions);

    /**
     * Maps several ranges with the same permissions, each as {@link #map} does, in order up to the first that cannot be mapped. A unit that
     * has to be told of each mapping may be told of all of them in one go.
     *
     * @param iovas where the ranges start, ascending; no range meets the next
     * @param count how many ranges there are, first in the arrays, which belong to the caller again afterwards
     * @return how many were mapped; if fewer than {@code count}, {@link #map} of the next one tells why
     */
    default int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions) {
        int done = 0;
        while (done < count && map(iovas[done], outputs[done], sizes[done], permissions) == Outcome.OK) {
            done++;
        }
        return done;
    }

    /**
     * Unmaps what is mapped in {@code size} bytes from {@code iova}, splitting larger pages; bytes that were mapped. A unit that cannot
     * split may block the rest of a split page for a moment, and never lets an access to it go elsewhere.
     */
    long unmap(long iova, long size);

    /**
     * {@link #unmap} of a range that starts there is about to be called, unless the caller finds a reason not to. A table may have the
     * processor fetch what it will change; nothing else comes of it.
     */
    default void approach(long iova) {
        // Nothing to fetch.
    }

    /**
     * Switches the recording of writes on or off, without touching what is recorded; {@code false} if the unit or this table cannot
     * ({@link org.sluice.api.Capabilities.Feature#DIRTY_TRACKING}). The caller invalidates afterwards.
     */
    default boolean trackDirty(boolean on) {
        return false;
    }

    /**
     * Visits pages that devices have written since they were last cleared; nothing if the unit does not track.
     *
     * @param clear whether to clear them, before the caller invalidates
     */
    void dirty(long iova, long last, boolean clear, DirtySink out);

    /** Memory of the machine that the structures take, in bytes; 0 if the unit keeps what is mapped elsewhere, -1 if not known. */
    default long tableBytes() {
        return -1;
    }

    /** What is mapped, as an inspector would read it. */
    TableView view();

    /** Frees everything; the table must be attached to nothing. */
    void release();

    /** Takes dirty pages. */
    @FunctionalInterface
    interface DirtySink {
        void dirty(long iova, long size);
    }
}
