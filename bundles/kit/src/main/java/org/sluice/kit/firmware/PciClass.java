// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import org.sluice.machine.MachineDescription.DeviceDescription;

/** The 24-bit class code of a device: base class, sub-class, programming interface. Source: PCI Code and ID Assignment. */
final class PciClass {
    private static final long DISPLAY = 0x03;
    private static final long USB = 0x0c03;

    private PciClass() {
    }

    /** The class code, or -1 if the source does not say. */
    static long of(DeviceDescription device) {
        return device.attributes().number("class").orElse(-1L);
    }

    static boolean isDisplay(long code) {
        return code >= 0 && code >>> 16 == DISPLAY;
    }

    static boolean isUsb(long code) {
        return code >= 0 && code >>> 8 == USB;
    }
}
