// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.virtio.inspect.VirtioInspector;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.WriteObserver;
import org.sluice.spi.DefectSink;
import org.sluice.spi.UnitContext;

/** A machine built by hand: 1 MiB of RAM at 1 MiB, a unit's state, devices. */
final class Rig {
    static final AddressRange RAM = AddressRange.ofSize(0x10_0000, 0x10_0000);

    final PhysicalMemory memory;
    final Map<String, Object> attributes = new HashMap<>();
    final List<Object> domains = new ArrayList<>();
    final List<Object> endpoints = new ArrayList<>();
    final List<DeviceDescription> devices = new ArrayList<>();
    final List<InterruptController> controllers = new ArrayList<>();

    Rig() {
        this(null);
    }

    /** @param observer of the memory, or null */
    Rig(WriteObserver observer) {
        memory = PhysicalMemory.allocate(observer, RAM);
        attributes.put("domains", domains);
        attributes.put("endpoints", endpoints);
        attributes.put("features", "0x77");
        bypass(0);
    }

    Rig bypass(int value) {
        attributes.put("config", Map.of("pageSizeMask", "0xfffffffffffff000", "inputRange", Map.of("start", "0x0", "last", "0xffffffffffff"),
                "domainRange", Map.of("first", 0, "last", 1000), "probeSize", 512, "bypass", value));
        return this;
    }

    static Map<String, Object> mapping(long start, long last, long phys, int flags) {
        return Map.of("start", Hex.of(start), "last", Hex.of(last), "phys", Hex.of(phys), "flags", Hex.of(flags));
    }

    @SafeVarargs
    final Rig domain(int id, boolean bypass, Map<String, Object>... mappings) {
        domains.add(Map.of("id", id, "bypass", bypass, "mappings", List.of(mappings)));
        return this;
    }

    /** @param domain null: attached to none */
    @SafeVarargs
    final Rig endpoint(int id, Integer domain, Map<String, Object>... regions) {
        Map<String, Object> endpoint = new HashMap<>(Map.of("id", Hex.of(id), "reservedRegions", List.of(regions)));
        endpoint.put("domain", domain);
        endpoints.add(endpoint);
        return this;
    }

    static Map<String, Object> region(long start, long last, String type) {
        return Map.of("start", Hex.of(start), "last", Hex.of(last), "type", type);
    }

    /** Lists functions whose endpoint ids are these. */
    Rig devices(int... ids) {
        for (int id : ids) {
            devices.add(new DeviceDescription(DeviceId.ofRequester(0, id), id, "viommu", true, null, -1, Attributes.EMPTY));
        }
        return this;
    }

    UnitContext unit() {
        UnitDescription unit = new UnitDescription("viommu", "virtio-iommu", -1, new Attributes(attributes));
        MachineDescription machine = new MachineDescription("rig", Architecture.X86_64, memory.ram(), List.of(unit), devices, List.of(), controllers,
                List.of(), Attributes.EMPTY);
        return new UnitContext(machine, unit, memory, new RegisterImage("viommu", Map.of()));
    }

    VirtioInspector inspector() {
        return new VirtioInspector(unit());
    }

    VirtioModel model() {
        return new VirtioModel(unit());
    }

    TranslationReport translate(int endpoint, long iova, Access access) {
        return inspector().translate(new TranslationRequest(DeviceId.stream(endpoint), TranslationRequest.NO_PASID, iova, access), true);
    }

    /** What becomes of a read. */
    String read(int endpoint, long iova) {
        TranslationReport report = translate(endpoint, iova, Access.READ);
        return switch (report.result()) {
            case MAPPED -> Hex.of(report.output());
            case FAULT -> report.fault().name();
            case UNKNOWN -> "UNKNOWN " + report.reason();
        };
    }

    List<Defect> verify(DeviceId only) {
        List<Defect> defects = new ArrayList<>();
        inspector().verify(only, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                defects.add(defect);
            }

            @Override
            public void unknown(long address) {
                throw new AssertionError(Hex.of(address));
            }

            @Override
            public void looked(long entries) {
                // Not judged here.
            }
        });
        return defects;
    }

    List<String> defects() {
        return verify(null).stream().map(Defect::defect).toList();
    }
}
