// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Machine;
import org.sluice.api.UnitInfo;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;

/** The machine that the vectors of a shelf share: their tables and what the unit says it can. */
record MadeMachine(String name, String origin, MachineDescription description, PhysicalMemory memory, RegisterImage identity) implements Machine {
    private static final int PAGE = 4096;
    private static final Map<String, Long> BASES = Map.of("intel-vtd", 0xfed9_0000L, "amd-vi", 0xfed8_0000L, "arm-smmu-v3", 0x0905_0000L);

    static MadeMachine of(Shelf shelf) {
        UnitDescription unit = new UnitDescription("unit0", shelf.unit, BASES.getOrDefault(shelf.unit, -1L), new Attributes(shelf.attributes));
        Attributes ids = new Attributes(Map.of(shelf.requesterKey, "0x" + Integer.toHexString(shelf.requester)));
        DeviceDescription device = new DeviceDescription(shelf.device(), shelf.requester, unit.name(), true, null, -1, ids);
        String architecture = shelf.unit.equals("arm-smmu-v3") ? "aarch64" : shelf.unit.equals(UnitOrder.ZPCI) ? "s390x" : "x86_64";
        ByteOrder order = UnitOrder.isBigEndian(shelf.unit) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        MachineDescription description = new MachineDescription(shelf.folder, Architecture.ofText(architecture).orElseThrow(), List.of(shelf.ram),
                List.of(unit), List.of(device), List.of(), List.of(), List.of(), Attributes.EMPTY);
        TreeMap<Long, ByteBuffer> pages = new TreeMap<>();
        shelf.words().forEach((address, value) -> pages.computeIfAbsent(address & -PAGE,
                page -> ByteBuffer.allocateDirect(PAGE).order(order)).putLong((int) (address & PAGE - 1), value));
        PhysicalMemory.Builder memory = PhysicalMemory.builder().ram(shelf.ram);
        pages.forEach((address, bytes) -> memory.data(address, bytes, false));
        return new MadeMachine(shelf.folder, "vectors", description, memory.build(), new RegisterImage(unit.name(), shelf.identity));
    }

    @Override
    public List<UnitInfo> units() {
        return List.of();
    }

    @Override
    public RegisterPort registers(UnitDescription unit) {
        return identity;
    }
}
