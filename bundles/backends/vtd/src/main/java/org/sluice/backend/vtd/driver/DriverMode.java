// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import org.sluice.backend.vtd.layout.CapabilityRegisters;

/** Which structures and tables a driver uses. */
public enum DriverMode {
    LEGACY, SCALABLE_SECOND_STAGE, SCALABLE_FIRST_STAGE;

    /** Scalable tables where the unit has them; second-stage ones, because they say more: pages that can only be written. */
    static DriverMode best(UnitPort port) {
        if (!port.ecap(CapabilityRegisters.SMTS)) {
            return LEGACY;
        }
        return port.ecap(CapabilityRegisters.SSTS) ? SCALABLE_SECOND_STAGE : port.ecap(CapabilityRegisters.FSTS) ? SCALABLE_FIRST_STAGE : LEGACY;
    }

    boolean isSupported(UnitPort port) {
        return switch (this) {
            case LEGACY -> true;
            case SCALABLE_SECOND_STAGE -> port.ecap(CapabilityRegisters.SMTS) && port.ecap(CapabilityRegisters.SSTS);
            case SCALABLE_FIRST_STAGE -> port.ecap(CapabilityRegisters.SMTS) && port.ecap(CapabilityRegisters.FSTS);
        };
    }

    boolean isScalable() {
        return this != LEGACY;
    }

    boolean isFirstStage() {
        return this == SCALABLE_FIRST_STAGE;
    }
}
