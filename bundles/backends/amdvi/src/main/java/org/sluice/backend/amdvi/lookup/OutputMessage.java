// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.InterruptMessage;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Remapped;

/** A remapped interrupt as the processors get it. Destinations above 8 bits stand in address bits 63:40. */
public final class OutputMessage {
    private OutputMessage() {
    }

    public static long address(Remapped r) {
        return AmdVi.INTERRUPT_WINDOW.start() | InterruptMessage.OUT_DESTINATION.put(r.destination())
                | InterruptMessage.OUT_MODE.put(r.logical() ? 1 : 0) | InterruptMessage.OUT_DESTINATION_HIGH.put(r.destination() >>> 8);
    }

    public static int data(Remapped r) {
        return (int) (InterruptMessage.OUT_VECTOR.put(r.vector()) | InterruptMessage.OUT_DELIVERY.put(r.delivery())
                | InterruptMessage.OUT_ASSERT.put(1)
                | InterruptMessage.OUT_TRIGGER.put(r.level() ? 1 : 0));
    }
}
