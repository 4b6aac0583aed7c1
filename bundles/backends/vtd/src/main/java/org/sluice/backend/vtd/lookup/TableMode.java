// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.backend.vtd.layout.FaultReason;

/** The fault numbers of the steps that both forms of tables share. */
enum TableMode {
    LEGACY(FaultReason.ROOT_ACCESS, FaultReason.ROOT_NOT_PRESENT, FaultReason.ROOT_RESERVED, FaultReason.CONTEXT_ACCESS,
            FaultReason.CONTEXT_NOT_PRESENT, FaultReason.CONTEXT_RESERVED),
    SCALABLE(FaultReason.SM_ROOT_ACCESS, FaultReason.SM_ROOT_NOT_PRESENT, FaultReason.SM_ROOT_RESERVED, FaultReason.SM_CONTEXT_ACCESS,
            FaultReason.SM_CONTEXT_NOT_PRESENT, FaultReason.SM_CONTEXT_RESERVED);

    final FaultReason rootAccess;
    final FaultReason rootNotPresent;
    final FaultReason rootReserved;
    final FaultReason contextAccess;
    final FaultReason contextNotPresent;
    final FaultReason contextReserved;

    TableMode(FaultReason rootAccess, FaultReason rootNotPresent, FaultReason rootReserved, FaultReason contextAccess,
            FaultReason contextNotPresent, FaultReason contextReserved) {
        this.rootAccess = rootAccess;
        this.rootNotPresent = rootNotPresent;
        this.rootReserved = rootReserved;
        this.contextAccess = contextAccess;
        this.contextNotPresent = contextNotPresent;
        this.contextReserved = contextReserved;
    }
}
