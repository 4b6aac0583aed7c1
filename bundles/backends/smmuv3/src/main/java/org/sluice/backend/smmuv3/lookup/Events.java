// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.EventRecord.Subject;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;

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
        return blocked.event() == SmmuEvent.ABORT || !blocked.recorded() && !blocked.fault().stalls() ? null
                : EventRecord.write(blocked.event(), t.streamId(), t.substream(), t.address(), t.permission(),
                        new Subject(blocked.fault().stage2(), blocked.fault().cls(), blocked.fault().address()));
    }

    /** The record of a transaction whose address is too wide for a stream that passes addresses on (section 3.4). */
    public static long[] beyond(Transaction t) {
        return EventRecord.write(SmmuEvent.F_ADDR_SIZE, t.streamId(), t.substream(), t.address(), t.permission(), Subject.INPUT);
    }

    /** The record of a transaction that tables refuse, as {@code walker} left it; null if there is none. */
    public static long[] record(Transaction t, Translated context, SmmuEvent event, StageWalker walker) {
        boolean onRequest = event.recordedOnRequest();
        if (onRequest && !walker.recorded() && !walker.stalls()) {
            return null;
        }
        long other = event == SmmuEvent.F_WALK_EABT ? walker.entryAddress() : walker.intermediate();
        Subject subject = new Subject(walker.stage2(), walker.cls(), other);
        long[] words = EventRecord.write(event, t.streamId(), t.substream(), t.address(), walker.need(), subject);
        words[1] |= EventRecord.PRIVILEGED.put(context.stream().privileged() ? 1 : 0);
        if (walker.updateRefused()) {
            words[1] &= ~EventRecord.WALK_READ.put(1);
        }
        return words;
    }

    /** Makes a record that of a transaction that waits. */
    public static void stall(long[] words, int tag) {
        words[1] |= EventRecord.STALL.put(1) | EventRecord.STALL_TAG.put(tag);
    }
}
