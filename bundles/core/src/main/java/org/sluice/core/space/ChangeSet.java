// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.Arrays;
import java.util.List;

import org.sluice.api.space.Change;

/**
 * Changes that happen together: what was done before one is refused is undone, the last first. What is unmapped before something else is mapped,
 * or before the end, is forgotten by the units together. The machine's lock is held.
 */
final class ChangeSet {
    private static final int WORDS = 4;
    /** Instead of a mapping's flags: it was made, and is to be taken back. */
    private static final long MADE = -1;

    private final Space space;
    private final Followers followers;
    private final RangeMap.Entry entry = new RangeMap.Entry();
    /** Start, size, output and flags of what was unmapped or made, in that order. */
    private long[] undo;
    private int count;

    ChangeSet(Space space, Followers followers) {
        this.space = space;
        this.followers = followers;
    }

    void apply(List<Change> changes) {
        undo = new long[Math.max(1, changes.size()) * WORDS];
        followers.gather();
        try {
            for (Change change : changes) {
                if (change.isMap()) {
                    space.apply(change);
                    note(change.iova(), change.size(), 0, MADE);
                } else {
                    unmap(change);
                }
            }
        } catch (RuntimeException | Error e) {
            while (count > 0) {
                takeBack(--count * WORDS);
            }
            throw e;
        } finally {
            followers.settle();
        }
    }

    private void unmap(Change change) {
        int before = count;
        long last = change.size() == 0 ? -1L : change.iova() + (change.size() - 1);
        boolean more = Long.compareUnsigned(change.iova(), last) <= 0 && space.truth().peek(change.iova(), entry);
        while (more && Long.compareUnsigned(entry.start(), last) <= 0) {
            note(entry.start(), entry.last() - entry.start() + 1, entry.output(), entry.flags());
            more = entry.last() != last && space.truth().next(entry);
        }
        try {
            space.apply(change);
        } catch (RuntimeException | Error refused) {
            count = before;
            throw refused;
        }
    }

    private void note(long start, long size, long output, long flags) {
        if (count * WORDS == undo.length) {
            undo = Arrays.copyOf(undo, 2 * undo.length);
        }
        int at = count++ * WORDS;
        undo[at] = start;
        undo[at + 1] = size;
        undo[at + 2] = output;
        undo[at + 3] = flags;
    }

    private void takeBack(int at) {
        if (undo[at + 3] == MADE) {
            space.apply(Change.unmap(undo[at], undo[at + 1]));
        } else {
            int flags = (int) undo[at + 3];
            space.restore(undo[at], undo[at + 2], undo[at + 1], Flags.permissions(flags), Flags.kind(flags));
            space.dirtyPages().doubt(undo[at], undo[at] + (undo[at + 1] - 1));
        }
    }
}
