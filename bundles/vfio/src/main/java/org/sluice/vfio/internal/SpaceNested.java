// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.List;

import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.NestedTable;

/** A user's table that lies over an address space of the platform. */
final class SpaceNested implements NestedTable {
    /** Address, pages, flags. */
    static final DataFormat VTD_ENTRY = new DataFormat(UserEntries.VTD, "VT-d first-stage invalidation", 24, List.of(-1L, -1L, -1L), Errno.EINVAL);
    /** A command of 128 bits. */
    static final DataFormat SMMUV3_ENTRY = new DataFormat(UserEntries.SMMUV3, "SMMUv3 command", 16, List.of(-1L, -1L), Errno.EIO);
    /** As above; Linux has none for it. */
    static final DataFormat AMDVI_ENTRY = new DataFormat(UserEntries.AMDVI, "AMD-Vi command", 16, List.of(-1L, -1L), Errno.EINVAL);

    private final NestedDomain nested;

    SpaceNested(NestedDomain nested) {
        this.nested = nested;
    }

    NestedDomain nested() {
        return nested;
    }

    @Override
    public DataFormat invalidationFormat() {
        return switch (nested.table().type()) {
            case UserTable.VTD -> VTD_ENTRY;
            case UserTable.SMMUV3 -> SMMUV3_ENTRY;
            case UserTable.AMDVI -> AMDVI_ENTRY;
            default -> throw new VfioException(Errno.EOPNOTSUPP, nested.table() + " has no invalidations here");
        };
    }

    @Override
    public Outcome invalidate(byte[] entries, int count) {
        DataFormat format = invalidationFormat();
        return outcome(format, Refusals.translate(() -> nested.invalidate(new UserEntries(format.type(), entries, count, null))));
    }

    /** As callers of this interface know it: a bad entry is what the format says of bits that are not the user's. */
    static Outcome outcome(DataFormat format, UserEntries.Outcome outcome) {
        Refusal refusal = outcome.refusal();
        return refusal == null ? Outcome.done(outcome.done()) : new Outcome(outcome.done(),
                refusal.rule() == Refusal.Rule.INVALID ? format.reserved() : Refusals.errno(refusal.rule()), refusal.line());
    }

    @Override
    public void release() {
        Refusals.run(nested::destroy);
    }
}
