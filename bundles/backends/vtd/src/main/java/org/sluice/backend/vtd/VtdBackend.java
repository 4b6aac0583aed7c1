// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

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
import org.sluice.backend.vtd.driver.VtdDriver;
import org.sluice.backend.vtd.inspect.VtdInspector;
import org.sluice.backend.vtd.layout.ResetRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.backend.vtd.layout.VtdLayouts;
import org.sluice.backend.vtd.model.VtdModel;
import org.sluice.backend.vtd.model.VtdUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The Intel VT-d backend. Thread-safe, stateless. */
@Component
public final class VtdBackend implements Backend {
    /** Where the first unit of most machines lies. */
    private static final long REGISTER_BASE = 0xfed9_0000L;

    private final String version;

    @Activate
    public VtdBackend(BundleContext bundle) {
        this(bundle.getBundle().getVersion().toString());
    }

    /** @param version as {@link BackendInfo} shall tell it; for use outside a framework */
    public VtdBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(Vtd.BACKEND, "Intel VT-d", version, List.of(Vtd.UNIT_TYPE), List.of(Half.values()), VtdCapabilities.ALL);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(Vtd.UNIT_TYPE);
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        return VtdQuirks.ALL;
    }

    @Override
    public List<StructureLayout> layouts() {
        return VtdLayouts.ALL;
    }

    @Override
    public List<TableFormat> formats() {
        return VtdFormats.descriptions();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new VtdInspector(unit));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        // A unit as reset leaves it can be programmed; one that a machine was stopped with answers as it stood.
        return Optional.of(VtdUnit.isReset(unit.registers()) ? new VtdUnit(unit) : new VtdModel(unit));
    }

    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.of(new PowerOn(new UnitDescription("dmar0", Vtd.UNIT_TYPE, REGISTER_BASE, Attributes.EMPTY), ResetRegisters.words()));
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new VtdDriver(unit, tables));
    }
}
