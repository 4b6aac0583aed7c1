// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.function.IntToLongFunction;

import org.sluice.api.Permissions;

/** What a domain puts into its leaves for whatever may be asked of it, made once instead of with each mapping. Immutable. */
public final class LeafKinds {
    private static final int ASKED = Permissions.ALL | Permissions.MMIO;

    private final long[] leaves = new long[ASKED + 1];

    /** @param leaf what {@link RadixEditor#leaf} says for permissions with or without {@link Permissions#MMIO} */
    public LeafKinds(IntToLongFunction leaf) {
        for (int permissions = 0; permissions <= ASKED; permissions++) {
            leaves[permissions] = leaf.applyAsLong(permissions);
        }
    }

    /** For {@link RadixEditor#map(long, long, long, long)}. */
    public long of(int permissions) {
        return leaves[permissions & ASKED];
    }
}
