// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Terms;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Access flags and dirty state that hardware keeps in the entries which a walk has used (section 3.13). A page with DBM that is not
 * writable becomes writable by the first write. Entries change by compare and swap: one that is not as it was read makes the walk
 * begin anew. One object serves one thread.
 */
final class HardwareUpdates {
    /** Nothing was in the way. */
    static final long DONE = 0;
    /** An entry has changed meanwhile. */
    static final long AGAIN = 1;
    private static final long UNWRITABLE = 2;

    private static final long ACCESS_FLAG = TableDescriptor.ACCESS_FLAG.put(1);
    private static final long DIRTY_MANAGED = TableDescriptor.DIRTY_MANAGED.put(1);
    /** AP[2] of stage 1, which forbids writing, and S2AP[1], which permits it. */
    private static final long WRITE_BIT = TableDescriptor.AP.put(2);

    private final PhysicalMemory memory;
    private final RadixWalker outer;

    HardwareUpdates(PhysicalMemory memory) {
        this.memory = memory;
        this.outer = new RadixWalker(memory);
    }

    /**
     * The bits without which a walk by one stage has something else to do. A page with DBM that is not writable is no plain leaf, so
     * what is written of it need not be asked for. Global pages of a context that has tags are cached elsewhere.
     */
    static Marks marks(Translated context) {
        Terms terms = context.first() != null ? context.first().terms() : context.second().terms();
        return new Marks(0, (terms.setsAccessFlag() ? ACCESS_FLAG : 0)
                | (context.first() != null && context.first().tagged() ? TableDescriptor.NOT_GLOBAL.put(1) : 0), 0);
    }

    /**
     * Does what a walk that has found a page brings with it.
     *
     * @return {@link #DONE}, {@link #AGAIN}, or a negative answer as {@link StageWalker#walk} gives it
     */
    long apply(Translated context, StageWalker walker, int need) {
        boolean writes = need == Permissions.WRITE;
        NestedWalker nested = walker.nested();
        if (nested == null) {
            boolean first = context.first() != null;
            Terms terms = first ? context.first().terms() : context.second().terms();
            return told(walker, update(terms, first, walker.entryAddress(), walker.entry(), writes));
        }
        Stage2 second = context.second();
        if (second.terms().setsAccessFlag()) {
            for (int i = 0; i < nested.depth(); i++) {
                long outcome = updateOuter(second, nested.pathAddress(i), false);
                if (outcome != DONE) {
                    return told(walker, outcome);
                }
            }
        }
        int leaf = nested.depth() - 1;
        if (wanted(context.first().terms(), true, nested.pathEntry(leaf), writes) != nested.pathEntry(leaf)) {
            if ((nested.pathPermissions(leaf) & Permissions.WRITE) == 0) {
                return walker.refuseUpdate(context);
            }
            long outcome = updateOuter(second, nested.pathAddress(leaf), true);
            outcome = outcome != DONE ? outcome
                    : update(context.first().terms(), true, nested.pathPhysical(leaf), nested.pathEntry(leaf), writes);
            if (outcome != DONE) {
                return told(walker, outcome);
            }
        }
        return told(walker, update(second.terms(), false, nested.outer().entryAddress(), nested.outer().entry(), writes));
    }

    private static long told(StageWalker walker, long outcome) {
        return outcome == UNWRITABLE ? walker.abortUpdate() : outcome;
    }

    private long updateOuter(Stage2 second, long address, boolean writes) {
        long found = outer.walk(second.format(), second.root(), address, writes ? Permissions.WRITE : Permissions.READ);
        return found < 0 ? AGAIN : update(second.terms(), false, outer.entryAddress(), outer.entry(), writes);
    }

    /** The entry as it has to be after the access. */
    private static long wanted(Terms terms, boolean first, long entry, boolean writes) {
        long flagged = terms.setsAccessFlag() ? entry | ACCESS_FLAG : entry;
        boolean marks = writes && terms.marksDirty() && (entry & DIRTY_MANAGED) != 0;
        return !marks ? flagged : first ? flagged & ~WRITE_BIT : flagged | WRITE_BIT;
    }

    private long update(Terms terms, boolean first, long address, long entry, boolean writes) {
        long wanted = wanted(terms, first, entry, writes);
        if (wanted == entry) {
            return DONE;
        }
        MemoryWindow window = memory.window(address);
        if (window == null || !window.isWritable()) {
            return UNWRITABLE;
        }
        boolean done = terms.bigEndian() ? window.compareAndSetLong(address, Long.reverseBytes(entry), Long.reverseBytes(wanted))
                : window.compareAndSetLong(address, entry, wanted);
        return done ? DONE : AGAIN;
    }

    /** What may be cached of the permissions found: not writing, where the first write still has to be noted. */
    static int cacheable(Translated context, StageWalker walker, int need) {
        NestedWalker nested = walker.nested();
        boolean first = context.first() != null;
        boolean clean = need != Permissions.WRITE && (first && clean(context.first().terms(), true, nested == null ? walker.entry() : nested.entry())
                || context.second() != null && clean(context.second().terms(), false, nested == null ? walker.entry() : nested.outer().entry()));
        return clean ? walker.permissions() & ~Permissions.WRITE : walker.permissions();
    }

    private static boolean clean(Terms terms, boolean first, long entry) {
        return terms.marksDirty() && (entry & DIRTY_MANAGED) != 0 && ((entry & WRITE_BIT) != 0) == first;
    }
}
