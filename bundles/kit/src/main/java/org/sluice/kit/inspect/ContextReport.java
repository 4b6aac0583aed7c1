// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.List;

import org.sluice.api.Fault;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.TableView;

/**
 * What a walk of configuration structures says of one requester. A trail is the structures that were read on the way; the last of them
 * decides.
 */
public record ContextReport(DeviceId device, int pasid) {
    private static final int NO_DOMAIN = -1;

    public RequesterContext blocked(Fault fault, List<Structure> trail, String text) {
        return blocked(NO_DOMAIN, fault, trail, text);
    }

    public RequesterContext blocked(int domain, Fault fault, List<Structure> trail, String text) {
        return new RequesterContext(device, pasid, State.BLOCKED, domain, "", 0, null, fault, address(trail), words(trail), text);
    }

    public RequesterContext unknown(List<Structure> trail, String text) {
        return new RequesterContext(device, pasid, State.UNKNOWN, NO_DOMAIN, "", 0, null, null, address(trail), words(trail), text);
    }

    public RequesterContext passThrough(List<Structure> trail, String text) {
        return passThrough(NO_DOMAIN, trail, text);
    }

    public RequesterContext passThrough(int domain, List<Structure> trail, String text) {
        return new RequesterContext(device, pasid, State.PASS_THROUGH, domain, "pass-through", 0, null, null, address(trail), words(trail), text);
    }

    /** @param kind vendor's name of the tables */
    public RequesterContext translated(int domain, String kind, int levels, TableView table, List<Structure> trail, String text) {
        return new RequesterContext(device, pasid, State.TRANSLATED, domain, kind, levels, table, null, address(trail), words(trail), text);
    }

    private static long address(List<Structure> trail) {
        return trail.isEmpty() ? 0 : trail.get(trail.size() - 1).address();
    }

    private static List<Long> words(List<Structure> trail) {
        return trail.isEmpty() ? List.of() : trail.get(trail.size() - 1).words();
    }
}
