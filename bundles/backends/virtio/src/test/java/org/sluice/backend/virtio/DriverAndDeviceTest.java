// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.List;
import java.util.Optional;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.BackendInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.virtio.driver.VirtioDriver;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.WriteObserver;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and the device, with every form of the rings. */
@RunWith(Parameterized.class)
public class DriverAndDeviceTest extends DriverMeetsModel {
    private static final long PACKED = ConfigSpace.RING_PACKED.put(1);
    private static final long INDIRECT = ConfigSpace.INDIRECT_DESC.put(1);

    @Parameters(name = "without {0}")
    public static List<Long> without() {
        return List.of(0L, PACKED, INDIRECT, PACKED | INDIRECT);
    }

    private final long without;

    public DriverAndDeviceTest(long without) {
        this.without = without;
    }

    @Override
    protected BackendRig newRig() {
        return rig(new Without(), null);
    }

    /** @param observer of the memory, or null */
    static BackendRig rig(Backend backend, WriteObserver observer) {
        Rig rig = new Rig(observer).endpoint(0x18, null, Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi")).endpoint(0x20, null,
                Rig.region(0xfee0_0000L, 0xfeef_ffffL, "msi")).devices(0x18, 0x20);
        return new BackendRig(backend, rig.unit().machine(), rig.memory, Rig.RAM);
    }

    /** The backend with a driver that leaves out features. */
    private final class Without implements Backend {
        private final VirtioBackend backend = new VirtioBackend("1");

        @Override
        public BackendInfo info() {
            return backend.info();
        }

        @Override
        public boolean supports(UnitDescription unit) {
            return backend.supports(unit);
        }

        @Override
        public List<StructureLayout> layouts() {
            return backend.layouts();
        }

        @Override
        public List<TableFormat> formats() {
            return List.of();
        }

        @Override
        public Optional<Inspector> inspector(UnitContext unit) {
            return backend.inspector(unit);
        }

        @Override
        public Optional<UnitModel> model(UnitContext unit) {
            return backend.model(unit);
        }

        @Override
        public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
            return without == 0 ? backend.driver(unit, tables)
                    : Optional.of(new VirtioDriver(unit, tables, GuestMemory.of(unit.memory()), without));
        }
    }
}
