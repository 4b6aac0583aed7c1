// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
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
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The Arm SMMUv3 backend. Thread-safe, stateless. */
@Component
public final class Smmuv3Backend implements Backend {
    private static final String SUPPORTED = "supported";
    private static final String NOT_MODELLED = "not-modelled";
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("stream tables, linear and two-level", SUPPORTED, "SPLIT 6, 8 and 10"),
            new Capability("context descriptors, linear and two-level, substreams", SUPPORTED, "SubstreamID is the PASID"),
            new Capability("stage 1, stage 2 and nested, VMSAv8-64", SUPPORTED,
                    "4K, 16K and 64K, blocks, both halves, top byte ignored, concatenated tables"),
            new Capability("52-bit addresses", SUPPORTED, "64K with OAS = 52, 4K and 16K with DS"),
            new Capability("hierarchical permissions, privileged and EL2 streams, execute permission", SUPPORTED,
                    "unprivileged data accesses unless STE.PRIVCFG and INSTCFG say otherwise"),
            new Capability("access flag and dirty state managed by hardware", SUPPORTED, "judged as hardware would; entries are not updated"),
            new Capability("translation off", SUPPORTED, "GBPA decides"),
            new Capability("interrupts", SUPPORTED, "messages are writes; a known ITS doorbell is named"),
            new Capability("contiguous hint", "reads-as-unsupported", "pages keep their own size"),
            new Capability("memory types", SUPPORTED, "named per mapping; of nested mappings that of stage 1"),
            new Capability("AArch32 tables", NOT_MODELLED, "unknown"),
            new Capability("ATS, page requests, stalling", NOT_MODELLED, "decoded in structures and queues"),
            new Capability("Secure and Realm states, MPAM, enhanced command queues, 128-bit descriptors", NOT_MODELLED,
                    "fields are named where they meet others"),
            new Capability("registers and queues in operation, translation caches", NOT_MODELLED,
                    "the model translates from what registers and tables hold; configurations are cached"));

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
        return new BackendInfo(Smmu.BACKEND, "Arm SMMUv3", version, List.of(Smmu.UNIT_TYPE), List.of("inspector", "model", "driver"), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(Smmu.UNIT_TYPE);
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
