// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.sluice.machine.DeviceId;

/**
 * A structure that breaks the specification or ordinary sense.
 *
 * @param device requester concerned, or null
 * @param unit unit's name
 * @param defect fixed word, {@code reserved-bit}, {@code table-loop}, {@code table-outside-ram}, ...
 * @param address physical address of the faulty entry
 * @param entry raw entry, 64 bits each, lowest first
 * @param rule what it breaks, one line with the numbers
 * @param clause specification and section
 */
public record Defect(DeviceId device, String unit, String defect, long address, List<Long> entry, String rule, String clause) {
}
