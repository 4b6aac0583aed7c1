// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none;

import java.util.Arrays;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.none.layout.NoneFault;
import org.sluice.testkit.FaultCatalogue;

/** Every fault, and what raises it. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Arrays.stream(NoneFault.values()).map(NoneFault::fault).toList();
    }

    @Override
    protected String code(Fault fault) {
        return Integer.toString(fault.code());
    }
}
