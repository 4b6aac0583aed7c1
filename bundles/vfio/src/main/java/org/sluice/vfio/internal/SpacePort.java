// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.Machine;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.Table;
import org.sluice.vfio.port.TranslationPort;
import org.sluice.vfio.port.TypedData;

/**
 * The units of a machine by way of the platform's address spaces: one space for each table. Page requests and nested tables have no way
 * through spaces, so no device here offers them.
 */
public final class SpacePort implements TranslationPort {
    private final SpaceService spaces;
    private final Machine machine;
    private final AtomicInteger names;
    private final Map<DeviceId, Integer> lone = new ConcurrentHashMap<>();
    private final AtomicInteger nextLone = new AtomicInteger(-1);

    /** @param names numbers names of spaces, so that ports of one machine do not give one twice */
    public SpacePort(SpaceService spaces, Machine machine, AtomicInteger names) {
        this.spaces = spaces;
        this.machine = machine;
        this.names = names;
    }

    @Override
    public DeviceFacts facts(DeviceId device) {
        DeviceDescription description = machine.description().device(device)
                .orElseThrow(() -> new VfioException(Errno.ENODEV, machine.name() + " has no device " + device));
        UnitDescription unit = description.unit() == null ? null : machine.description().unit(description.unit()).orElse(null);
        if (unit == null) {
            throw new VfioException(Errno.ENODEV, device + " is behind no unit of " + machine.name());
        }
        return Refusals.translate(() -> {
            Capabilities can = spaces.capabilities(machine, device);
            Set<Feature> features = EnumSet.noneOf(Feature.class);
            features.addAll(can.features());
            features.removeAll(Set.of(Feature.NESTING, Feature.PAGE_REQUESTS));
            int group = description.group() >= 0 ? description.group() : lone.computeIfAbsent(device, d -> nextLone.getAndDecrement());
            return new DeviceFacts(unit.name(), group, can.aperture(), can.pageSizes(), spaces.reserved(machine, device), can.pasidBits(),
                    features, can.messages(), HardwareFacts.read(unit, machine.registers(unit)), List.of());
        });
    }

    @Override
    public PagingTable createPaging(DeviceId device, PagingOptions options) {
        if (options.parent()) {
            throw new VfioException(Errno.EOPNOTSUPP, "address spaces of the platform cannot be parents");
        }
        if (options.pasid() && facts(device).pasidBits() == 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "the unit of " + device + " has no PASIDs");
        }
        return Refusals.translate(() -> new SpaceTable(spaces, spaces.create(machine, SpaceOptions.named("vfio-" + names.incrementAndGet()))));
    }

    @Override
    public NestedTable createNested(DeviceId device, PagingTable parent, TypedData data) {
        throw new VfioException(Errno.EOPNOTSUPP, "address spaces of the platform cannot be parents");
    }

    @Override
    public void attach(DeviceId device, int pasid, Table table) {
        Refusals.run(() -> ((SpaceTable) table).space().attach(device, pasid));
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        Refusals.run(() -> leave(device, pasid));
    }

    private void leave(DeviceId device, int pasid) {
        spaces.list(machine).stream()
                .filter(space -> space.attachments().stream().anyMatch(a -> a.device().equals(device) && a.pasid() == pasid))
                .forEach(space -> space.detach(device, pasid));
    }

    /** No device of this port makes page requests. */
    @Override
    public void listen(DeviceId device, PageRequestListener listener) {
        if (listener != null) {
            facts(device);
        }
    }
}
