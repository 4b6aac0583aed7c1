// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import org.sluice.machine.AddressRange;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** The suite of all backends. */
public class VirtioConformanceTest extends BackendConformance {
    @Override
    protected Backend backend() {
        return new VirtioBackend("1");
    }

    @Override
    protected UnitContext unit() {
        return new Rig().unit();
    }

    @Override
    protected AddressRange tables() {
        return Rig.RAM;
    }
}
