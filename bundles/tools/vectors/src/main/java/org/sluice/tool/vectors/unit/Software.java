// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** Software for each type of unit. Stateless. */
public final class Software {
    private Software() {
    }

    /**
     * @param type of the unit, as in machine descriptions
     * @param space start of 2 MiB of writable memory for queues and logs
     * @param requester the device that will be asked for
     */
    public static UnitSoftware of(String type, RegisterPort registers, PhysicalMemory memory, long space, int requester) {
        return switch (type) {
            case "intel-vtd" -> new VtdSoftware(registers, memory, space);
            case "amd-vi" -> new AmdViSoftware(registers, memory, space, requester);
            case "arm-smmu-v3" -> new Smmuv3Software(registers, memory, space);
            case "s390-zpci" -> new ZpciSoftware(registers, memory, space, requester);
            case "virtio-iommu" -> new VirtioSoftware(registers, memory, space);
            default -> throw new IommuException(Reason.UNSUPPORTED, "vectors cannot be put to a unit of type " + type);
        };
    }
}
