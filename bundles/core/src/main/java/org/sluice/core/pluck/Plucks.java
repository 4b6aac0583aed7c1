// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.pluck;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.PluckService;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.pluck.PluckRecord.Piece;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/**
 * The pluck service. The guest is asked without any lock; taking away and giving back are one step each under the machine's lock.
 */
@Component
public final class Plucks implements PluckService {
    /** Plucks of one space that came to nothing, or were given back, of which the list still tells. */
    private static final int ENDED_KEPT = 100;

    private final List<GuestChannel> channels = new CopyOnWriteArrayList<>();
    /** Guarded by itself; its entries go with their spaces. */
    private final Map<AddressSpace, List<PluckRecord>> records = new WeakHashMap<>();

    @Activate
    public Plucks() {
        // Guests come and go.
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(GuestChannel channel) {
        channels.add(channel);
    }

    public void unbind(GuestChannel channel) {
        channels.remove(channel);
    }

    @Override
    public Pluck pluck(AddressSpace space, AddressRange range, long timeoutMillis) {
        GuestChannel channel = channels.stream().filter(c -> c.serves(space)).findFirst().orElseThrow(() -> new RefusedException(Refusal.of(
                Rule.BACKEND, range, "no channel leads to the guest of space " + space.name(), "lay memory out around it at the next start")));
        PluckRecord record = begin(space, range, channel);
        record.ask(space, timeoutMillis);
        if (record.state() == State.ACKNOWLEDGED) {
            try {
                take(space, record);
            } catch (RefusedException e) {
                record.failed(space, e.getMessage());
            }
        }
        return record.view();
    }

    @Override
    public Pluck adopt(AddressSpace space, AddressRange range) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            check(space, range);
            PluckRecord record = new PluckRecord(space.name(), range, null);
            take(space, record);
            keep(space, record);
            return record.view();
        } finally {
            lock.unlock();
        }
    }

    private static ReentrantLock lock(AddressSpace space) {
        return OpenMachine.of(space.machine()).lock();
    }

    private PluckRecord begin(AddressSpace space, AddressRange range, GuestChannel channel) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            check(space, range);
            if (pieces(space, range).isEmpty()) {
                throw new RefusedException(Refusal.of(Rule.NOT_FOUND, range, "nothing is mapped in " + range, "see space-info " + space.name()));
            }
            PluckRecord record = new PluckRecord(space.name(), range, channel);
            keep(space, record);
            return record;
        } finally {
            lock.unlock();
        }
    }

    private void check(AddressSpace space, AddressRange range) {
        if (((range.start() | range.size()) & space.alignment() - 1) != 0) {
            throw new RefusedException(Refusal.of(Rule.PAGE_SIZE, range, range + " is not in whole pages of " + Hex.of(space.alignment())));
        }
        for (PluckRecord record : of(space)) {
            if (record.holds() && record.range().overlaps(range)) {
                throw new RefusedException(Refusal.of(Rule.BUSY, record.range().intersection(range), record.range() + " of space " + space.name() + " is "
                        + record.state() + " already", "page-return it first"));
            }
        }
    }

    private List<PluckRecord> of(AddressSpace space) {
        synchronized (records) {
            return List.copyOf(records.getOrDefault(space, List.of()));
        }
    }

    private void keep(AddressSpace space, PluckRecord record) {
        synchronized (records) {
            List<PluckRecord> all = records.computeIfAbsent(space, s -> new ArrayList<>());
            all.add(record);
            long ended = all.stream().filter(r -> !r.holds()).count();
            for (int i = 0; ended > ENDED_KEPT; ended--) {
                while (all.get(i).holds()) {
                    i++;
                }
                all.remove(i);
            }
        }
    }

    /** What of the space's mappings lies in the range; all of it must be memory. */
    private static List<Piece> pieces(AddressSpace space, AddressRange range) {
        List<Piece> pieces = new ArrayList<>();
        space.visit(range, (iova, last, output, permissions, kind) -> {
            AddressRange part = new AddressRange(iova, last).intersection(range);
            if (kind != RangeKind.USER && kind != RangeKind.RAM) {
                throw new RefusedException(Refusal.of(Rule.OVERLAP, part, part + " is no memory of the guest but of kind " + kind));
            }
            pieces.add(new Piece(part.start(), output + (part.start() - iova), part.size(), permissions, kind));
            return true;
        });
        return pieces;
    }

    /** Devices do not reach the pages when this returns; after an exception they do, as before. */
    private static void take(AddressSpace space, PluckRecord record) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            AddressRange range = record.range();
            List<Piece> pieces = pieces(space, range);
            if (!pieces.isEmpty()) {
                space.cut(range.start(), range.size());
            }
            try {
                space.reserve(plucked(range));
            } catch (RefusedException e) {
                restore(space, pieces);
                throw e;
            }
            record.released(pieces);
        } finally {
            lock.unlock();
        }
    }

    private static OwnedRange plucked(AddressRange range) {
        return new OwnedRange(range, RangeKind.RESERVED, Origin.GUEST, "plucked");
    }

    private static void restore(AddressSpace space, List<Piece> pieces) {
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            try {
                space.map(piece.iova(), piece.output(), piece.size(), piece.permissions(), piece.kind());
            } catch (RefusedException e) {
                pieces.subList(0, i).forEach(done -> space.cut(done.iova(), done.size()));
                throw e;
            }
        }
    }

    @Override
    public Pluck giveBack(AddressSpace space, AddressRange range) {
        PluckRecord record;
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            record = of(space).stream().filter(r -> r.state() == State.RELEASED && r.range().equals(range)).findFirst()
                    .orElseThrow(() -> new RefusedException(Refusal.of(Rule.NOT_FOUND, range, range + " of space " + space.name()
                            + " was not plucked", "see page-list")));
            space.release(range);
            try {
                restore(space, record.pieces());
            } catch (RefusedException e) {
                space.reserve(plucked(range));
                throw e;
            }
            record.returned();
        } finally {
            lock.unlock();
        }
        record.tellGivenBack(space);
        return record.view();
    }

    @Override
    public List<Pluck> list(Machine machine) {
        List<Pluck> all = new ArrayList<>();
        synchronized (records) {
            records.forEach((space, list) -> {
                if (space.machine() == machine) {
                    list.forEach(record -> all.add(record.view()));
                }
            });
        }
        all.sort(Comparator.comparing(Pluck::space).thenComparing(Pluck::range));
        return all;
    }
}
