// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

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
import org.sluice.backend.amdvi.driver.AmdViDriver;
import org.sluice.backend.amdvi.inspect.AmdViInspector;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.AmdViLayouts;
import org.sluice.backend.amdvi.layout.ResetRegisters;
import org.sluice.backend.amdvi.model.AmdViModel;
import org.sluice.backend.amdvi.model.AmdViUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The AMD-Vi backend. Thread-safe, stateless. */
@Component
public final class AmdViBackend implements Backend {
    /** Where PC chipsets put the registers of their first unit. */
    private static final long REGISTER_BASE = 0xfed8_0000L;

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
        return new BackendInfo(AmdVi.BACKEND, "AMD-Vi", version, List.of(AmdVi.UNIT_TYPE), List.of(Half.values()), AmdViCapabilities.ALL);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(AmdVi.UNIT_TYPE);
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        return AmdViQuirks.ALL;
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
        // A unit as reset leaves it can be programmed; one that a machine was stopped with answers as it stood.
        return Optional.of(AmdViUnit.isReset(unit.registers()) ? new AmdViUnit(unit) : new AmdViModel(unit));
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new AmdViDriver(unit, tables));
    }

    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.of(new PowerOn(new UnitDescription("ivhd0", AmdVi.UNIT_TYPE, REGISTER_BASE, Attributes.EMPTY), ResetRegisters.words()));
    }
}
