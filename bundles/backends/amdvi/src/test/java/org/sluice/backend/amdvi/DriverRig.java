// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.FaultRecord;
import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** The driver over the unit of {@code powerOn}, for what is AMD-Vi's own. */
final class DriverRig {
    static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    static final DeviceId DISK = DeviceId.parse("0000:01:04.0");
    static final int BLOCKED = -1;
    private static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    private static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);
    private static final AmdViBackend BACKEND = new AmdViBackend("test");

    final PhysicalMemory memory = PhysicalMemory.allocate(RAM);
    final UnitModel unit;
    final UnitDriver driver;
    final List<String> messages = new ArrayList<>();
    private final UnitContext live;

    /** Registers as the unit has them, or fewer of its abilities. */
    interface Port {
        RegisterPort over(RegisterPort registers);
    }

    DriverRig() {
        this(0, List.of(), registers -> registers);
    }

    /** @param withoutFeatures bits of the feature register that this unit does not have */
    DriverRig(long withoutFeatures, List<FirmwareTable> firmware, Port port) {
        MachineDescription bare = machine(List.of(), firmware);
        PowerOn on = BACKEND.powerOn(bare).orElseThrow();
        Map<Integer, Integer> words = new HashMap<>(on.registers());
        words.merge(Rig.EFR, ~(int) withoutFeatures, (a, b) -> a & b);
        words.merge(Rig.EFR + 4, ~(int) (withoutFeatures >>> 32), (a, b) -> a & b);
        MachineDescription machine = machine(List.of(on.unit()), firmware);
        unit = BACKEND.model(new UnitContext(machine, on.unit(), memory, new RegisterImage("ivhd0", words))).orElseThrow();
        live = new UnitContext(machine, on.unit(), memory, port.over(unit.registers()));
        driver = BACKEND.driver(live, TABLES).orElseThrow();
        unit.setInterruptSink((address, data) -> messages.add(Hex.of(address) + " " + Hex.of(data)));
    }

    private static MachineDescription machine(List<MachineDescription.UnitDescription> units, List<FirmwareTable> firmware) {
        return new MachineDescription("test", null, List.of(RAM), units, List.of(DriverAndUnitTest.device("0000:00:03.0"),
                DriverAndUnitTest.device("0000:01:04.0")), List.of(), List.of(), firmware, Attributes.EMPTY);
    }

    DriverRig start() {
        driver.start();
        return this;
    }

    DomainTable table(int domain) {
        return driver.createTable(new DomainSpec(domain, 48, -1L));
    }

    Outcome map(DomainTable table, long iova, long output, long size, int permissions) {
        Outcome outcome = table.map(iova, output, size, permissions);
        driver.invalidate(table, iova, iova + size - 1);
        return outcome;
    }

    void unmap(DomainTable table, long iova, long size) {
        table.unmap(iova, size);
        driver.invalidate(table, iova, iova + size - 1);
    }

    /** Where a read goes, {@link #BLOCKED}, or {@link UnitModel#PASS_THROUGH}. */
    long read(DeviceId device, int pasid, long iova) {
        return access(device, pasid, iova, Permissions.READ);
    }

    long access(DeviceId device, int pasid, long iova, int permission) {
        long answer = unit.translate(device.requesterId(), pasid, iova, permission);
        return answer == UnitModel.PASS_THROUGH ? answer : Math.max(answer, BLOCKED);
    }

    Inspector inspector() {
        return BACKEND.inspector(live).orElseThrow();
    }

    List<String> defects() {
        Defects defects = new Defects();
        inspector().verify(null, defects);
        return defects.list.stream().map(d -> d.defect() + ": " + d.rule()).toList();
    }

    List<FaultRecord> faults() {
        List<FaultRecord> list = new ArrayList<>();
        driver.drainFaults(list::add);
        return list;
    }
}
