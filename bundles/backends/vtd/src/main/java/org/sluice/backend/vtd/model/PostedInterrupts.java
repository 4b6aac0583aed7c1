// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.backend.vtd.lookup.InterruptFinding;
import org.sluice.backend.vtd.lookup.InterruptFinding.Kind;
import org.sluice.backend.vtd.lookup.InterruptLookup;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Notes interrupts in posted descriptors (section 5.2.3): the vector's bit, then the notification, each in one atomic step. */
final class PostedInterrupts {
    /** Byte offset of the descriptor's word with ON and SN. */
    private static final int CONTROL = InterruptEntry.OUTSTANDING.word() * Long.BYTES;

    private PostedInterrupts() {
    }

    /** Does what {@code finding} says; the answer's message is the notification, if this request is the one that sends it. */
    static InterruptFinding post(PhysicalMemory memory, InterruptLookup lookup, InterruptFinding finding) {
        long at = finding.descriptor().address();
        int vector = (int) finding.entry().get(InterruptEntry.VECTOR);
        if (!set(memory, at + (long) (vector / Long.SIZE) * Long.BYTES, 1L << vector % Long.SIZE, 0)) {
            return lookup.descriptorRefused(finding);
        }
        long suppressed = finding.entry().get(InterruptEntry.URGENT) != 0 ? 0 : InterruptEntry.SUPPRESSED.put(1);
        boolean notify = set(memory, at + CONTROL, InterruptEntry.OUTSTANDING.put(1), suppressed | InterruptEntry.OUTSTANDING.put(1));
        return notify ? lookup.notification(finding) : new InterruptFinding(Kind.POSTED, null, false, finding.index(), finding.entry(),
                finding.descriptor(), 0, 0, null, finding.text());
    }

    /** Sets bits of a word unless one of {@code unless} is set; whether it did, which read-only memory refuses. */
    private static boolean set(PhysicalMemory memory, long address, long bits, long unless) {
        MemoryWindow window = memory.window(address);
        if (window == null || !window.isWritable()) {
            return false;
        }
        while (true) {
            long before = window.getLongAcquire(address);
            if ((before & unless) != 0) {
                return false;
            }
            if (window.compareAndSetLong(address, before, before | bits)) {
                return true;
            }
        }
    }
}
