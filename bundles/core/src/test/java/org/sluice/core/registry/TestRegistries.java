// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import org.sluice.api.MachineService;
import org.sluice.spi.MachineSource;

/** Wires registries without a container. */
public final class TestRegistries {
    private TestRegistries() {
    }

    public static MachineService machines(BackendRegistry backends, MachineSource... sources) {
        MachineRegistry machines = new MachineRegistry(backends);
        for (MachineSource source : sources) {
            machines.bind(source);
        }
        return machines;
    }
}
