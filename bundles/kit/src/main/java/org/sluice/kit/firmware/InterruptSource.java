// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import org.sluice.machine.DeviceId;

/**
 * A controller that sends interrupts as a requester of its own.
 *
 * @param id I/O APIC id or HPET number
 * @param requester the id that the unit sees; often no function of that number exists
 * @param unitBase register base of the unit that it goes through
 */
public record InterruptSource(Kind kind, int id, DeviceId requester, long unitBase) {
    /** What sends. */
    public enum Kind { IO_APIC, HPET }
}
