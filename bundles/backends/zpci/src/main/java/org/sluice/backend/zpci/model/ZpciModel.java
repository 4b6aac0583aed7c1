// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates from the tables as they stand, without the caches that a real unit refreshes by RPCIT. Requesters are function ids. What
 * cannot be answered is refused, never let through.
 */
public final class ZpciModel implements UnitModel {
    /** Code for accesses that hardware drops without an event. */
    public static final int DROPPED = 0;

    private final RegisterPort registers;
    private final int[] ids;
    private final ZpciFunction[] functions;
    private final ThreadLocal<DmaTranslation> translations;

    public ZpciModel(UnitContext unit) {
        PhysicalMemory memory = unit.memory();
        registers = new RegisterImage(unit.unit().name(), Map.of());
        List<ZpciFunction> known = new ZpciFunctions(unit).all().stream().filter(f -> f.functionId() >= 0)
                .sorted((a, b) -> Integer.compare((int) a.functionId(), (int) b.functionId())).toList();
        ids = known.stream().mapToInt(f -> (int) f.functionId()).toArray();
        functions = known.toArray(new ZpciFunction[0]);
        translations = ThreadLocal.withInitial(() -> new DmaTranslation(memory));
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        int at = Arrays.binarySearch(ids, requester);
        if (at < 0 || pasid >= 0) {
            return -1L - EventCodes.INVALAS.code();
        }
        DmaTranslation translation = translations.get();
        return switch (translation.run(functions[at], iova, permission)) {
            case MAPPED -> translation.output();
            case PASS_THROUGH -> PASS_THROUGH;
            case FAULT -> -1L - Math.max(translation.fault().code(), DROPPED);
            case UNKNOWN -> -1L - EventCodes.INVALTE.code();
        };
    }
}
