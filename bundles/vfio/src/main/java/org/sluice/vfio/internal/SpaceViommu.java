// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.UserEntries;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.VendorFormats;
import org.sluice.vfio.port.ViommuPort.Queue;
import org.sluice.vfio.port.ViommuPort.UserPage;
import org.sluice.vfio.port.ViommuPort.Viommu;

/**
 * An SMMUv3 that a virtual machine sees, over one address space: its commands reach what lies over that space alone, and name devices by the
 * StreamIDs that the virtual machine knows. It has no page of registers, no queues that hardware reads, and tells no events.
 */
final class SpaceViommu implements Viommu {
    /** Number of the type, as Linux has it. */
    static final int SMMUV3 = 1;

    private final AddressSpace parent;
    private final byte[] data;
    private final BiFunction<DeviceId, TypedData, NestedTable> maker;
    private final Map<Long, DeviceId> devices = new HashMap<>();

    SpaceViommu(AddressSpace parent, byte[] data, BiFunction<DeviceId, TypedData, NestedTable> maker) {
        this.parent = parent;
        this.data = data;
        this.maker = maker;
    }

    @Override
    public byte[] answer() {
        return data;
    }

    @Override
    public UserPage page() {
        return null;
    }

    @Override
    public void addDevice(DeviceId device, long virtualId) {
        devices.put(virtualId, device);
    }

    @Override
    public void removeDevice(DeviceId device) {
        devices.values().remove(device);
    }

    @Override
    public NestedTable createNested(DeviceId device, TypedData table) {
        return maker.apply(device, table);
    }

    @Override
    public List<DataFormat> nesting() {
        return List.of(VendorFormats.SMMUV3_STE);
    }

    @Override
    public Set<Integer> eventTypes() {
        return Set.of();
    }

    @Override
    public Set<Integer> queueTypes() {
        return Set.of();
    }

    @Override
    public Queue createQueue(int type, int index, long physical, long length) {
        throw new VfioException(Errno.EOPNOTSUPP, "hardware reads no queues of a virtual unit here");
    }

    @Override
    public DataFormat invalidationFormat() {
        return SpaceNested.SMMUV3_ENTRY;
    }

    @Override
    public Outcome invalidate(byte[] entries, int count) {
        return SpaceNested.outcome(invalidationFormat(), Refusals.translate(() -> parent.invalidateNested(
                new UserEntries(UserEntries.SMMUV3, entries, count, devices::get))));
    }

    @Override
    public void release() {
        devices.clear();
    }
}
