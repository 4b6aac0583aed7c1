// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.sluice.api.space.Change;
import org.sluice.machine.AddressRange;

/** Changes that happen together: what was done before one is refused is undone, the last first. The machine's lock is held. */
final class ChangeSet {
    private final Space space;
    private final Deque<Runnable> undo = new ArrayDeque<>();

    ChangeSet(Space space) {
        this.space = space;
    }

    void apply(List<Change> changes) {
        try {
            for (Change change : changes) {
                Deque<Runnable> back = undoOf(change);
                space.apply(change);
                back.forEach(undo::push);
            }
        } catch (RuntimeException | Error e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    private Deque<Runnable> undoOf(Change change) {
        Deque<Runnable> back = new ArrayDeque<>();
        if (change.isMap()) {
            back.add(() -> space.apply(Change.unmap(change.iova(), change.size())));
            return back;
        }
        long last = change.size() == 0 ? -1L : change.iova() + (change.size() - 1);
        if (Long.compareUnsigned(change.iova(), last) <= 0) {
            space.visit(new AddressRange(change.iova(), last), (iova, end, output, permissions, kind) ->
                    back.add(() -> space.restore(iova, output, end - iova + 1, permissions, kind)));
        }
        return back;
    }
}
