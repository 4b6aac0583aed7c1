// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.qemu;

import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/** Units that QEMU can be started with, and where they and the device that does DMA are found. */
public enum UnitKind {
    VTD("intel-vtd", false, 0xfed9_0000L, 0x30, List.of("-device", "intel-iommu,aw-bits=48,intremap=off")),
    VTD_SCALABLE("intel-vtd", false, 0xfed9_0000L, 0x30, List.of("-device", "intel-iommu,aw-bits=48,intremap=off,x-scalable-mode=on")),
    /** First-stage tables of scalable mode; needs QEMU 11. */
    VTD_FIRST_STAGE("intel-vtd", false, 0xfed9_0000L, 0x30, List.of("-device", "intel-iommu,aw-bits=48,intremap=off,scalable-mode=on,fsts=on")),
    AMDVI("amd-vi", false, 0xfed8_0000L, 0x30, List.of("-device", "amd-iommu,intremap=off")),
    SMMUV3("arm-smmu-v3", true, 0x0905_0000L, 0x8, List.of()),
    /** Stage 2 and nested; needs QEMU 9.1. */
    SMMUV3_NESTED("arm-smmu-v3", true, 0x0905_0000L, 0x8, List.of("-global", "arm-smmuv3.stage=nested"));

    /** From where on QEMU's SMMUv3 has both stages over each other. */
    public static final Version NESTED_FROM = new Version(9, 1, 0);

    /** RAM of the machines: small, because all of it is compared after every case. */
    private static final int RAM_BYTES = 16 << 20;
    private static final long ARM_RAM = 0x4000_0000L;

    private static final Version REMAP_FROM = new Version(11, 0, 0);

    private final String type;
    private final boolean arm;
    private final long registers;
    private final int requester;
    private final List<String> options;

    UnitKind(String type, boolean arm, long registers, int requester, List<String> options) {
        this.type = type;
        this.arm = arm;
        this.registers = registers;
        this.requester = requester;
        this.options = options;
    }

    /** The unit's type, as in machine descriptions. */
    public String type() {
        return type;
    }

    /** Whether it sits in an Arm machine. */
    public boolean isArm() {
        return arm;
    }

    /** Where its registers are. */
    public long registers() {
        return registers;
    }

    /** Source id, device id or stream id of the device that does DMA. */
    public int requester() {
        return requester;
    }

    public AddressRange ram() {
        return AddressRange.ofSize(arm ? ARM_RAM : 0, RAM_BYTES);
    }

    /** Name of the emulator. */
    public String binary() {
        return arm ? "qemu-system-aarch64" : "qemu-system-x86_64";
    }

    /** What the command line says of the unit; newer releases have AMD-Vi leave DMA alone unless asked, and scalable mode is no experiment there. */
    List<String> options(Version version) {
        if (version.compareTo(REMAP_FROM) < 0) {
            return options;
        }
        return switch (this) {
            case AMDVI -> List.of(options.get(0), options.get(1) + ",dma-remap=on");
            case VTD_SCALABLE -> List.of(options.get(0), options.get(1).replace("x-scalable-mode", "scalable-mode"));
            default -> options;
        };
    }
}
