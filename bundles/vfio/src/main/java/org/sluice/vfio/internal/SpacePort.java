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
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.UserFormat;
import org.sluice.api.space.UserTable;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.Table;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.VendorFormats;
import org.sluice.vfio.port.ViommuPort;

/**
 * The units of a machine by way of the platform's address spaces: one space for each table that the front-end fills, and what spaces offer as
 * parents for those of users. Page requests have no way through spaces, so no device here offers them.
 */
public final class SpacePort implements ViommuPort {
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
            features.remove(Feature.PAGE_REQUESTS);
            int group = description.group() >= 0 ? description.group() : lone.computeIfAbsent(device, d -> nextLone.getAndDecrement());
            return new DeviceFacts(unit.name(), group, can.aperture(), can.pageSizes(), spaces.reserved(machine, device), can.pasidBits(),
                    features, can.messages(), HardwareFacts.read(unit, machine.registers(unit)), formats(device));
        });
    }

    /** Formats of the interface that the unit's backend takes. */
    private List<DataFormat> formats(DeviceId device) {
        List<UserFormat> taken = spaces.userFormats(machine, device);
        return VendorFormats.ALL.stream().filter(format -> taken.stream().anyMatch(each -> each.type() == format.type())).toList();
    }

    @Override
    public PagingTable createPaging(DeviceId device, PagingOptions options) {
        if (options.pasid() && facts(device).pasidBits() == 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "the unit of " + device + " has no PASIDs");
        }
        String name = "vfio-" + names.incrementAndGet();
        return Refusals.translate(() -> new SpaceTable(spaces, spaces.create(machine, options.parent() ? SpaceOptions.parent(name)
                : SpaceOptions.named(name))));
    }

    @Override
    public NestedTable createNested(DeviceId device, PagingTable parent, TypedData data) {
        return nested(device, ((SpaceTable) parent).space(), data);
    }

    /** What the backend has against the data it says as the format says it of single bits. */
    private SpaceNested nested(DeviceId device, AddressSpace parent, TypedData data) {
        try {
            return new SpaceNested(parent.nest(device, new UserTable(data.type(), data.bytes())));
        } catch (RefusedException refused) {
            Errno errno = refused.rule() != Rule.INVALID ? Refusals.errno(refused.rule()) : VendorFormats.ALL.stream()
                    .filter(format -> format.type() == data.type()).map(DataFormat::reserved).findFirst().orElse(Errno.EINVAL);
            throw new VfioException(errno, refused.getMessage(), null, refused.refusals(), refused);
        }
    }

    @Override
    public Viommu createViommu(DeviceId device, int type, PagingTable parent, byte[] data, EventSink events) {
        if (type != SpaceViommu.SMMUV3 || formats(device).stream().noneMatch(format -> format.type() == UserTable.SMMUV3)) {
            throw new VfioException(Errno.EOPNOTSUPP, "there is no virtual unit of type " + type + " over the unit of " + device);
        }
        AddressSpace space = ((SpaceTable) parent).space();
        return new SpaceViommu(space, data, (each, table) -> nested(each, space, table));
    }

    @Override
    public void attach(DeviceId device, int pasid, Table table) {
        Refusals.run(() -> {
            if (table instanceof SpaceNested user) {
                user.nested().attach(device, pasid);
            } else {
                ((SpaceTable) table).space().attach(device, pasid);
            }
        });
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
