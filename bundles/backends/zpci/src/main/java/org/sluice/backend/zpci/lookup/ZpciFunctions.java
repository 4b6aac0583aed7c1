// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.UnitContext;

/** The functions of one unit, by device and by function id. Immutable. */
public final class ZpciFunctions {
    private final List<ZpciFunction> functions = new ArrayList<>();
    private final Map<DeviceId, ZpciFunction> byDevice = new HashMap<>();
    private final Map<DeviceId, DeviceDescription> described = new HashMap<>();
    private final boolean stated;

    /** Reads {@code functions} of the unit's description. */
    public ZpciFunctions(UnitContext unit) {
        this(unit, unit.unit().attributes().has("functions"),
                unit.unit().attributes().children("functions").stream().map(ZpciFunction::of).toList());
    }

    /** Those of a running unit, as they are now. */
    public ZpciFunctions(UnitContext unit, List<ZpciFunction> running) {
        this(unit, true, running);
    }

    private ZpciFunctions(UnitContext unit, boolean stated, List<ZpciFunction> known) {
        this.stated = stated;
        functions.addAll(known);
        functions.sort(Comparator.comparing(ZpciFunction::device));
        for (ZpciFunction function : functions) {
            byDevice.putIfAbsent(function.device(), function);
            if (function.functionId() >= 0 && function.functionId() >>> Integer.SIZE == 0) {
                byDevice.putIfAbsent(DeviceId.function(function.functionId()), function);
            }
        }
        describe(unit.machine(), unit.unit().name());
    }

    /** A device whose function is listed under its bare id only, or the other way round. */
    private void describe(MachineDescription machine, String unit) {
        for (DeviceDescription device : machine.devices()) {
            if (device.unit() != null && !device.unit().equals(unit)) {
                continue;
            }
            described.putIfAbsent(device.device(), device);
            if (device.requesterId() >= 0 && device.requesterId() >>> Integer.SIZE == 0) {
                DeviceId bare = DeviceId.function(device.requesterId());
                described.putIfAbsent(bare, device);
                ZpciFunction function = byDevice.get(bare);
                if (function != null) {
                    byDevice.putIfAbsent(device.device(), function);
                }
            }
        }
    }

    /** Whether the description has a list of functions at all; if not, only a search of memory tells anchors. */
    public boolean stated() {
        return stated;
    }

    /** In ascending order of device. */
    public List<ZpciFunction> all() {
        return functions;
    }

    /** The function behind a PCI address, {@code fid:} or bare id. */
    public Optional<ZpciFunction> of(DeviceId device) {
        ZpciFunction function = byDevice.get(device);
        return Optional.ofNullable(function != null || device.kind() != DeviceId.Kind.STREAM ? function
                : byDevice.get(DeviceId.function(device.value())));
    }

    /** What the machine's own list says of a device of this unit. */
    public Optional<DeviceDescription> described(DeviceId device) {
        return Optional.ofNullable(described.get(device));
    }
}
