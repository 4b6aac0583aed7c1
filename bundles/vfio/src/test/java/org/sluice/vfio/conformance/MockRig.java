// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;
import org.sluice.vfio.iommufd.DeviceOwners;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.mock.MockPort;
import org.sluice.vfio.mock.MockTable;

/** The mock unit: devices 0 to 3 are plain, {@link #PASID_DEVICE} has PASIDs, {@link #PLAIN_DEVICE} cannot record writes. */
final class MockRig extends Rig {
    static final int PASID_DEVICE = 4;
    static final int PLAIN_DEVICE = 5;
    static final int PASID_BITS = 20;
    private static final long RAM = 0x1_0000_0000L;
    private static final long RAM_SIZE = 4 << 20;

    final MockPort port = new MockPort(failure());
    private final IommufdContext context = new IommufdContext(port, new DeviceOwners());

    MockRig() {
        this(RAM_SIZE);
    }

    MockRig(long ram) {
        super(PhysicalMemory.allocate(AddressRange.ofSize(RAM, ram)), AddressRange.ofSize(RAM, ram));
        for (int i = 0; i < PASID_DEVICE; i++) {
            port.add(device(i), 0, true, i);
        }
        port.add(device(PASID_DEVICE), PASID_BITS, true, PASID_DEVICE);
        port.add(device(PLAIN_DEVICE), 0, false, PLAIN_DEVICE);
    }

    @Override
    IommufdContext context() {
        return context;
    }

    @Override
    DeviceId device(int index) {
        return DeviceId.pci(0, 0, (index + 1) << 3);
    }

    @Override
    int devices() {
        return PASID_DEVICE;
    }

    @Override
    long translate(DeviceId device, int pasid, long iova, int permission) {
        return port.translate(device, pasid, iova, permission);
    }

    @Override
    Map<String, Object> tables() {
        return new TreeMap<>(port.state());
    }

    @Override
    long granule() {
        return MockTable.SMALL;
    }

    @Override
    AddressRange aperture() {
        return MockTable.APERTURE;
    }

    @Override
    long base() {
        return MockTable.APERTURE.start();
    }

    @Override
    public void close() {
        failure().arm(0);
        super.close();
        assertEquals("tables", List.of(), port.live());
        assertEquals("virtual units", 0, port.liveViommus());
    }

    @Override
    public String toString() {
        return "mock";
    }
}
