// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none;

import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.BackendInfo.Half;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.none.driver.NoneDriver;
import org.sluice.backend.none.inspect.NoneInspector;
import org.sluice.backend.none.layout.None;
import org.sluice.backend.none.model.NoneModel;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The smallest complete backend: lets requesters through or blocks them. Thread-safe, stateless. */
@Component
public final class NoneBackend implements Backend {
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("pass-through", SUPPORTED, "addresses go out unchanged"),
            new Capability("block", SUPPORTED, "every access faults"),
            new Capability("translation", READS_AS_UNSUPPORTED, "no table can be created"),
            new Capability("interrupt remapping", READS_AS_UNSUPPORTED, "messages are writes like any other"),
            new Capability("invalidation", SUPPORTED, "nothing is cached, so nothing has to be done"));

    private final String version;

    @Activate
    public NoneBackend(BundleContext bundle) {
        this(bundle.getBundle().getVersion().toString());
    }

    /** @param version as {@link BackendInfo} shall tell it; for use outside a framework */
    public NoneBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(None.BACKEND, "Sluice", version, List.of(None.UNIT_TYPE), List.of(Half.values()), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(None.UNIT_TYPE);
    }

    @Override
    public List<StructureLayout> layouts() {
        return List.of(None.CONTROL.layout(), None.PERMIT_BASE.layout(), None.FAULT.layout(), None.FAULT_ADDRESS.layout());
    }

    @Override
    public List<TableFormat> formats() {
        return List.of();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new NoneInspector(unit));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        return Optional.of(new NoneModel(unit.memory()));
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new NoneDriver(unit, tables));
    }

    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.of(new PowerOn(new UnitDescription("none0", None.UNIT_TYPE, -1, Attributes.EMPTY), Map.of()));
    }
}
