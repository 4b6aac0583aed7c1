// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.sluice.api.Fault;
import org.sluice.backend.smmuv3.layout.CommandError;
import org.sluice.backend.smmuv3.layout.GlobalError;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.testkit.FaultCatalogue;

/** Every event of the architecture, every error of the command queue, every global error, and what raises them. */
public class FaultCatalogueTest extends FaultCatalogue {
    @Override
    protected List<Fault> faults() {
        return Stream.of(Arrays.stream(SmmuEvent.values()).map(SmmuEvent::fault), Arrays.stream(CommandError.values()).map(CommandError::fault),
                Arrays.stream(GlobalError.values()).map(GlobalError::fault)).flatMap(faults -> faults).toList();
    }

    @Override
    protected String code(Fault fault) {
        String kind = fault.clause().endsWith("section 7.1") ? "ERR " : fault.clause().contains("section 7.5") ? "GERROR " : "";
        return fault.code() == Fault.NO_CODE ? "-" : kind + (kind.isEmpty() ? String.format("0x%02x", fault.code()) : fault.code());
    }

    @Override
    protected Path document() {
        return Path.of("../../../docs/backends/smmuv3.md");
    }
}
