// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;

/** A machine with two devices behind a unit after reset, for suites of both halves. */
final class MadeUpMachine {
    private static final AddressRange RAM = AddressRange.ofSize(0x4000_0000L, 64 << 20);
    private static final AddressRange TABLES = AddressRange.ofSize(0x4100_0000L, 48 << 20);

    /** QEMU 10.0: both stages, AArch64, coherent, 16-bit ids, little-endian, no stalling, two-level stream tables. */
    static final int IDR0 = 0x0d44_101b;
    /** 16-bit StreamIDs, queues of 2^19. */
    static final int IDR1 = 0x0273_0010;
    /** HAD, XNX, RIL, BBML 2. */
    static final int IDR3 = 0x1414;
    /** 44-bit output, all granules. */
    static final int IDR5 = 0x74;
    static final int HTTU = 2 << 6;

    private MadeUpMachine() {
    }

    static Map<Integer, Integer> reset(int idr0, int idr1, int idr3, int idr5) {
        Map<Integer, Integer> registers = new HashMap<>();
        for (int at = 0; at < 0x100; at += 4) {
            registers.put(at, 0);
        }
        registers.putAll(Map.of(0x00, idr0, 0x04, idr1, 0x0c, idr3, 0x14, idr5, 0x1c, 1, 0x44, 0x1000));
        return registers;
    }

    private static DeviceDescription device(String name) {
        DeviceId id = DeviceId.parse(name);
        return new DeviceDescription(id, id.requesterId(), "smmuv3-0", true, null, -1, Attributes.EMPTY);
    }

    static MachineDescription machine() {
        UnitDescription unit = new UnitDescription("smmuv3-0", "arm-smmu-v3", 0x905_0000L, Attributes.EMPTY);
        return new MachineDescription("test", Architecture.AARCH64, List.of(RAM), List.of(unit), List.of(device("0000:00:03.0"), device("0000:01:04.0")),
                List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    static PhysicalMemory memory() {
        return PhysicalMemory.allocate(RAM);
    }

    static AddressRange tables() {
        return TABLES;
    }

    static BackendRig rig(int idr0, int idr1, int idr3, int idr5) {
        return rig(null, idr0, idr1, idr3, idr5);
    }

    /** The memory tells of each write. */
    static BackendRig rig(WriteObserver observer, int idr0, int idr1, int idr3, int idr5) {
        return new BackendRig(new Smmuv3Backend("test"), machine(), PhysicalMemory.allocate(observer, RAM), TABLES, reset(idr0, idr1, idr3, idr5));
    }
}
