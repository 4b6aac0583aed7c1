// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.backend.smmuv3.lookup.Finding.Half;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.PhysicalMemory;

/**
 * Walks the tables that the look-up found (section 3.4) and names the fault. No allocation, no exceptions. One walker serves one
 * thread; details of the last walk stay until the next.
 */
public final class StageWalker {
    /** Answer of {@link #walk}: the image does not hold a table; {@link #entryAddress} tells where. */
    public static final long UNKNOWN = Long.MIN_VALUE + 1;
    private static final int TOP_BYTE = 8;
    private static final int HALF_BIT = 55;

    private final RadixWalker single;
    private final NestedWalker nested;
    private boolean twoStages;
    private boolean walked;
    /** Format of the tables that the path of the walk lies in, and of the one where it ended. */
    private RadixFormat pathFormat;
    private RadixFormat format;
    private boolean stage2;
    private int cls;
    private long intermediate;
    private boolean recorded;
    private boolean stalls;
    private int need;
    private boolean updateRefused;

    /** A walker for hot paths: keeps no path but that of a nested walk's stage 1. */
    public StageWalker(PhysicalMemory memory) {
        this(memory, false);
    }

    /** @param keepPath whether all entries read are kept, for reports */
    public StageWalker(PhysicalMemory memory, boolean keepPath) {
        this.single = new RadixWalker(memory, keepPath);
        this.nested = new NestedWalker(memory, keepPath);
    }

    /**
     * Translates.
     *
     * @param permission one bit of {@link Permissions}
     * @return the output address, or {@code -1 - event number}, or {@link #UNKNOWN}
     */
    public long walk(Translated context, long iova, int permission) {
        need = need(context, permission);
        walked = false;
        updateRefused = false;
        intermediate = 0;
        stage2 = false;
        cls = EventRecord.CLASS_IN;
        twoStages = context.nested();
        Stage1 first = context.first();
        if (first == null) {
            // Stage 1 passes the address on, but not one wider than intermediate addresses (section 3.4).
            recorded = true;
            stalls = false;
            return beyond(iova, context.inputLimit()) ? answer(SmmuEvent.F_ADDR_SIZE) : walkOne(context.second(), iova, need);
        }
        recorded = first.terms().recorded();
        stalls = first.terms().stalls();
        Half half = half(first, iova);
        long address = address(half, iova);
        boolean upper = half == first.upper();
        if (half.format() == null || address >> half.inputBits() != (upper ? -1 : 0)) {
            format = null;
            return answer(SmmuEvent.F_TRANSLATION);
        }
        format = half.format();
        pathFormat = format;
        long inside = address & (1L << half.inputBits()) - 1;
        walked = true;
        if (twoStages) {
            return walkNested(half, context.second(), inside, need);
        }
        long output = single.walk(format, half.root(), inside, need);
        return output >= 0 ? output : fault(output, single.level(), single.entry(), half.accessFlag());
    }

    /** What a transaction asks for once STE.INSTCFG has had its say. */
    public static int need(Translated context, int permission) {
        return context.stream().kind() == StreamEntry.ALL_DATA && permission == Permissions.EXECUTE ? Permissions.READ
                : context.readsAreFetches() && permission == Permissions.READ ? Permissions.EXECUTE : permission;
    }

    /** The address by which translations of a context are cached: without the top byte where that takes no part. */
    public static long cachedAs(Translated context, long iova) {
        return context.first() == null ? iova : address(half(context.first(), iova), iova);
    }

    private static long address(Half half, long iova) {
        return half.topByteIgnored() ? iova << TOP_BYTE >> TOP_BYTE : iova;
    }

    static boolean beyond(long address, int bits) {
        return bits < Long.SIZE && address >>> bits != 0;
    }

    /** Which half an address belongs to; whether it lies in it, the bits above the width decide. */
    private static Half half(Stage1 first, long iova) {
        return first.upper() != null && (iova >>> HALF_BIT & 1) != 0 ? first.upper() : first.lower();
    }

    private long walkOne(Stage2 second, long iova, int need) {
        found(second, EventRecord.CLASS_IN, iova);
        format = second.format();
        pathFormat = format;
        walked = true;
        long output = single.walk(format, second.root(), iova, need);
        return output >= 0 ? output : fault(output, single.level(), single.entry(), second.accessFlag());
    }

    private void found(Stage2 second, int where, long address) {
        stage2 = true;
        cls = where;
        intermediate = address;
        recorded = second.terms().recorded();
        stalls = second.terms().stalls();
    }

    /**
     * Stage 2 does not let hardware write to the stage-1 entry that the walk ended at (section 3.13): the walk has failed.
     *
     * @return as {@link #walk}
     */
    public long refuseUpdate(Translated context) {
        found(context.second(), EventRecord.CLASS_TT, nested.pathAddress(nested.depth() - 1));
        format = context.second().format();
        updateRefused = true;
        return answer(SmmuEvent.F_PERMISSION);
    }

    /** An entry could not be written by hardware: the walk has failed. */
    public long abortUpdate() {
        cls = stage2 ? cls : EventRecord.CLASS_TT;
        return answer(SmmuEvent.F_WALK_EABT);
    }

    private long walkNested(Half half, Stage2 second, long iova, int need) {
        long output = nested.walk(half.format(), half.root(), second.walkFormat(), second.format(), second.root(), iova, need);
        if (output >= 0) {
            return output;
        }
        if (nested.part() == NestedWalker.INNER) {
            return fault(output, nested.level(), nested.entry(), half.accessFlag());
        }
        found(second, nested.part() == NestedWalker.TABLE_READ ? EventRecord.CLASS_TT : EventRecord.CLASS_IN, nested.between());
        format = second.format();
        return fault(output, nested.outer().level(), nested.outer().entry(), second.accessFlag());
    }

    private long fault(long output, int level, long entry, boolean accessFlag) {
        SmmuEvent event = WalkFaults.event(RadixWalker.outcome(output), format, level, entry, accessFlag);
        if (event == SmmuEvent.F_WALK_EABT && !stage2) {
            cls = EventRecord.CLASS_TT;
        }
        return event == null ? UNKNOWN : answer(event);
    }

    private static long answer(SmmuEvent event) {
        return -1L - event.code();
    }

    /** The event that a negative answer stands for. */
    public static SmmuEvent event(long answer) {
        return SmmuEvent.of((int) (-1 - answer));
    }

    /** Whether tables were read at all; an address outside both halves needs none. */
    public boolean walked() {
        return walked;
    }

    /** Whether the fault is stage 2's. */
    public boolean stage2() {
        return stage2;
    }

    /** What stage 2 was asked for: a class of {@link EventRecord}. */
    public int cls() {
        return cls;
    }

    /** The intermediate address that stage 2 refused; 0 if stage 1 did. */
    public long intermediate() {
        return intermediate;
    }

    /** Whether the stage that found the fault stalls the transaction (CD.S, STE.S2S). */
    public boolean stalls() {
        return stalls;
    }

    /** What was asked for, after STE.INSTCFG: one bit of {@link Permissions}. */
    public int need() {
        return need;
    }

    /** Whether the fault is that of a write that hardware itself had to do. */
    public boolean updateRefused() {
        return updateRefused;
    }

    /** Whether the stage-1 page found is global: its translation holds for every ASID. */
    public boolean global() {
        return TableDescriptor.NOT_GLOBAL.get(twoStages ? nested.entry() : single.entry()) == 0;
    }

    /** Whether the stage that found the fault has it recorded (CD.R, STE.S2R). */
    public boolean recorded() {
        return recorded;
    }

    /** The architecture's number of the level where the last walk ended. */
    public int level() {
        if (!walked) {
            return 0;
        }
        boolean outer = twoStages && stage2;
        return format.vendorLevel(!twoStages ? single.level() : outer ? nested.outer().level() : nested.level());
    }

    /** Physical address of the entry at which it ended, or of the one that could not be read. */
    public long entryAddress() {
        return !twoStages ? single.entryAddress() : nested.part() == NestedWalker.INNER ? nested.entryAddress() : nested.outer().entryAddress();
    }

    /** The entry at which it ended; 0 if it could not be read. */
    public long entry() {
        return !twoStages ? single.entry() : nested.part() == NestedWalker.INNER ? nested.entry() : nested.outer().entry();
    }

    /** log2 of the page found. */
    public int pageShift() {
        return twoStages ? nested.pageShift() : single.pageShift();
    }

    /** What the tables grant in total. */
    public int permissions() {
        return twoStages ? nested.permissions() : single.permissions();
    }

    /** Entries read, if they were kept; of a nested walk those of stage 1. */
    public int depth() {
        return !walked ? 0 : twoStages ? nested.depth() : single.depth();
    }

    /** Format of the tables on the path; of a nested walk those of stage 1. */
    public RadixFormat pathFormat() {
        return pathFormat;
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
