// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.Arrays;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.testkit.FaultCatalogue;

/** Every event of the architecture, each with the flags that tell its causes apart. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Arrays.stream(Event.values()).map(event -> event.fault(event.flags().contains("I=1"))).toList();
    }

    @Override
    protected String code(Fault fault) {
        return fault.code() == Fault.NO_CODE ? "none" : super.code(fault);
    }
}
