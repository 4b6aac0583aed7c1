// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.api.BackendInfo;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.backend.vtd.driver.VtdDriver;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.WriteObserver;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.backend.BackendRig;

/** The backend with a driver that uses tables of one kind, and a machine with two devices for it. */
record DrivenAs(DriverMode mode) implements Backend {
    static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);
    /** 64K domains, 39- and 48-bit tables, 48-bit addresses, records at 220h, 2 MiB and 1 GiB pages, PSI, 8 records, MAMV=18. */
    private static final long CAP = 6L | 0b0110L << 8 | 47L << 16 | 0x22L << 24 | 3L << 34 | 1L << 39 | 7L << 40 | 18L << 48 | 3L << 54
            | 1L << 56 | 1L << 59;
    /** C, QI, IR, EIM, PT, SC, invalidation registers at 500h, MHMV=15, NEST, 20-bit PASIDs, SMTS, SSTS, FSTS, SMPWCS, RPS. */
    private static final long ECAP = 0b1101_1011L | 0x50L << 8 | 15L << 20 | 1L << 26 | 19L << 35 | 1L << 40 | 1L << 43 | 7L << 46 | 1L << 49;
    private static final VtdBackend REAL = new VtdBackend("test");

    /** A rig with that driver; {@code observer} of the memory may be null. */
    BackendRig rig(WriteObserver observer) {
        return rig(observer, 0);
    }

    /** @param ecap more bits of ECAP */
    BackendRig rig(WriteObserver observer, long ecap) {
        return new BackendRig(this, machine(), PhysicalMemory.allocate(observer, RAM), TABLES, registers(0, ecap));
    }

    static MachineDescription machine() {
        UnitDescription unit = new UnitDescription("dmar0", "intel-vtd", 0xfed9_0000L, Attributes.EMPTY);
        return new MachineDescription("test", null, List.of(RAM), List.of(unit), List.of(device("0000:00:03.0", Map.of()),
                device("0000:01:04.0", Map.of("ats", true))), List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    private static DeviceDescription device(String name, Map<String, ?> attributes) {
        DeviceId id = DeviceId.parse(name);
        return new DeviceDescription(id, id.requesterId(), "dmar0", true, null, -1, new Attributes(attributes));
    }

    /** Registers after reset, with more bits of CAP and ECAP. */
    static Map<Integer, Integer> registers(long cap, long ecap) {
        return Map.of(0x00, 0x40, 0x08, (int) (CAP | cap), 0x0c, (int) ((CAP | cap) >>> 32),
                0x10, (int) (ECAP | ecap), 0x14, (int) ((ECAP | ecap) >>> 32), 0x1c, 0, 0x20, 0, 0x24, 0);
    }

    @Override
    public BackendInfo info() {
        return REAL.info();
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return REAL.supports(unit);
    }

    @Override
    public List<StructureLayout> layouts() {
        return REAL.layouts();
    }

    @Override
    public List<TableFormat> formats() {
        return REAL.formats();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return REAL.inspector(unit);
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        return REAL.model(unit);
    }

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new VtdDriver(unit, tables, mode));
    }
}
