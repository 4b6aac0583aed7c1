// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Half;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.smmuv3.driver.Smmuv3Driver;
import org.sluice.backend.smmuv3.inspect.SmmuInspector;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuLayouts;
import org.sluice.backend.smmuv3.model.Smmuv3Model;
import org.sluice.backend.smmuv3.model.Smmuv3Unit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The Arm SMMUv3 backend. Thread-safe, stateless. */
@Component
public final class Smmuv3Backend implements Backend {
    private final String version;

    @Activate
    public Smmuv3Backend(BundleContext bundle) {
        this(bundle.getBundle().getVersion().toString());
    }

    /** @param version as {@link BackendInfo} shall tell it; for use outside a framework */
    public Smmuv3Backend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(Smmu.BACKEND, "Arm SMMUv3", version, List.of(Smmu.UNIT_TYPE), List.of(Half.values()),
                Smmuv3Capabilities.ALL);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(Smmu.UNIT_TYPE);
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        return Smmuv3Quirks.ALL;
    }

    @Override
    public List<StructureLayout> layouts() {
        return SmmuLayouts.ALL;
    }

    @Override
    public List<TableFormat> formats() {
        return SmmuFormats.examples();
    }

    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.of(FreshUnit.powerOn());
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new SmmuInspector(unit));
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new Smmuv3Driver(unit, tables));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        // A unit as reset leaves it can be programmed; one that a machine was stopped with answers as it stood.
        return Optional.of(Smmuv3Unit.isReset(unit.registers()) ? new Smmuv3Unit(unit) : new Smmuv3Model(unit));
    }
}
