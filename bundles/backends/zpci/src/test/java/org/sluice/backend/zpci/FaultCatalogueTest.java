// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.nio.file.Path;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.testkit.FaultCatalogue;

/** Every event code, and what raises it. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return EventCodes.all();
    }

    @Override
    protected Path document() {
        return Path.of("../../../docs/backends/zpci.md");
    }
}
