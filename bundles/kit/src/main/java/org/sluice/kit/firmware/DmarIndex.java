// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.sluice.machine.DeviceId;

/**
 * The scopes of all DMAR units by what they name, so that the unit of a device is found without going through them again.
 * Source: VT-d specification 4.1, section 8.3: first a unit whose scope names the device or a bridge above it, else the unit
 * for all others of the segment. Thread-safe.
 */
final class DmarIndex {
    private static final int LAST_BUS = 255;
    private static final Match UNKNOWN_BRIDGE = new Match(Kind.BEHIND_UNKNOWN_BRIDGE, null);

    private final PciTopology topology;
    private final Map<DeviceId, DmarTable.Unit> named = new HashMap<>();
    private final Map<Long, DmarTable.Unit> buses = new HashMap<>();
    private final Map<Integer, DmarTable.Unit> allOthers = new HashMap<>();
    /** Segment to the lowest bus of a bridge in scope whose buses are not known: what lies deeper may be below it. */
    private final Map<Integer, Integer> openBridges = new HashMap<>();
    /** Device and function numbers of endpoints at the end of paths that cannot be followed, to the lowest bus these start on. */
    private final Map<Long, Integer> openEndpoints = new HashMap<>();
    /** By segment and bus: what all bridges agree on that the bus could lie below. */
    private final Map<Long, Match> above = new ConcurrentHashMap<>();

    /** What is known of a device's unit. */
    enum Kind { UNIT, NO_UNIT, BEHIND_UNKNOWN_BRIDGE, PATH_UNKNOWN }

    /** @param unit only for {@link Kind#UNIT} */
    record Match(Kind kind, DmarTable.Unit unit) {
        /** Whether both lead to the same unit, or both to none. */
        boolean agrees(Match other) {
            return kind == other.kind && unit == other.unit && (kind == Kind.UNIT || kind == Kind.NO_UNIT);
        }
    }

    DmarIndex(List<DmarTable.Unit> units, PciTopology topology) {
        this.topology = topology;
        for (DmarTable.Unit unit : units) {
            unit.scopes().forEach(scope -> add(unit, scope));
            if (unit.includeAll()) {
                allOthers.putIfAbsent(unit.segment(), unit);
            }
        }
    }

    private void add(DmarTable.Unit unit, DmarScope scope) {
        boolean bridge = scope.type() == DmarScope.BRIDGE;
        Optional<DeviceId> device = scope.device(unit.segment(), topology);
        device.ifPresent(d -> named.putIfAbsent(d, unit));
        if (device.isEmpty() && !bridge) {
            openEndpoints.merge(key(unit.segment(), scope.lastDevfn()), scope.startBus(), Math::min);
        }
        if (bridge) {
            Optional<PciTopology.Buses> below = device.flatMap(topology::below);
            if (below.isPresent()) {
                for (int bus = below.get().secondary(); bus <= below.get().subordinate(); bus++) {
                    buses.putIfAbsent(key(unit.segment(), bus), unit);
                }
            } else {
                openBridges.merge(unit.segment(), device.map(DeviceId::bus).orElse(scope.startBus()), Math::min);
            }
        }
    }

    /** Kept, and ends: a bridge's own match asks for lower buses only. */
    private Match above(int segment, int bus) {
        Match match = above.get(key(segment, bus));
        if (match == null) {
            match = agreed(segment, bus);
            above.put(key(segment, bus), match);
        }
        return match;
    }

    private Match agreed(int segment, int bus) {
        Match common = null;
        for (int upper = 0; upper < bus; upper++) {
            for (DeviceId bridge : topology.bridgesOn(segment, upper)) {
                if (topology.below(bridge).map(buses -> buses.contains(bus)).orElse(true)) {
                    Match one = match(bridge);
                    if (!one.agrees(common == null ? one : common)) {
                        return UNKNOWN_BRIDGE;
                    }
                    common = one;
                }
            }
        }
        return common == null ? UNKNOWN_BRIDGE : common;
    }

    Match match(DeviceId device) {
        DmarTable.Unit unit = named.get(device);
        if (unit == null) {
            unit = buses.get(key(device.segment(), device.bus()));
        }
        if (unit != null) {
            return new Match(Kind.UNIT, unit);
        }
        if (device.bus() > openEndpoints.getOrDefault(key(device.segment(), device.devfn()), LAST_BUS)) {
            return new Match(Kind.PATH_UNKNOWN, null);
        }
        Integer open = openBridges.get(device.segment());
        if (open != null && device.bus() > open) {
            return above(device.segment(), device.bus());
        }
        unit = allOthers.get(device.segment());
        return unit == null ? new Match(Kind.NO_UNIT, null) : new Match(Kind.UNIT, unit);
    }

    private static long key(int segment, int busOrFunction) {
        return (long) segment << 8 | busOrFunction;
    }
}
