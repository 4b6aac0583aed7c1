// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.DeviceId;

/**
 * A fault that a unit has recorded.
 *
 * @param unit unit's name
 * @param index position in the log
 * @param iova address as far as the record tells it
 * @param access {@code r}, {@code w}, ... or empty
 */
public record FaultRecord(String unit, int index, DeviceId device, int pasid, long iova, String access, Fault fault, String text) {
}
