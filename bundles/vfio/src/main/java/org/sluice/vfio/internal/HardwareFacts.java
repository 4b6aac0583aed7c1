// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.RegisterPort;
import org.sluice.vfio.port.TypedData;

/** The registers in which units say what they are, in the form that users of the interface know, per type of unit. */
final class HardwareFacts {
    private static final int VTD = 1;
    private static final int SMMUV3 = 2;
    private static final int AMD = 4;

    private HardwareFacts() {
    }

    /** Null if the type of unit has no such form, or a register is not known. */
    static TypedData read(UnitDescription unit, RegisterPort registers) {
        return switch (unit.type()) {
            // VT-d rev 4.1, 11.4.2 and 11.4.3: capability, extended capability.
            case "intel-vtd" -> read(VTD, true, registers, Long.BYTES, 0x08, 0x10);
            // SMMUv3, 6.3.1 to 6.3.8: IDR0 to IDR5, IIDR, AIDR.
            case "arm-smmu-v3" -> read(SMMUV3, true, registers, Integer.BYTES, 0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c);
            // AMD IOMMU, MMIO offsets 0030 and 01A0: extended features.
            case "amd-vi" -> read(AMD, false, registers, Long.BYTES, 0x30, 0x1a0);
            default -> null;
        };
    }

    private static TypedData read(int type, boolean flags, RegisterPort registers, int bytes, int... offsets) {
        int head = flags ? Long.BYTES : 0;
        ByteBuffer out = ByteBuffer.allocate(head + offsets.length * bytes).order(ByteOrder.LITTLE_ENDIAN).position(head);
        for (int offset : offsets) {
            if (!registers.isKnown(offset, bytes)) {
                return null;
            }
            if (bytes == Long.BYTES) {
                out.putLong(registers.read64(offset));
            } else {
                out.putInt(registers.read32(offset));
            }
        }
        return new TypedData(type, out.array());
    }
}
