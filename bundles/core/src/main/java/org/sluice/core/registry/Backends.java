// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.BackendStatus;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.Status;
import org.sluice.api.space.SwapState;
import org.sluice.spi.Backend;

/** What clients see of the backends: all, which units each serves, and which were not let in. */
@Component
public final class Backends implements BackendService {
    private final BackendRegistry backends;
    private final MachineRegistry machines;

    @Activate
    public Backends(@Reference BackendRegistry backends, @Reference MachineRegistry machines) {
        this.backends = backends;
        this.machines = machines;
    }

    @Override
    public List<BackendInfo> list() {
        return backends.list();
    }

    @Override
    public List<BackendStatus> statuses() {
        List<BackendStatus> statuses = new ArrayList<>();
        for (BackendInfo info : backends.list()) {
            backends.all().stream().filter(b -> b.info().equals(info)).findFirst().ifPresent(b -> statuses.add(status(b)));
        }
        for (Candidate candidate : backends.refused()) {
            BackendInfo asBundle = new BackendInfo(candidate.bundleName(), "", candidate.bundleVersion(), List.of(), List.of(), List.of());
            statuses.add(new BackendStatus(asBundle, new Status("REFUSED", "NOT_ADMITTED", candidate.refusal()), List.of()));
        }
        return statuses;
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        Map<String, List<EmulatorQuirk>> byName = new TreeMap<>();
        backends.all().stream().sorted(Comparator.comparing(b -> b.info().version())).forEach(b -> byName.put(b.info().name(), b.quirks()));
        return byName.values().stream().flatMap(List::stream).toList();
    }

    private BackendStatus status(Backend backend) {
        List<String> units = new ArrayList<>();
        String failure = null;
        for (OpenMachine machine : machines.all()) {
            for (UnitSlot slot : machine.slots()) {
                if (slot.serving() == backend) {
                    units.add(machine.name() + "/" + slot.name());
                } else if (slot.failedUnder(backend)) {
                    failure = machine.name() + "/" + slot.name() + ": " + slot.info().status().text();
                }
            }
        }
        Status status = failure != null ? new Status(SwapState.FAILED.name(), "BACKEND", failure)
                : new Status(units.isEmpty() ? "IDLE" : "SERVING", "", "");
        return new BackendStatus(backend.info(), status, units);
    }
}
