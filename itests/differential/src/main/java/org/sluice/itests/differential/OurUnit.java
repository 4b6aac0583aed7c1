// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.tool.vectors.qemu.UnitKind;
import org.sluice.tool.vectors.unit.Software;
import org.sluice.tool.vectors.unit.UnitSoftware;

/** Our side: a model from reset with the other unit's capabilities, in memory of its own, and an inspector that looks at the same. */
final class OurUnit {
    private static final int DMAR_BYTES = 48;
    private static final int DMAR_LENGTH = 4;
    private static final int DMAR_WIDTH = 36;
    /** QEMU has as many bits of physical address as of I/O address ({@code aw-bits}). */
    private static final int VTD_HOST_BITS = 48;

    /** Where a unit's registers are, in stretches of {@link #PAGE_BYTES}. */
    private static final Map<String, List<Integer>> PAGES = Map.of("intel-vtd", List.of(0), "amd-vi", List.of(0, 0x2000),
            "arm-smmu-v3", List.of(0, 0x1_0000));
    private static final int PAGE_BYTES = 0x400;

    private final Backend backend;
    private final MachineDescription machine;
    private final UnitDescription unit;
    private final int requester;
    private final DeviceId device;
    private final PhysicalMemory memory;
    private final UnitModel model;
    private final UnitSoftware software;

    /** @param reset registers of the other unit before anybody wrote to them */
    OurUnit(Backend backend, UnitKind kind, Map<Integer, Integer> reset, ByteBuffer ram) {
        this.backend = backend;
        requester = kind.requester();
        device = DeviceId.ofRequester(0, requester);
        machine = machine(kind);
        unit = machine.units().get(0);
        memory = PhysicalMemory.builder().ram(kind.ram()).data(kind.ram().start(), ram, true).build();
        model = backend.model(new UnitContext(machine, unit, memory, new RegisterImage(unit.name(), reset))).orElseThrow();
        software = Software.of(kind.type(), model.registers(), memory, kind.ram().start() + Ram.QUEUES, requester);
    }

    /** The machine that both sides are part of. */
    static MachineDescription machine(UnitKind kind) {
        UnitDescription unit = new UnitDescription("unit0", kind.type(), kind.registers(), Attributes.EMPTY);
        DeviceDescription device = new DeviceDescription(DeviceId.ofRequester(0, kind.requester()), kind.requester(), unit.name(), true, null, -1,
                Attributes.EMPTY);
        return new MachineDescription("lab", Architecture.ofText(kind.isArm() ? "aarch64" : "x86_64").orElseThrow(), List.of(kind.ram()), List.of(unit),
                List.of(device), List.of(), List.of(), firmware(kind), Attributes.EMPTY);
    }

    /** The DMAR that QEMU would give to a guest tells the width of physical addresses, which decides about reserved bits. */
    private static List<FirmwareTable> firmware(UnitKind kind) {
        if (!kind.type().equals("intel-vtd")) {
            return List.of();
        }
        byte[] dmar = Arrays.copyOf("DMAR0".getBytes(StandardCharsets.US_ASCII), DMAR_BYTES);
        dmar[DMAR_LENGTH] = DMAR_BYTES;
        dmar[DMAR_WIDTH] = VTD_HOST_BITS - 1;
        return List.of(new FirmwareTable("DMAR", dmar));
    }

    /** All registers of a unit that has not been touched. */
    static Map<Integer, Integer> reset(RegisterPort registers, UnitKind kind) {
        Map<Integer, Integer> words = new HashMap<>();
        for (int start : PAGES.get(kind.type())) {
            for (int at = start; at < start + PAGE_BYTES; at += Integer.BYTES) {
                words.put(at, registers.read32(at));
            }
        }
        return words;
    }

    PhysicalMemory memory() {
        return memory;
    }

    MachineDescription machine() {
        return machine;
    }

    UnitSoftware software() {
        return software;
    }

    UnitModel model() {
        return model;
    }

    Outcome access(long iova, boolean write) {
        long answer = model.translate(requester, TranslationRequest.NO_PASID, iova, write ? Permissions.WRITE : Permissions.READ);
        List<long[]> records = software.records();
        if (answer == UnitModel.PASS_THROUGH) {
            return Outcome.mapped(iova);
        }
        if (answer >= 0) {
            return Outcome.mapped(answer);
        }
        // Refused without a code is 0 for a model and none for an inspector.
        return records.isEmpty() ? Outcome.fault(answer == -1 ? -1 : (int) (-1 - answer), new long[0]) : Outcome.fault(software.code(records.get(0)), records.get(0));
    }

    /** What the tables say now, whatever is cached. */
    Outcome fresh(long iova, boolean write) {
        TranslationReport report = backend.inspector(new UnitContext(machine, unit, memory, model.registers())).orElseThrow()
                .translate(new TranslationRequest(device, TranslationRequest.NO_PASID, iova, write ? Access.WRITE : Access.READ), false);
        return switch (report.result()) {
            case MAPPED -> Outcome.mapped(report.output());
            case FAULT -> Outcome.fault(report.fault().code(), report.fault().name());
            case UNKNOWN -> throw new IllegalStateException("not known: " + report.reason());
        };
    }
}
