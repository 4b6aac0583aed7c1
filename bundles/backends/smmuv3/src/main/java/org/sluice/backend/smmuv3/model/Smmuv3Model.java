// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates with the registers as they were when the model was made. Configurations are cached as the architecture allows (section
 * 4.3) and live until {@link #invalidateConfiguration}; tables are read each time. What cannot be answered is refused, never let
 * through.
 */
public final class Smmuv3Model implements UnitModel {
    /** Code of a transaction that is aborted without event. */
    public static final int ABORTED = 0;
    private static final int LOG2_SLOTS = 10;

    private final RegisterPort registers;
    private final ConfigurationLookup lookup;
    private final ThreadLocal<StageWalker> walkers;
    /** What happens to every transaction, or null if the tables decide. */
    private final Finding gate;
    /** Direct-mapped; a slot is replaced as a whole, so readers see one configuration or another. */
    private volatile Cached[] cache = new Cached[1 << LOG2_SLOTS];

    private record Cached(int streamId, int substream, Finding finding) {
    }

    public Smmuv3Model(UnitContext unit) {
        PhysicalMemory memory = unit.memory();
        registers = unit.registers();
        lookup = new ConfigurationLookup(memory, UnitState.read(registers));
        gate = lookup.gate();
        walkers = ThreadLocal.withInitial(() -> new StageWalker(memory));
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        Finding finding = gate != null ? gate : configuration(requester, pasid);
        if (finding instanceof Translated context) {
            long answer = walkers.get().walk(context, iova, permission);
            return answer == StageWalker.UNKNOWN ? -1L - SmmuEvent.F_WALK_EABT.code() : answer;
        }
        if (finding instanceof PassThrough pass) {
            boolean beyond = pass.width() < Long.SIZE && iova >>> pass.width() != 0;
            return !beyond ? PASS_THROUGH : -1L - (pass.silent() ? ABORTED : SmmuEvent.F_ADDR_SIZE.code());
        }
        return -1L - (finding instanceof Blocked blocked ? Math.max(ABORTED, blocked.event().code()) : ABORTED);
    }

    private Finding configuration(int streamId, int substream) {
        Cached[] slots = cache;
        int slot = (streamId * 31 + substream) * 0x9e3779b1 >>> Integer.SIZE - LOG2_SLOTS;
        Cached cached = slots[slot];
        if (cached == null || cached.streamId != streamId || cached.substream != substream) {
            cached = new Cached(streamId, substream, lookup.find(streamId & 0xffff_ffffL, substream));
            slots[slot] = cached;
        }
        return cached.finding;
    }

    /** Forgets all stream table entries and context descriptors (CMD_CFGI_ALL). */
    public void invalidateConfiguration() {
        cache = new Cached[1 << LOG2_SLOTS];
    }
}
