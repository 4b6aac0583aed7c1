// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/** Finds the reasons after a change was refused; the way there is cold and may look twice. */
final class SpaceRefusals {
    private SpaceRefusals() {
    }

    static Refusal gone(Space space) {
        return Refusal.of(Rule.NOT_FOUND, null, "space " + space.name() + " was destroyed", "make one with space-create");
    }

    /** Every reason why a mapping was not made. */
    static List<Refusal> ofMap(Space space, long iova, long output, long size, int permissions, RangeKind kind) {
        if (space.isDestroyed()) {
            return List.of(gone(space));
        }
        if (size == 0) {
            return List.of(Refusal.of(Rule.INVALID, null, "a mapping of 0 bytes", "give a size"));
        }
        List<Refusal> found = new ArrayList<>(space.limits().refusals(iova, output, size, permissions));
        long last = iova + (size - 1);
        if (Long.compareUnsigned(last, iova) < 0) {
            return found;
        }
        OwnedRange asked = new OwnedRange(new AddressRange(iova, last), kind, Origin.USER, "space " + space.name());
        OwnedRange reserved = space.reservations().firstAgainst(iova, last, kind);
        if (reserved != null) {
            found.add(overlap(asked, reserved));
        }
        RangeMap.Entry entry = new RangeMap.Entry();
        if (space.truth().first(iova, entry) && Long.compareUnsigned(entry.start(), last) <= 0) {
            found.add(overlap(asked, space.ownerOf(new AddressRange(entry.start(), entry.last()), Flags.kind(entry.flags()))));
        }
        if (!space.account().allows(space.truth().mappedBytes(), size)) {
            found.add(space.account().refusal(space.name(), asked.range(), space.truth().mappedBytes(), size));
        }
        return found;
    }

    /** Two owners of one range. */
    static Refusal overlap(OwnedRange asked, OwnedRange present) {
        AddressRange overlap = asked.range().intersection(present.range());
        boolean doorbell = present.kind() == RangeKind.DOORBELL;
        boolean mapped = present.kind() == RangeKind.USER || present.kind() == RangeKind.RAM;
        return new Refusal(doorbell ? Rule.MESSAGE_WINDOW : Rule.OVERLAP, overlap, asked, present,
                asked + " meets " + present + " in " + overlap,
                mapped ? List.of("unmap " + present.range() + " first", "choose another address") : List.of("choose an address outside " + present.range()));
    }

    /** Why nothing was unmapped: nothing there, or a mapping that would be cut. */
    static Refusal ofUnmap(Space space, AddressRange range, boolean nothing) {
        if (nothing) {
            return Refusal.of(Rule.NOT_FOUND, range, "nothing is mapped in " + range, "see space-info " + space.name());
        }
        RangeMap.Entry entry = new RangeMap.Entry();
        space.truth().first(range.start(), entry);
        while (range.contains(entry.start()) && range.contains(entry.last()) && space.truth().next(entry)) {
            // Mappings that lie inside are not in the way; the first that does not is.
            continue;
        }
        AddressRange cut = new AddressRange(entry.start(), entry.last());
        return new Refusal(Rule.CUTS_MAPPING, cut, null, space.ownerOf(cut, Flags.kind(entry.flags())), range + " cuts the mapping " + cut,
                List.of("unmap all of " + cut, "unmap up to " + Hex.of(entry.start() - 1)));
    }
}
