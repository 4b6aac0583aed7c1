// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Capabilities;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.UserFormat;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.DeviceId;

/** The spaces of all open machines. */
@Component(service = {SpaceRegistry.class, SpaceService.class})
public final class SpaceRegistry implements SpaceService {
    private static final Store NO_STORE = new Store() {
        @Override
        public List<String> remarks(OpenMachine machine) {
            return List.of();
        }

        @Override
        public String notKept(OpenMachine machine) {
            return "the platform has no store for them";
        }
    };

    private final Map<OpenMachine, MachineSpaces> machines = new ConcurrentHashMap<>();

    private volatile Store store = NO_STORE;

    /** What is known of durable spaces. */
    public interface Store {
        /** What users should know, a line each. */
        List<String> remarks(OpenMachine machine);

        /** Why durable spaces of the machine are not kept, or null. */
        String notKept(OpenMachine machine);
    }

    /** The spaces of a machine; its entry goes when it is closed. */
    public MachineSpaces of(Machine machine) {
        return machines.computeIfAbsent(OpenMachine.of(machine), open -> {
            open.onClose(() -> machines.remove(open));
            return new MachineSpaces(open);
        });
    }

    /** Machines that have, or had, a space. */
    public List<MachineSpaces> all() {
        return new ArrayList<>(machines.values());
    }

    @Override
    public AddressSpace create(Machine machine, SpaceOptions options) {
        Space space = locked(machine, spaces -> spaces.create(options));
        space.settle();
        return space;
    }

    @Override
    public List<AddressSpace> list(Machine machine) {
        return locked(machine, spaces -> List.copyOf(spaces.all()));
    }

    @Override
    public AddressSpace find(Machine machine, String name) {
        return locked(machine, spaces -> spaces.find(name));
    }

    @Override
    public AddressSpace of(Machine machine, DeviceId device) {
        return locked(machine, spaces -> spaces.of(device, TranslationRequest.NO_PASID));
    }

    @Override
    public void destroy(AddressSpace space) {
        locked(space.machine(), spaces -> {
            spaces.destroy((Space) space);
            return null;
        });
        ((Space) space).settle();
    }

    /** Durable spaces are kept there, or with null nowhere. */
    public void keepIn(Store where) {
        store = where == null ? NO_STORE : where;
    }

    @Override
    public List<String> remarks(Machine machine) {
        return store.remarks(OpenMachine.of(machine));
    }

    @Override
    public String notKept(Machine machine) {
        return store.notKept(OpenMachine.of(machine));
    }

    @Override
    public Capabilities capabilities(Machine machine, DeviceId device) {
        return locked(machine, spaces -> spaces.unitOf(device).capabilities());
    }

    @Override
    public List<UserFormat> userFormats(Machine machine, DeviceId device) {
        return locked(machine, spaces -> NestedDomains.formats(spaces.unitOf(device)));
    }

    @Override
    public List<OwnedRange> reserved(Machine machine, DeviceId device) {
        return locked(machine, spaces -> spaces.reserved(device));
    }

    private <T> T locked(Machine machine, Function<MachineSpaces, T> work) {
        MachineSpaces spaces = of(machine);
        spaces.machine().lock().lock();
        try {
            return work.apply(spaces);
        } finally {
            spaces.machine().lock().unlock();
        }
    }
}
