// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.api.space.Account;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/**
 * What one space may have mapped. Whatever is mapped stays in its place for devices, so every mapped byte counts as pinned, from the map call on and
 * never later (NST-05). Doorbells count too and are not refused: the platform maps them itself. The machine's lock is held.
 */
final class PinAccount {
    static final long UNLIMITED = Account.UNLIMITED;

    private long limit;
    private long peak;

    PinAccount(long limit) {
        this.limit = limit;
    }

    long limit() {
        return limit;
    }

    /** Changes the limit; what is mapped above it stays. */
    void limit(long bytes) {
        limit = bytes;
    }

    /** Most bytes that were mapped at once. */
    long peak() {
        return peak;
    }

    boolean allows(long used, long asked) {
        return limit == UNLIMITED || asked >= 0 && asked <= limit - used;
    }

    /** So much is mapped now. */
    void reached(long used) {
        peak = Math.max(peak, used);
    }

    /** Limit, used and asked. */
    Refusal refusal(String space, AddressRange range, long used, long asked) {
        return Refusal.of(Rule.LIMIT, range, "limit of space " + space + ": " + Hex.of(limit) + " bytes pinned, used " + Hex.of(used) + ", asked "
                + Hex.of(asked), "unmap something", "raise it with accounting-limit");
    }
}
