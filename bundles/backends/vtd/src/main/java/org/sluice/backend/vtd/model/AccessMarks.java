// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.StageWalker;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Writes accessed and dirty bits after a walk that let a request through: those of the first stage always, those of the second stage
 * where the PASID table entry says so. A in every entry used, D in the leaf of a write; a first-stage entry that is written dirties its
 * page in the second stage. Each entry is changed in one atomic step. One object serves one thread.
 */
final class AccessMarks {
    /** All bits are there. */
    static final int DONE = 0;
    /** An entry is no longer what the walk read: the walk has to be done again. */
    static final int CHANGED = 1;
    /** An entry of the first stage cannot be written. */
    static final int FIRST_REFUSED = 2;
    /** An entry of the second stage cannot be written. */
    static final int SECOND_REFUSED = 3;

    private static final long FIRST_ACCESSED = PagingEntry.FS_ACCESSED.put(1);
    private static final long FIRST_DIRTY = PagingEntry.FS_DIRTY.put(1);
    private static final long SECOND_ACCESSED = PagingEntry.SS_ACCESSED.put(1);
    private static final long SECOND_DIRTY = PagingEntry.SS_DIRTY.put(1);

    private final PhysicalMemory memory;
    private final RadixWalker second;
    private boolean writable;

    AccessMarks(PhysicalMemory memory) {
        this.memory = memory;
        second = new RadixWalker(memory, true);
    }

    /** The marks without which walks by these tables have something to write. */
    static Marks of(Translated context) {
        return context.first() != null ? new Marks(FIRST_ACCESSED, FIRST_ACCESSED, FIRST_DIRTY)
                : context.marksSecond() ? new Marks(SECOND_ACCESSED, SECOND_ACCESSED, SECOND_DIRTY) : Marks.NONE;
    }

    /** Whether the page found may be written without another look: nothing tracks its writes, or it is marked as written. */
    boolean isWritable() {
        return writable;
    }

    /** Marks what {@code walker} found; one of the outcomes above. */
    int mark(Translated context, StageWalker walker, int permission) {
        writable = true;
        boolean write = permission == Permissions.WRITE;
        return context.nested() ? markNested(context, walker.nested(), write)
                : context.first() != null ? markFirst(walker, write)
                : context.marksSecond() ? markSecond(walker, write) : DONE;
    }

    private int markFirst(StageWalker walker, boolean write) {
        int depth = walker.depth();
        for (int i = 0; i < depth; i++) {
            int outcome = first(walker.pathAddress(i), walker.pathEntry(i), write && i == depth - 1, i == depth - 1);
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    private int first(long address, long entry, boolean dirties, boolean leaf) {
        long bits = dirties ? FIRST_ACCESSED | FIRST_DIRTY : FIRST_ACCESSED;
        writable &= !leaf || ((entry | bits) & FIRST_DIRTY) != 0;
        return set(address, entry, bits, FIRST_REFUSED);
    }

    private int markSecond(StageWalker walker, boolean write) {
        int depth = walker.depth();
        for (int i = 0; i < depth; i++) {
            int outcome = second(walker.pathAddress(i), walker.pathEntry(i), write && i == depth - 1, i == depth - 1);
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    private int second(long address, long entry, boolean dirties, boolean leaf) {
        long bits = dirties ? SECOND_ACCESSED | SECOND_DIRTY : SECOND_ACCESSED;
        writable &= !leaf || ((entry | bits) & SECOND_DIRTY) != 0;
        return set(address, entry, bits, SECOND_REFUSED);
    }

    /** The second stage of each table and of the page first, so that no first-stage write goes unnoticed. */
    private int markNested(Translated context, NestedWalker walker, boolean write) {
        int depth = walker.depth();
        for (int i = 0; i < depth; i++) {
            boolean leaf = i == depth - 1;
            long wanted = write && leaf ? FIRST_ACCESSED | FIRST_DIRTY : FIRST_ACCESSED;
            boolean updates = (walker.pathEntry(i) & wanted) != wanted;
            int outcome = through(context, walker.pathAddress(i), updates);
            writable = true;
            if (outcome == DONE) {
                outcome = first(walker.pathPhysical(i), walker.pathEntry(i), write && leaf, leaf);
            }
            if (outcome != DONE) {
                return outcome;
            }
        }
        boolean firstWritable = writable;
        int outcome = through(context, walker.between(), write);
        writable &= firstWritable;
        return outcome;
    }

    /** Marks the second-stage path of an address between the stages. */
    private int through(Translated context, long between, boolean write) {
        writable = true;
        if (!context.marksSecond()) {
            return DONE;
        }
        if (second.walk(context.second().format(), context.second().root(), between, Permissions.READ) < 0) {
            return CHANGED;
        }
        int depth = second.depth();
        for (int i = 0; i < depth; i++) {
            int outcome = second(second.pathAddress(i), second.pathEntry(i), write && i == depth - 1, i == depth - 1);
            if (outcome != DONE) {
                return outcome;
            }
        }
        return DONE;
    }

    private int set(long address, long entry, long bits, int refused) {
        if ((entry & bits) == bits) {
            return DONE;
        }
        MemoryWindow window = memory.window(address);
        if (window == null || !window.isWritable()) {
            return refused;
        }
        return window.compareAndSetLong(address, entry, entry | bits) ? DONE : CHANGED;
    }
}
