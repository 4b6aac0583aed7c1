// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/** A message that a device writes to raise an interrupt: where and what. */
public record InterruptRequest(DeviceId device, long address, long data) {
}
