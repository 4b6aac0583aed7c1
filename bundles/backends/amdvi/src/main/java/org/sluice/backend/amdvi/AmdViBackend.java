// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.amdvi.inspect.AmdViInspector;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.AmdViLayouts;
import org.sluice.backend.amdvi.model.AmdViModel;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/** The AMD-Vi backend. Thread-safe, stateless. */
@Component
public final class AmdViBackend implements Backend {
    private final String version;

    @Activate
    public AmdViBackend(BundleContext bundle) {
        this(bundle.getBundle().getVersion().toString());
    }

    /** @param version as {@link BackendInfo} shall tell it; for use outside a framework */
    public AmdViBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(AmdVi.BACKEND, "AMD-Vi", version, List.of(AmdVi.UNIT_TYPE), List.of("inspector", "model"), AmdViCapabilities.ALL);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(AmdVi.UNIT_TYPE);
    }

    @Override
    public List<StructureLayout> layouts() {
        return AmdViLayouts.ALL;
    }

    @Override
    public List<TableFormat> formats() {
        return AmdViFormats.descriptions();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new AmdViInspector(unit));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        return Optional.of(new AmdViModel(unit));
    }
}
