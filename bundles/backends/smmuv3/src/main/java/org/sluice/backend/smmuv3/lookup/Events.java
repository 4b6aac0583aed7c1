// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;

/** The record that a refused transaction leaves in the event queue (section 7.3), if it leaves one. Stateless. */
public final class Events {
    /**
     * A transaction.
     *
     * @param substream SubstreamID, or negative if it has none
     * @param permission asked for, one bit of {@link Permissions}
     */
    public record Transaction(int streamId, int substream, long address, int permission) {
    }

    private Events() {
    }

    /** The record of a transaction that the configuration refuses; null if there is none. */
    public static long[] record(Transaction t, Blocked blocked) {
        return blocked.event() == SmmuEvent.ABORT || !blocked.recorded() ? null
                : EventRecord.write(blocked.event(), t.streamId(), t.substream(), t.address(), t.permission(), blocked.fault().stage2(),
                        blocked.fault().cls(), blocked.fault().address());
    }

    /** The record of a transaction that tables refuse, as {@code walker} left it; null if there is none. */
    public static long[] record(Transaction t, SmmuEvent event, StageWalker walker) {
        long other = event == SmmuEvent.F_WALK_EABT ? walker.entryAddress() : walker.intermediate();
        return event.recordedOnRequest() && !walker.recorded() ? null
                : EventRecord.write(event, t.streamId(), t.substream(), t.address(), t.permission(), walker.stage2(), walker.cls(), other);
    }
}
