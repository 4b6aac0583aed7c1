// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;

/**
 * Takes pages of a running guest away from DMA, with the guest's consent (MSI-12): for a device whose reserved range meets memory in use,
 * for instance. Devices reach the pages until the guest has acknowledged, and not afterwards. Thread-safe.
 */
@ProviderType
public interface PluckService {
    /**
     * Asks the guest and waits for its answer. Whatever the outcome is but {@link State#RELEASED}, everything is as it was.
     *
     * @param range guest-physical pages, which are addresses of the space
     * @param timeoutMillis how long the guest may take
     * @throws RefusedException {@link Refusal.Rule#BACKEND} if no channel leads to the guest, {@code NOT_FOUND} if nothing is mapped,
     *         {@code PAGE_SIZE}, {@code BUSY} if part of it is being plucked or was, {@code OVERLAP} if it is not all memory
     */
    Pluck pluck(AddressSpace space, AddressRange range, long timeoutMillis);

    /**
     * Takes pages away that the guest gave up elsewhere: it was migrated, and nobody is asked. What is mapped there goes; nothing needs
     * to be.
     */
    Pluck adopt(AddressSpace space, AddressRange range);

    /**
     * Gives plucked pages back: devices reach them as before, then the guest is told.
     *
     * @throws RefusedException {@code NOT_FOUND} if no such range was plucked; or what keeps it from being mapped, and it stays plucked
     */
    Pluck giveBack(AddressSpace space, AddressRange range);

    /** What was asked for, by space and address: what is plucked, and the last that came to nothing. */
    List<Pluck> list(Machine machine);

    /** Where a pluck stands. */
    enum State {
        /** The guest was asked; devices reach the pages. */
        REQUESTED,
        /** The guest uses them no more; devices may still reach them. */
        ACKNOWLEDGED,
        /** Devices do not reach them, and nothing can be mapped there. */
        RELEASED,
        /** The guest keeps them, or they could not be taken; everything is as it was. */
        REFUSED,
        /** The guest did not answer; everything is as it was. */
        TIMED_OUT,
        /** Given back. */
        RETURNED
    }

    /**
     * One pluck.
     *
     * @param guest who was asked, or {@code adopted}
     * @param removedBytes what was mapped there and is not any more
     * @param text why, or empty
     */
    record Pluck(String space, AddressRange range, State state, String guest, long removedBytes, String text) {
    }
}
