// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/**
 * One line of a vector file.
 *
 * @param unit type of the unit; null where the machine beside the file tells
 * @param requester id that the unit sees
 * @param memory file with the tables beside it, or null: then all of {@code ram} is zero but for {@code words}
 * @param ram only without {@code memory}
 * @param registers that name structures, by name
 * @param words written into memory first, by address
 * @param requests put to the unit before the access
 * @param clause null if not told
 * @param witness null if not told
 */
record Vector(String name, String unit, DeviceId device, int requester, Access access, long iova, String memory, AddressRange ram,
        Map<String, Long> registers, Map<Long, Long> words, List<Request> requests, Answer expected, String clause, String witness) {
}
