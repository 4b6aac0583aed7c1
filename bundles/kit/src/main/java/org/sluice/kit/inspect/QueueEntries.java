// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

import org.sluice.api.QueueEntry;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.ring.Ring;

/** Entries of queues in memory, decoded. */
public final class QueueEntries {
    private QueueEntries() {
    }

    /**
     * Entries of a ring that were ever written or wait, by position.
     *
     * @param layout of an entry, by its first word
     */
    public static List<QueueEntry> of(String queue, Ring ring, long head, long tail, LongFunction<StructureLayout> layout) {
        List<QueueEntry> list = new ArrayList<>();
        ring.visit(0, head, tail, (index, address, pending, words) -> list.add(words == null ? absent(queue, index, address)
                : decoded(queue, index, pending, Structure.of(layout.apply(words[0]), address, words))));
        return list;
    }

    public static QueueEntry decoded(String queue, int index, boolean pending, Structure entry) {
        return new QueueEntry(queue, index, entry.address(), pending, entry.layout().name(), entry.words(), entry.decode(), entry.text());
    }

    /** An entry that waits where the image holds nothing. */
    public static QueueEntry absent(String queue, int index, long address) {
        return new QueueEntry(queue, index, address, true, "", List.of(), List.of(), "not in the image");
    }
}
