// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

/**
 * An installed backend and what it does at this moment.
 *
 * @param info what it says of itself; of one that is not let in only what its bundle says, since its code does not run
 * @param status {@code IDLE}, {@code SERVING}, {@code FAILED} with what broke, or {@code REFUSED} with the rule
 * @param units units that it serves or reads, as {@code machine/unit}
 */
public record BackendStatus(BackendInfo info, Status status, List<String> units) {
    public BackendStatus {
        units = List.copyOf(units);
    }
}
