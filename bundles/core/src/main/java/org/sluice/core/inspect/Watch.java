// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Difference;
import org.sluice.api.FaultRecord;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.MappingChange;
import org.sluice.api.MappingRate;
import org.sluice.api.TranslationRequest;
import org.sluice.api.WatchService;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;

/** Looks at a machine again and again and tells what is different. Keeps nothing between two watches. */
@Component
public final class Watch implements WatchService {
    /** A requester and what its tables held at one look. */
    private record Requester(DeviceId device, int pasid) implements Comparable<Requester> {
        @Override
        public int compareTo(Requester other) {
            int byDevice = device.compareTo(other.device);
            return byDevice != 0 ? byDevice : Integer.compare(pasid, other.pasid);
        }
    }

    private record Held(MappingRuns runs, long leaves, long bytes) {
        static final Held NOTHING = new Held(new MappingRuns(), 0, 0);
    }

    @Override
    public void mappings(Lease lease, DeviceId device, Pace pace, Consumer<MappingChange> changes, Consumer<MappingRate> rates) {
        Map<Requester, Held> before = new TreeMap<>(held(OpenMachine.of(lease.machine()), device));
        long[] last = {0};
        run(pace, millis -> {
            Map<Requester, Held> now = held(OpenMachine.of(lease.renew()), device);
            Set<Requester> all = new TreeSet<>(before.keySet());
            all.addAll(now.keySet());
            for (Requester requester : all) {
                rates.accept(compare(requester, before.getOrDefault(requester, Held.NOTHING), now.getOrDefault(requester, Held.NOTHING),
                        new long[] {millis, millis - last[0]}, changes));
            }
            before.clear();
            before.putAll(now);
            last[0] = millis;
        });
    }

    private static MappingRate compare(Requester requester, Held before, Held now, long[] times, Consumer<MappingChange> out) {
        long[] counts = new long[3];
        new TableDiff(requester.device, requester.pasid, before.runs, now.runs, difference -> {
            MappingChange change = change(times[0], difference);
            counts[difference.left() == null ? 0 : difference.right() == null ? 1 : 2]++;
            out.accept(change);
        }).run();
        return new MappingRate(times[0], times[1], requester.device, requester.pasid, counts[0], counts[1], counts[2], now.leaves, now.bytes);
    }

    private static MappingChange change(long millis, Difference difference) {
        if (difference.left() == null) {
            return new MappingChange(millis, "appeared", difference.right(), null);
        }
        return difference.right() == null ? new MappingChange(millis, "vanished", difference.left(), null)
                : new MappingChange(millis, "changed", difference.right(), difference.left());
    }

    private static Map<Requester, Held> held(OpenMachine machine, DeviceId device) {
        List<RequesterContext> contexts = device == null ? Inspection.contexts(machine)
                : Inspection.contextsOf(machine, device, TranslationRequest.NO_PASID);
        Map<Requester, Held> held = new TreeMap<>();
        for (RequesterContext context : contexts) {
            if (context.state() == State.TRANSLATED) {
                MappingRuns runs = new MappingRuns();
                MappingMerger merger = new MappingMerger(runs);
                context.table().visit(merger);
                merger.flush();
                held.put(new Requester(context.device(), context.pasid()), new Held(runs, merger.leaves(), merger.bytes()));
            }
        }
        return held;
    }

    @Override
    public void faults(Lease lease, Pace pace, Consumer<FaultRecord> out, Runnable afterLook) {
        Set<FaultRecord> known = new HashSet<>(faults(OpenMachine.of(lease.machine())));
        long[] next = {OpenMachine.of(lease.machine()).faults().next()};
        run(pace, millis -> {
            OpenMachine machine = OpenMachine.of(lease.renew());
            List<FaultRecord> now = faults(machine);
            now.stream().filter(fault -> !known.contains(fault)).forEach(out);
            // What is no longer recorded may be recorded again, and is news then.
            known.clear();
            known.addAll(now);
            next[0] = machine.faults().since(next[0], out);
            afterLook.run();
        });
    }

    /** Of units that are only read; what those that are driven record goes to the machine's log. */
    private static List<FaultRecord> faults(OpenMachine machine) {
        List<FaultRecord> all = new ArrayList<>();
        for (UnitSlot slot : machine.slots()) {
            if (!slot.isDrivable()) {
                all.addAll(slot.inspector().faults());
            }
        }
        return all;
    }

    private static void run(Pace pace, LongConsumer look) {
        long start = System.nanoTime();
        long interval = TimeUnit.MILLISECONDS.toNanos(pace.intervalMillis());
        long next = start + interval;
        try {
            for (long looks = 0; pace.looks() == 0 || looks < pace.looks(); looks++) {
                if (pace.millis() > 0 && next - start > TimeUnit.MILLISECONDS.toNanos(pace.millis())) {
                    return;
                }
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
                look.accept(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                // A look that took longer than the interval delays the next one; none are made up for.
                next = Math.max(next + interval, System.nanoTime());
            }
        } catch (InterruptedException e) {
            // The user has seen enough: that is how a watch without a limit ends.
            return;
        }
    }
}
