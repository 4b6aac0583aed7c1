// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.kit.firmware.AcpiSearch;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

/** A running machine as it was when somebody began to look: one set of registers, and pages as they were when first read. */
final class QemuLook implements OpenedMachine {
    private final MachineDescription description;
    private final PhysicalMemory memory;
    private final Map<String, RegisterImage> registers;
    private final Runnable onClose;

    private QemuLook(MachineDescription description, PhysicalMemory memory, Map<String, RegisterImage> registers, Runnable onClose) {
        this.description = description;
        this.memory = memory;
        this.registers = registers;
        this.onClose = onClose;
    }

    /**
     * Asks for all that can change.
     *
     * @param onClose run when the look ends
     */
    static QemuLook at(QemuMachine machine, Runnable onClose) {
        QmpClient qmp = machine.qmp();
        FlatView view = FlatView.parse(qmp.human("info mtree -f"));
        List<GuestMemory.Piece> pieces = machine.pieces(view);
        PhysicalMemory memory = GuestMemory.memory(pieces, machine.architecture());
        List<DeviceDescription> functions = PciFunctions.read(qmp.objects("query-pci"));
        List<DeviceDescription> devices = machine.architecture() == Architecture.S390X
                ? ZpciDevices.read(qmp.human("info qtree"), functions) : functions;
        Units units = new Units(view, devices, VirtioState.read(machine, view, devices));
        Map<String, RegisterImage> registers = units.read(qmp);
        AcpiSearch.Found firmware = machine.firmware(memory, pieces);
        FirmwareTables tables = FirmwareTables.of(firmware.tables());
        MachineDescription description = new MachineDescription(machine.name(), machine.architecture(), memory.ram(), units.units(),
                PciFunctions.assigned(devices, units.units(), tables), List.of(), units.controllers(), firmware.tables(),
                facts(machine, tables, qmp.object("query-status", Map.of())));
        return new QemuLook(description, memory, registers, onClose);
    }

    private static Attributes facts(QemuMachine machine, FirmwareTables tables, Attributes status) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("source", "qemu");
        facts.put("runState", status.text("status").orElse("unknown"));
        facts.put("versions", Map.of("qemu", machine.version()));
        if (!tables.problems().isEmpty()) {
            facts.put("firmwareProblems", String.join("; ", tables.problems()));
        }
        List<String> unknown = new ArrayList<>(List.of("groups, drivers"));
        if (tables.dmar().isEmpty() && tables.ivrs().isEmpty() && tables.iort().isEmpty() && tables.viot().isEmpty()) {
            unknown.add("firmware tables of IOMMUs (not in memory, or not yet)");
        }
        facts.put("unknown", String.join(", ", unknown));
        return new Attributes(facts);
    }

    @Override
    public MachineDescription description() {
        return description;
    }

    @Override
    public PhysicalMemory memory() {
        return memory;
    }

    @Override
    public RegisterPort registers(UnitDescription unit) {
        RegisterImage image = registers.get(unit.name());
        return image == null ? new RegisterImage(unit.name(), Map.of()) : image;
    }

    @Override
    public void close() {
        onClose.run();
    }
}
