// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.event.Topics;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.Plucked.Piece;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/** What was plucked from one space. Taking away and giving back are one step each. The machine's lock is held. */
final class PluckedRanges {
    private final Space space;
    private final Reservations reservations;
    private final List<Plucked> all;

    PluckedRanges(Space space, Reservations reservations, List<Plucked> before) {
        this.space = space;
        this.reservations = reservations;
        this.all = new ArrayList<>(before);
    }

    List<Plucked> all() {
        return List.copyOf(all);
    }

    /** What would be plucked, and can be by {@link #take} as long as nothing else changes. */
    Plucked plan(AddressRange range, String guest) {
        for (Plucked before : all) {
            if (before.range().overlaps(range)) {
                throw space.refused(List.of(Refusal.of(Rule.BUSY, before.range().intersection(range), before.range() + " of space " + space.name()
                        + " is plucked already", "page-return it first")));
            }
        }
        Plucked planned = Plucked.of(space.truth(), range, guest);
        for (Piece piece : planned.pieces()) {
            if (piece.kind() != RangeKind.USER && piece.kind() != RangeKind.RAM) {
                AddressRange part = AddressRange.ofSize(piece.iova(), piece.size());
                throw space.refused(List.of(Refusal.of(Rule.OVERLAP, part, part + " is no memory of the guest but of kind " + piece.kind())));
            }
        }
        return planned;
    }

    /** Devices do not reach the pages when this returns. */
    Plucked take(Plucked taken) {
        if (!taken.pieces().isEmpty()) {
            space.cutLocked(taken.range().start(), taken.range().size());
        }
        reservations.keep(taken.owned());
        all.add(taken);
        tell(Topics.PLUCKED, taken);
        return taken;
    }

    /** Devices reach the pages as before when this returns; after an exception they stay plucked. */
    void giveBack(AddressRange range) {
        Plucked back = all.stream().filter(p -> p.range().equals(range)).findFirst().orElseThrow(() -> space.refused(List.of(Refusal.of(
                Rule.NOT_FOUND, range, range + " of space " + space.name() + " was not plucked", "see page-list"))));
        reservations.release(range);
        try {
            restore(back.pieces());
        } catch (RefusedException e) {
            reservations.keep(back.owned());
            throw e;
        }
        all.remove(back);
        tell(Topics.RETURNED, back);
    }

    private void tell(String topic, Plucked plucked) {
        OpenMachine.of(space.machine()).notices().tell(topic, "space", space.name(), "start", Hex.of(plucked.range().start()), "last",
                Hex.of(plucked.range().last()), "guest", plucked.guest(), "bytes", plucked.bytes());
    }

    private void restore(List<Piece> pieces) {
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            try {
                space.mapLocked(piece.iova(), piece.output(), piece.size(), piece.permissions(), piece.kind());
            } catch (RefusedException e) {
                pieces.subList(0, i).forEach(done -> space.cutLocked(done.iova(), done.size()));
                throw e;
            }
        }
    }
}
