// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.pluck;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.sluice.api.space.PluckService;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.Plucked;
import org.sluice.core.space.Space;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;

/**
 * The pluck service. The guest is asked without any lock; taking away and giving back are one step each under the machine's lock.
 */
@Component
public final class Plucks implements PluckService {
    /** Plucks of one space that came to nothing, or were given back, of which the list still tells. */
    private static final int ENDED_KEPT = 100;

    /** Who is named as the guest of pages that were given up elsewhere. */
    private static final String ADOPTED = "adopted";

    private final SpaceRegistry spaces;
    private final List<GuestChannel> channels = new CopyOnWriteArrayList<>();
    /** Guarded by itself; its entries go with their spaces. */
    private final Map<AddressSpace, List<PluckRecord>> records = new WeakHashMap<>();

    @Activate
    public Plucks(@Reference SpaceRegistry spaces) {
        this.spaces = spaces;
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
        GuestChannel channel = channelOf(space).orElseThrow(() -> new RefusedException(Refusal.of(Rule.BACKEND, range,
                "no channel leads to the guest of space " + space.name(), "lay memory out around it at the next start")));
        PluckRecord record = begin(space, range, channel);
        record.ask(space, timeoutMillis);
        if (record.state() == State.ACKNOWLEDGED) {
            try {
                take((Space) space, record);
            } catch (RefusedException e) {
                record.failed(space, e.getMessage());
            } catch (RuntimeException | Error e) {
                record.failed(space, e.getMessage() == null ? e.toString() : e.getMessage());
                throw e;
            }
        }
        return record.view();
    }

    private Optional<GuestChannel> channelOf(AddressSpace space) {
        return channels.stream().filter(c -> c.serves(space)).findFirst();
    }

    @Override
    public Pluck adopt(AddressSpace space, AddressRange range) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            check(space, range);
            PluckRecord record = PluckRecord.released(space.name(), ((Space) space).pluck(range, ADOPTED));
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
            if (!isMemory(space, range)) {
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

    /** Also those that the space brought along from before the platform was started. */
    private List<PluckRecord> of(AddressSpace space) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            synchronized (records) {
                List<PluckRecord> all = records.computeIfAbsent(space, s -> new ArrayList<>());
                for (Plucked plucked : ((Space) space).plucked()) {
                    if (all.stream().noneMatch(r -> r.isOf(plucked))) {
                        all.add(PluckRecord.released(space.name(), plucked));
                    }
                }
                return List.copyOf(all);
            }
        } finally {
            lock.unlock();
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

    /** Whether something is mapped in the range; all of it must be memory. */
    private static boolean isMemory(AddressSpace space, AddressRange range) {
        boolean[] any = {false};
        space.visit(range, (iova, last, output, permissions, kind) -> {
            if (kind != RangeKind.USER && kind != RangeKind.RAM) {
                AddressRange part = new AddressRange(iova, last).intersection(range);
                throw new RefusedException(Refusal.of(Rule.OVERLAP, part, part + " is no memory of the guest but of kind " + kind));
            }
            any[0] = true;
            return true;
        });
        return any[0];
    }

    private static void take(Space space, PluckRecord record) {
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            record.released(space.pluck(record.range(), record.guest()));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Pluck giveBack(AddressSpace space, AddressRange range) {
        PluckRecord record;
        IommuException notKept = null;
        ReentrantLock lock = lock(space);
        lock.lock();
        try {
            List<PluckRecord> before = of(space);
            try {
                ((Space) space).giveBack(range);
            } catch (RefusedException e) {
                throw e;
            } catch (IommuException e) {
                if (isPlucked(space, range)) {
                    throw e;
                }
                // Devices reach the pages: they are the guest's, whatever the disk keeps.
                notKept = e;
            }
            record = before.stream().filter(r -> r.state() == State.RELEASED && r.range().equals(range)).findFirst().orElseThrow();
            record.returned();
        } finally {
            lock.unlock();
        }
        if (!record.guest().equals(ADOPTED)) {
            // Asked before the platform was started, perhaps: whoever leads to that guest now tells it.
            record.channel().or(() -> channelOf(space)).ifPresent(channel -> channel.giveBack(space, range));
        }
        if (notKept != null) {
            throw notKept;
        }
        return record.view();
    }

    private static boolean isPlucked(AddressSpace space, AddressRange range) {
        return ((Space) space).plucked().stream().anyMatch(p -> p.range().equals(range));
    }

    @Override
    public List<Pluck> list(Machine machine) {
        List<Pluck> all = new ArrayList<>();
        for (AddressSpace space : spaces.list(machine)) {
            of(space).forEach(record -> all.add(record.view()));
        }
        all.sort(Comparator.comparing(Pluck::space).thenComparing(Pluck::range));
        return all;
    }
}
