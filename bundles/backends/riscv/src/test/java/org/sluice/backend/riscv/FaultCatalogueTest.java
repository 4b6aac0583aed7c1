// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.testkit.FaultCatalogue;

/** Every cause, and what raises it. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Arrays.stream(Cause.values()).map(Cause::fault).toList();
    }

    @Override
    protected String code(Fault fault) {
        return Integer.toString(fault.code());
    }

    @Override
    protected Path document() {
        return Path.of("../../../docs/backends/riscv.md");
    }
}
