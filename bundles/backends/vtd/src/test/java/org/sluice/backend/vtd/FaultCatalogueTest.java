// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.testkit.FaultCatalogue;

/** Every fault reason of the architecture, and what raises it. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Arrays.stream(FaultReason.values()).map(FaultReason::fault).toList();
    }

    @Override
    protected String code(Fault fault) {
        return String.format("%02Xh", fault.code());
    }

    @Override
    protected Path document() {
        return Path.of("../../../docs/backends/vtd.md");
    }
}
