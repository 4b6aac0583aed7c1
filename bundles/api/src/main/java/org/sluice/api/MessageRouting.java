// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import org.sluice.machine.AddressRange;

/**
 * Where the interrupt messages of a unit's devices go, and, as a separate fact, whether a device can raise only its own.
 *
 * @param window input addresses that mean interrupts: taken out before translation ({@link Route#WINDOW}), where the unit's users put
 *        doorbells unless told otherwise ({@link Route#TRANSLATED}), or the vendor's own address ({@link Route#OWN_PATH}); null if
 *        there is none
 * @param isolated a device cannot raise an interrupt that was not assigned to it, by what the unit itself enforces at this moment;
 *        an interrupt controller behind it may add to that
 */
public record MessageRouting(Route route, AddressRange window, boolean isolated) {
    /** The ways a message may take. */
    public enum Route {
        /** Addresses in the window never reach the tables (x86). */
        WINDOW,
        /** A message is a write like any other: the doorbell's page needs a mapping (Arm). */
        TRANSLATED,
        /** Messages do not go through the translation of DMA at all (zPCI). */
        OWN_PATH
    }

    public MessageRouting {
        if (window == null && route != Route.TRANSLATED) {
            throw new IllegalArgumentException("messages that are not translated have a window");
        }
    }
}
