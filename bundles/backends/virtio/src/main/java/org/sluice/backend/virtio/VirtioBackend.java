// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.BackendInfo.Half;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.virtio.driver.VirtioDriver;
import org.sluice.backend.virtio.inspect.VirtioInspector;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.RingLayouts;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The virtio-iommu backend. Stateless; what it hands out belongs to the caller. */
@Component
public final class VirtioBackend implements Backend {
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("ATTACH, DETACH, MAP, UNMAP", SUPPORTED, "every rule of the specification, in its order, with its status"),
            new Capability("PROBE with RESV_MEM", SUPPORTED, "reserved regions and the message window"),
            new Capability("bypass domains and bypass of unattached endpoints", SUPPORTED, "BYPASS_CONFIG and BYPASS"),
            new Capability("MMIO flag", SUPPORTED, "kept with the mapping"),
            new Capability("several endpoints in a domain", SUPPORTED, "as many as there are"),
            new Capability("device: split and packed virtqueues, indirect descriptors", SUPPORTED,
                    "requests are served when the queue is notified; faults go to the event queue as long as it has buffers"),
            new Capability("driver on the MMIO transport", SUPPORTED, "mappings are asked for, and again when an endpoint comes back"),
            new Capability("split virtqueues in an image", SUPPORTED, "pending requests and reported faults are read from memory"),
            new Capability("packed virtqueues in an image", NOT_MODELLED, "queues are shown empty"),
            new Capability("EVENT_IDX, IN_ORDER, RING_RESET", READS_AS_UNSUPPORTED, "not offered"),
            new Capability("write tracking", READS_AS_UNSUPPORTED, "not in the specification"),
            new Capability("page tables, PASID, page requests", READS_AS_UNSUPPORTED, "not in the specification"));

    private final String version;

    @Activate
    public VirtioBackend(BundleContext context) {
        this(context.getBundle().getVersion().toString());
    }

    /** @param version bundle version to state */
    public VirtioBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(Virtio.BACKEND, "OASIS virtio-iommu", version, List.of(Virtio.UNIT_TYPE), List.of(Half.values()), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return Virtio.UNIT_TYPE.equals(unit.type());
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        return VirtioQuirks.ALL;
    }

    @Override
    public List<StructureLayout> layouts() {
        return List.of(ConfigSpace.FEATURES, ConfigSpace.CONFIG, RequestLayouts.HEAD, RequestLayouts.ATTACH, RequestLayouts.DETACH,
                RequestLayouts.MAP, RequestLayouts.UNMAP, RequestLayouts.PROBE, RequestLayouts.TAIL, RequestLayouts.PROPERTY,
                RequestLayouts.RESV_MEM, Events.FAULT, RingLayouts.DESCRIPTOR, RingLayouts.USED_ELEMENT, RingLayouts.PACKED_DESCRIPTOR);
    }

    /** Mappings are intervals inside the device; there are no page tables. */
    @Override
    public List<TableFormat> formats() {
        return List.of();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new VirtioInspector(unit));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        return Optional.of(new VirtioModel(unit));
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new VirtioDriver(unit, tables));
    }

    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        return Optional.of(VirtioPowerOn.of(machine));
    }
}
