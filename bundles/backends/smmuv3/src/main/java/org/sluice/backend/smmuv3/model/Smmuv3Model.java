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
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates with the registers as they were when the model was made. Configurations are cached as long as it lives, which the
 * architecture allows where no command tells otherwise (section 4.3); tables are read each time. What cannot be answered is refused,
 * never let through.
 */
public final class Smmuv3Model implements UnitModel {
    /** Code of a transaction that is aborted without event. */
    public static final int ABORTED = 0;

    private final RegisterPort registers;
    private final ConfigurationCache<Finding> configurations;
    private final PerThread<StageWalker> walkers;
    /** What happens to every transaction, or null if the tables decide. */
    private final Finding gate;

    public Smmuv3Model(UnitContext unit) {
        PhysicalMemory memory = unit.memory();
        registers = unit.registers();
        ConfigurationLookup lookup = new ConfigurationLookup(memory, UnitState.read(registers));
        configurations = new ConfigurationCache<>((streamId, substream) -> lookup.find(streamId & 0xffff_ffffL, substream));
        gate = lookup.gate();
        walkers = new PerThread<>(() -> new StageWalker(memory));
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        Finding finding = gate != null ? gate : configurations.find(requester, pasid);
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
}
