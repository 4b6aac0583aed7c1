// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.nio.file.Path;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.testkit.FaultCatalogue;

/** Every reason of a fault report, and what raises it. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Events.all();
    }

    @Override
    protected String code(Fault fault) {
        return Integer.toString(fault.code());
    }

    @Override
    protected Path document() {
        return Path.of("../../../docs/backends/virtio.md");
    }
}
