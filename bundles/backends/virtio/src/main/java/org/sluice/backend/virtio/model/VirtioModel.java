// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.model;

import java.util.Arrays;
import java.util.Map;

import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.state.AccessCheck;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * Translates from the device state that the description holds, which does not change here. Requesters are endpoint ids. What cannot be
 * told is refused, never let through.
 */
public final class VirtioModel implements UnitModel {
    private final RegisterPort registers;
    /** Endpoints that the device keeps or the machine says it serves, ascending; of the latter the endpoint is null. */
    private final int[] ids;
    private final Endpoint[] endpoints;
    private final boolean[] told;
    private final boolean stated;
    private final ThreadLocal<AccessCheck> checks;

    public VirtioModel(UnitContext unit) {
        DescribedState described = new DescribedState(unit);
        registers = new RegisterImage(unit.unit().name(), Map.of());
        ids = described.served().stream().mapToInt(Long::intValue).sorted().toArray();
        endpoints = new Endpoint[ids.length];
        told = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            long id = Integer.toUnsignedLong(ids[i]);
            endpoints[i] = described.state().endpoint(id);
            told[i] = described.whyUnknown(id) == null;
        }
        stated = unit.unit().attributes().has("endpoints");
        checks = ThreadLocal.withInitial(() -> new AccessCheck(described.state().config()));
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        int at = Arrays.binarySearch(ids, requester);
        if (!stated || pasid >= 0 || at >= 0 && !told[at]) {
            return -1L - Events.UNKNOWN.code();
        }
        AccessCheck check = checks.get();
        return switch (check.run(at < 0 ? null : endpoints[at], at >= 0, iova, permission)) {
            case MAPPED -> check.output();
            case MESSAGE, PASS_THROUGH -> PASS_THROUGH;
            case FAULT -> -1L - check.fault().code();
            case UNKNOWN -> -1L - Events.UNKNOWN.code();
        };
    }
}
