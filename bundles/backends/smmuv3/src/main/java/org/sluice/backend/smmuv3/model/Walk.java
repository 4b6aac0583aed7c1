// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.machine.PhysicalMemory;

/** A walk with what hardware writes while it walks. One object serves one thread. */
final class Walk {
    /** Software that changes an entry at each try must not keep a transaction for ever. */
    private static final int MOST_TRIES = 64;

    private final StageWalker walker;
    private final HardwareUpdates updates;

    Walk(PhysicalMemory memory) {
        walker = new StageWalker(memory);
        updates = new HardwareUpdates(memory);
    }

    /** As {@link StageWalker#walk}, whose details stay in {@link #walker}. */
    long run(Translated context, long iova, int permission) {
        for (int i = 0; i < MOST_TRIES; i++) {
            long answer = walker.walk(context, iova, permission);
            if (answer < 0) {
                return answer;
            }
            long outcome = updates.apply(context, walker, walker.need());
            if (outcome != HardwareUpdates.AGAIN) {
                return outcome == HardwareUpdates.DONE ? answer : outcome;
            }
        }
        return walker.abortUpdate();
    }

    StageWalker walker() {
        return walker;
    }
}
