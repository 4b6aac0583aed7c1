// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;

/**
 * Pages that a guest has given up: nothing can be mapped there until they are given back, and what was mapped comes back with them. Immutable.
 *
 * @param guest who gave them up
 * @param pieces what was mapped there
 */
public record Plucked(AddressRange range, String guest, List<Piece> pieces) {
    /** A piece of a mapping that was taken away. */
    public record Piece(long iova, long output, long size, int permissions, RangeKind kind) {
    }

    public Plucked {
        pieces = List.copyOf(pieces);
    }

    /** What would be plucked from what is mapped now. */
    static Plucked of(RangeMap ranges, AddressRange range, String guest) {
        List<Piece> pieces = new ArrayList<>();
        RangeMap.Entry entry = new RangeMap.Entry();
        for (boolean more = ranges.first(range.start(), entry); more && Long.compareUnsigned(entry.start(), range.last()) <= 0; more = ranges.next(entry)) {
            AddressRange part = new AddressRange(entry.start(), entry.last()).intersection(range);
            pieces.add(new Piece(part.start(), entry.output() + (part.start() - entry.start()), part.size(), Flags.permissions(entry.flags()),
                    Flags.kind(entry.flags())));
        }
        return new Plucked(range, guest, pieces);
    }

    /** As whom the range is kept free. */
    OwnedRange owned() {
        return new OwnedRange(range, RangeKind.RESERVED, Origin.GUEST, "plucked");
    }

    public long bytes() {
        return pieces.stream().mapToLong(Piece::size).sum();
    }
}
