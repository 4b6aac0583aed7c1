// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.MadeUpGuest;
import org.sluice.machine.AddressRange;

/**
 * The guests of made-up machines, each with a balloon as virtio has it: a set of page frames of 4 KiB, whatever the guest's own pages are
 * (virtio 1.2, section 5.5.6). A guest answers on a thread of its own, as a real one does.
 */
@Component
public final class BalloonGuest implements GuestChannel, MadeUpGuest {
    private static final String ORIGIN = "synthetic:";
    private static final int FRAME_SHIFT = 12;

    private static final class Guest {
        private final TreeSet<Long> balloon = new TreeSet<>(Long::compareUnsigned);
        private Behaviour behaviour = Behaviour.ACCEPT;
    }

    private final Map<Machine, Guest> guests = new WeakHashMap<>();
    private final ExecutorService driver = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "sluice-guest");
        thread.setDaemon(true);
        return thread;
    });

    @Deactivate
    public void stop() {
        driver.shutdown();
    }

    private Guest guest(Machine machine) {
        return guests.computeIfAbsent(machine, m -> new Guest());
    }

    @Override
    public String name() {
        return "balloon of the made-up guest";
    }

    @Override
    public boolean serves(AddressSpace space) {
        return space.machine().origin().startsWith(ORIGIN);
    }

    @Override
    public void request(AddressSpace space, AddressRange pages, Reply reply) {
        driver.execute(() -> answer(space.machine(), pages, reply));
    }

    private void answer(Machine machine, AddressRange pages, Reply reply) {
        Behaviour now;
        synchronized (this) {
            Guest guest = guest(machine);
            now = guest.behaviour;
            if (now == Behaviour.ACCEPT) {
                for (long frame = pages.start() >>> FRAME_SHIFT; frame <= pages.last() >>> FRAME_SHIFT; frame++) {
                    guest.balloon.add(frame);
                }
            }
        }
        if (now == Behaviour.ACCEPT) {
            reply.acknowledged();
        } else if (now == Behaviour.REFUSE) {
            reply.refused("the guest needs " + pages);
        }
    }

    @Override
    public synchronized void giveBack(AddressSpace space, AddressRange pages) {
        guest(space.machine()).balloon.subSet(pages.start() >>> FRAME_SHIFT, true, pages.last() >>> FRAME_SHIFT, true).clear();
    }

    @Override
    public synchronized void behave(Machine machine, Behaviour behaviour) {
        guest(machine).behaviour = behaviour;
    }

    @Override
    public synchronized Behaviour behaviour(Machine machine) {
        return guest(machine).behaviour;
    }

    @Override
    public synchronized List<AddressRange> balloon(Machine machine) {
        List<AddressRange> ranges = new ArrayList<>();
        for (long frame : guest(machine).balloon) {
            long start = frame << FRAME_SHIFT;
            AddressRange before = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            boolean joins = before != null && before.last() + 1 == start;
            long last = start | (1L << FRAME_SHIFT) - 1;
            if (joins) {
                ranges.set(ranges.size() - 1, new AddressRange(before.start(), last));
            } else {
                ranges.add(new AddressRange(start, last));
            }
        }
        return ranges;
    }
}
