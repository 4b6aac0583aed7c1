// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.PhysicalMemory;

/**
 * Steps 7 to 11 of a translation: walks the tables that the look-up found and names the fault. No allocation, no exceptions. One
 * walker serves one thread; details of the last walk stay until the next.
 */
public final class StageWalker {
    /** Answer of {@link #walk}: the image does not hold a table; {@link #entryAddress} tells where. */
    public static final long UNKNOWN = Long.MIN_VALUE + 1;
    /** Answer of {@link #walk}: the entry found means one thing with and another without a capability in ECAP, which is not known. */
    public static final long NEEDS_ECAP = Long.MIN_VALUE + 2;

    private final ConfigurationLookup lookup;
    private final RadixWalker single;
    private final NestedWalker nested;
    private boolean twoStages;
    private boolean walked;

    /** A walker that keeps the entries read, of a nested walk those of the first stage. */
    public StageWalker(ConfigurationLookup lookup, PhysicalMemory memory) {
        this(lookup, memory, false);
    }

    /** @param keepPath whether those of the second stage are kept too, for reports */
    public StageWalker(ConfigurationLookup lookup, PhysicalMemory memory, boolean keepPath) {
        this.lookup = lookup;
        this.single = new RadixWalker(memory, true);
        this.nested = new NestedWalker(memory, keepPath);
    }

    /**
     * Translates.
     *
     * @param permission one bit of {@link Permissions}
     * @return the output address, or {@code -1 - reason code}, or {@link #UNKNOWN}, or {@link #NEEDS_ECAP}
     */
    public long walk(Translated context, long iova, int permission) {
        twoStages = context.nested();
        walked = permission != Permissions.EXECUTE || context.executes();
        if (!walked) {
            return answer(FaultReason.EXECUTE_DISABLED);
        }
        long output = twoStages ? walkNested(context, iova, permission) : walkOne(context, iova, permission);
        if (output >= 0 && Vtd.INTERRUPT_WINDOW.contains(output)) {
            // Hardware looks at the address of the access, not at the whole page (section 3.14).
            return answer(context.scalable() ? FaultReason.SM_INTERRUPT_OUTPUT : FaultReason.INTERRUPT_OUTPUT);
        }
        return output;
    }

    private long walkOne(Translated context, long iova, int permission) {
        boolean first = context.first() != null;
        Finding.Table table = first ? context.first() : context.second();
        // Second-stage tables know no execution of their own: fetching code is reading.
        int need = first || permission != Permissions.EXECUTE ? permission : Permissions.READ;
        long output = single.walk(table.format(), table.root(), iova, need);
        if (!first && lookup.restsOnEcap(single.entry()) && RadixWalker.outcome(output) != RadixWalker.BEYOND_WIDTH) {
            return NEEDS_ECAP;
        }
        if (output >= 0) {
            return output;
        }
        int outcome = RadixWalker.outcome(output);
        if (outcome == RadixWalker.UNKNOWN_MEMORY) {
            return UNKNOWN;
        }
        boolean top = single.level() == table.format().levels() - 1;
        return answer(first ? firstStage(outcome, top, need, single.common())
                : secondStage(outcome, top, need, context.scalable()));
    }

    private static FaultReason secondStage(int outcome, boolean top, int need, boolean scalable) {
        boolean write = need == Permissions.WRITE;
        return switch (outcome) {
            case RadixWalker.NOT_PRESENT -> scalable ? FaultReason.SM_DENIED
                    : write ? FaultReason.WRITE_DENIED : FaultReason.READ_DENIED;
            case RadixWalker.NOT_PERMITTED -> scalable ? write ? FaultReason.SM_WRITE_DENIED : FaultReason.SM_READ_DENIED
                    : write ? FaultReason.WRITE_DENIED : FaultReason.READ_DENIED;
            case RadixWalker.BEYOND_WIDTH -> scalable ? FaultReason.SM_BEYOND_WIDTH : FaultReason.BEYOND_WIDTH;
            case RadixWalker.OUTSIDE_MEMORY -> scalable ? top ? FaultReason.SM_TABLE_POINTER : FaultReason.SM_TABLE_ACCESS
                    : top ? FaultReason.CONTEXT_INVALID : FaultReason.TABLE_ACCESS;
            default -> scalable ? FaultReason.SM_PAGING_RESERVED : FaultReason.PAGING_RESERVED;
        };
    }

    private static FaultReason firstStage(int outcome, boolean top, int need, long common) {
        return switch (outcome) {
            case RadixWalker.NOT_PRESENT -> FaultReason.FS_NOT_PRESENT;
            case RadixWalker.NOT_PERMITTED -> denied(need, common);
            case RadixWalker.BEYOND_WIDTH -> FaultReason.NON_CANONICAL;
            case RadixWalker.OUTSIDE_MEMORY -> top ? FaultReason.FS_ROOT_ACCESS : FaultReason.FS_TABLE_ACCESS;
            default -> FaultReason.FS_RESERVED;
        };
    }

    /** Which right the path lacks: user access before the kind of access, as processors judge it. */
    private static FaultReason denied(int need, long common) {
        if (PagingEntry.FS_USER.get(common) == 0) {
            return FaultReason.USER_DENIED;
        }
        return need == Permissions.WRITE ? FaultReason.SM_WRITE_DENIED
                : need == Permissions.EXECUTE ? FaultReason.EXECUTE_DENIED : FaultReason.SM_READ_DENIED;
    }

    private long walkNested(Translated context, long iova, int permission) {
        RadixFormat inner = context.first().format();
        long output = nested.walk(inner, context.first().root(), context.second().format(), context.second().root(), iova, permission);
        if (output >= 0) {
            return updateDenied(permission) ? answer(FaultReason.FS_UPDATE_DENIED) : output;
        }
        int outcome = RadixWalker.outcome(output);
        if (outcome == RadixWalker.UNKNOWN_MEMORY) {
            return UNKNOWN;
        }
        boolean top = nested.level() == inner.levels() - 1;
        return switch (nested.part()) {
            case NestedWalker.INNER -> answer(firstStage(outcome, top, permission, nested.common()));
            case NestedWalker.TABLE_READ -> answer(tableRead(context, outcome, top));
            default -> answer(nestedResult(context, outcome));
        };
    }

    /** The second stage on the way to a first-stage table (faults 74h to 7Bh). */
    private FaultReason tableRead(Translated context, int outcome, boolean top) {
        return switch (outcome) {
            case RadixWalker.BEYOND_WIDTH -> FaultReason.FS_ENTRY_BEYOND_WIDTH;
            case RadixWalker.NOT_PRESENT, RadixWalker.NOT_PERMITTED -> top ? FaultReason.FS_ROOT_DENIED : FaultReason.FS_ENTRY_DENIED;
            default -> nestedResult(context, outcome);
        };
    }

    /** The second stage on the final address: any lack of permission there is 79h. */
    private FaultReason nestedResult(Translated context, int outcome) {
        boolean denied = outcome == RadixWalker.NOT_PERMITTED || outcome == RadixWalker.NOT_PRESENT;
        boolean root = nested.outer().level() == context.second().format().levels() - 1;
        return denied ? FaultReason.SM_DENIED : secondStage(outcome, root, Permissions.READ, true);
    }

    /** Setting accessed and dirty bits of first-stage entries needs write permission in the second stage. */
    private boolean updateDenied(int permission) {
        for (int i = 0; i < nested.depth(); i++) {
            boolean leaf = i == nested.depth() - 1;
            boolean updates = PagingEntry.FS_ACCESSED.get(nested.pathEntry(i)) == 0
                    || leaf && permission == Permissions.WRITE && PagingEntry.FS_DIRTY.get(nested.pathEntry(i)) == 0;
            if (updates && (nested.pathPermissions(i) & Permissions.WRITE) == 0) {
                return true;
            }
        }
        return false;
    }

    private static long answer(FaultReason reason) {
        return -1L - reason.code();
    }

    /** The reason that a negative answer stands for. */
    public static FaultReason reason(long answer) {
        return FaultReason.of((int) (-1 - answer));
    }

    /** Vendor's number of the level where the last walk ended; of a nested walk that of the first stage. */
    public int level() {
        return 1 + (twoStages ? nested.level() : single.level());
    }

    /** Whether the entry at which the last walk ended belongs to the second stage of a nested walk. */
    private boolean endedInOuter() {
        return twoStages && nested.part() != NestedWalker.INNER;
    }

    /** Vendor's number of the level of the entry at which the last walk ended. */
    public int entryLevel() {
        return endedInOuter() ? 1 + nested.outer().level() : level();
    }

    /** The entry at which the last walk ended; 0 if it could not be read. */
    public long entry() {
        return !twoStages ? single.entry() : endedInOuter() ? nested.outer().entry() : nested.entry();
    }

    /** Physical address of that entry. */
    public long entryAddress() {
        return !twoStages ? single.entryAddress() : endedInOuter() ? nested.outer().entryAddress() : nested.entryAddress();
    }

    /** log2 of the page found. */
    public int pageShift() {
        return twoStages ? nested.pageShift() : single.pageShift();
    }

    /** What the tables grant in total. */
    public int permissions() {
        return twoStages ? nested.permissions() : single.permissions();
    }

    /** Entries read; of a nested walk those of the first stage. */
    public int depth() {
        return !walked ? 0 : twoStages ? nested.depth() : single.depth();
    }

    public long pathEntry(int i) {
        return twoStages ? nested.pathEntry(i) : single.pathEntry(i);
    }

    /** Physical address of the {@code i}-th entry read. */
    public long pathAddress(int i) {
        return twoStages ? nested.pathPhysical(i) : single.pathAddress(i);
    }

    /** The two-dimensional walk's own details, if the last walk was one; else null. */
    public NestedWalker nested() {
        return walked && twoStages ? nested : null;
    }
}
