// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.List;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and the unit, which meet in memory and registers only. */
public class DriverAndUnitTest extends DriverMeetsModel {
    private static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    private static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);

    /** 64K domains, 39- and 48-bit tables, 48-bit addresses, records at 220h, 2 MiB and 1 GiB pages, PSI, 8 records, MAMV=18. */
    private static final long CAP = 6L | 0b0110L << 8 | 47L << 16 | 0x22L << 24 | 3L << 34 | 1L << 39 | 7L << 40 | 18L << 48 | 3L << 54
            | 1L << 56 | 1L << 59;
    /** C, QI, IR, EIM, PT, SC, invalidation registers at 500h, MHMV=15, NEST, 20-bit PASIDs, SMTS, SSTS, FSTS, SMPWCS, RPS. */
    private static final long ECAP = 0b1101_1011L | 0x50L << 8 | 15L << 20 | 1L << 26 | 19L << 35 | 1L << 40 | 1L << 43 | 7L << 46 | 1L << 49;
    private static final Map<Integer, Integer> RESET = Map.of(0x00, 0x40, 0x08, (int) CAP, 0x0c, (int) (CAP >>> 32),
            0x10, (int) ECAP, 0x14, (int) (ECAP >>> 32), 0x1c, 0, 0x20, 0, 0x24, 0);

    private static DeviceDescription device(String name) {
        DeviceId id = DeviceId.parse(name);
        return new DeviceDescription(id, id.requesterId(), "dmar0", true, null, -1, Attributes.EMPTY);
    }

    @Override
    protected BackendRig newRig() {
        return rig(null);
    }

    /** @param observer of the memory, or null */
    static BackendRig rig(WriteObserver observer) {
        UnitDescription unit = new UnitDescription("dmar0", "intel-vtd", 0xfed9_0000L, Attributes.EMPTY);
        MachineDescription machine = new MachineDescription("test", null, List.of(RAM), List.of(unit),
                List.of(device("0000:00:03.0"), device("0000:01:04.0")), List.of(), List.of(), List.of(), Attributes.EMPTY);
        return new BackendRig(new VtdBackend("test"), machine, PhysicalMemory.allocate(observer, RAM), TABLES, RESET);
    }
}
