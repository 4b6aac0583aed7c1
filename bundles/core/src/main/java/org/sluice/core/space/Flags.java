// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.api.Permissions;
import org.sluice.api.space.RangeKind;

/** The eight bits that {@link RangeMap} keeps with a mapping: permissions with {@code MMIO} in bits 3:0, kind in bits 6:4. */
final class Flags {
    private static final int PERMISSIONS = Permissions.ALL | Permissions.MMIO;
    private static final int KIND_SHIFT = 4;
    private static final int KINDS = 7;
    private static final RangeKind[] KIND = RangeKind.values();

    private Flags() {
    }

    static int of(int permissions, RangeKind kind) {
        return permissions & PERMISSIONS | kind.ordinal() << KIND_SHIFT;
    }

    static int permissions(int flags) {
        return flags & PERMISSIONS;
    }

    static RangeKind kind(int flags) {
        return KIND[flags >>> KIND_SHIFT & KINDS];
    }
}
