// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Guard;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Regime;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.radix.RadixFormat;

/**
 * What the tables of a unit look like: stage 1 if it has one, else stage 2; the smallest granule there is; 48-bit addresses at most.
 * Dirty state is kept by hardware where it can (IDR0.HTTU). Immutable.
 */
record TableShape(UnitState unit, Shape shape, boolean marksDirty) {
    private static final int BREAK_BEFORE_MAKE_NEVER = 2;
    private static final int DIRTY_STATE = 2;
    private static final int WRITE_BACK = 1;
    private static final int INNER = 3;
    private static final int SMALLEST_INPUT = 64 - 39;

    /** Tables for {@code inputBits}, at most {@link #inputBits}. */
    static TableShape of(UnitState unit, int inputBits) {
        return of(unit, unit.stage1() ? 1 : 2, inputBits);
    }

    /** Tables of stage 2, under a stage 1 of somebody else, for at most {@link #parentBits}. */
    static TableShape parent(UnitState unit, int inputBits) {
        return of(unit, 2, inputBits);
    }

    private static TableShape of(UnitState unit, int stage, int inputBits) {
        int granule = granule(unit);
        int bits = Math.max(SMALLEST_INPUT, inputBits);
        int start = SmmuFormats.startLevel(granule, bits);
        int lowest = stage == 2 && granule != Smmu.GRANULE_4K ? 1 : 0;
        Shape shape = new Shape(stage, granule, bits, Math.max(lowest, start), outputBits(unit), false, unit.marksBlocks(), false);
        return new TableShape(unit, shape, unit.hardwareUpdates() >= DIRTY_STATE);
    }

    private static int granule(UnitState unit) {
        return unit.granule(Smmu.GRANULE_4K) ? Smmu.GRANULE_4K : unit.granule(Smmu.GRANULE_16K) ? Smmu.GRANULE_16K : Smmu.GRANULE_64K;
    }

    static int outputBits(UnitState unit) {
        return Math.min(unit.outputBits(), SmmuFormats.PLAIN_BITS);
    }

    /** Widest input: stage 2 takes intermediate addresses, which are as wide as physical ones. */
    static int inputBits(UnitState unit) {
        return unit.stage1() ? SmmuFormats.PLAIN_BITS : parentBits(unit);
    }

    static int parentBits(UnitState unit) {
        return outputBits(unit);
    }

    boolean first() {
        return shape.stage() == 1;
    }

    RadixFormat format() {
        return SmmuFormats.untyped(shape, new Rules(Regime.UNPRIVILEGED, !marksDirty, marksDirty, true, false, false, unit.executeByPrivilege(), Guard.NONE));
    }

    /** Pages that may be used: larger ones only if a page may turn into a table in one step (IDR3.BBML), as splitting needs. */
    long pageSizes() {
        long granule = 1L << shape.granule();
        return unit.get(IdRegisters.IDR3, IdRegisters.BBML) >= BREAK_BEFORE_MAKE_NEVER ? format().pageSizes() : granule;
    }

    private long addressSize() {
        return Math.min(unit.get(IdRegisters.IDR5, IdRegisters.OAS), 5);
    }

    /** TG0 and S2TG number granules alike. */
    private long granuleField() {
        return shape.granule() == Smmu.GRANULE_4K ? 0 : shape.granule() == Smmu.GRANULE_64K ? 1 : 2;
    }

    /** A context descriptor (section 5.4) for a table. */
    long[] context(long root, int asid) {
        long flags = ContextDescriptor.EPD1.put(1) | ContextDescriptor.VALID.put(1) | ContextDescriptor.AARCH64.put(1)
                | ContextDescriptor.HARDWARE_ACCESS.put(marksDirty ? 1 : 0) | ContextDescriptor.HARDWARE_DIRTY.put(marksDirty ? 1 : 0)
                | ContextDescriptor.RECORD.put(1) | ContextDescriptor.ABORT.put(1) | ContextDescriptor.ASID_PRIVATE.put(1);
        long walks = ContextDescriptor.INNER0.put(WRITE_BACK) | ContextDescriptor.OUTER0.put(WRITE_BACK) | ContextDescriptor.SHARE0.put(INNER);
        return new long[] {flags | walks | ContextDescriptor.T0SZ.put(Long.SIZE - shape.inputBits()) | ContextDescriptor.TG0.put(granuleField())
                | ContextDescriptor.IPS.put(addressSize()) | ContextDescriptor.ASID.put(asid), ContextDescriptor.TTB0.address(root), 0, SmmuFormats.MAIR};
    }

    /** Words 2 and 3 of a stream table entry (section 5.2) for a stage-2 table. */
    long[] second(long root, int vmid) {
        long start = (shape.granule() == Smmu.GRANULE_4K ? 2 : 3) - shape.startLevel();
        long walks = StreamEntry.S2_INNER.put(WRITE_BACK) | StreamEntry.S2_OUTER.put(WRITE_BACK) | StreamEntry.S2_SHARE.put(INNER);
        long flags = StreamEntry.S2_AARCH64.put(1) | StreamEntry.S2_RECORD.put(1) | StreamEntry.S2_HARDWARE_ACCESS.put(marksDirty ? 1 : 0)
                | StreamEntry.S2_HARDWARE_DIRTY.put(marksDirty ? 1 : 0);
        return new long[] {flags | walks | StreamEntry.VMID.put(vmid) | StreamEntry.S2_T0SZ.put(Long.SIZE - shape.inputBits())
                | StreamEntry.S2_SL0.put(start) | StreamEntry.S2_GRANULE.put(granuleField()) | StreamEntry.S2_OUTPUT_SIZE.put(addressSize()),
            StreamEntry.S2_TABLE.address(root)};
    }
}
