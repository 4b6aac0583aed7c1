// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The units over which cases run. */
final class Rigs {
    private Rigs() {
    }

    /** A unit by name; the rig is made for each test. */
    record Kind(String name, Supplier<Rig> make) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Kind> all() {
        List<Kind> kinds = new ArrayList<>();
        kinds.add(new Kind("mock", MockRig::new));
        for (String backend : SpaceRig.BACKENDS) {
            kinds.add(new Kind(backend, () -> new SpaceRig(backend, false)));
        }
        kinds.add(new Kind("swapped", () -> new SpaceRig(SwappingPort.FIRST, true)));
        return kinds;
    }
}
