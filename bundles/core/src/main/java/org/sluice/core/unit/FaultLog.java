// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.unit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService.Count;
import org.sluice.machine.DeviceId;

/** The last faults of a machine's driven units. What is older makes room; counts go on. Thread-safe. */
public final class FaultLog {
    /** Faults kept. */
    public static final int CAPACITY = 4096;
    /** Devices counted apart: a unit's whole requester space could fault. */
    private static final int MOST_COUNTED = 1024;

    private record Key(String unit, DeviceId device) {
    }

    private final FaultRecord[] ring = new FaultRecord[CAPACITY];
    private final Map<Key, long[]> counts = new HashMap<>();
    /** Number of the next fault. */
    private long next;
    /** Number of the first after the last clear. */
    private long cleared;

    synchronized void add(FaultRecord fault) {
        ring[(int) (next % CAPACITY)] = new FaultRecord(fault.unit(), (int) next, fault.device(), fault.pasid(), fault.iova(), fault.access(),
                fault.fault(), fault.text());
        next++;
        Key key = new Key(fault.unit(), fault.device());
        long[] count = counts.get(key);
        if (count == null) {
            count = counts.computeIfAbsent(counts.size() < MOST_COUNTED ? key : new Key(fault.unit(), null), k -> new long[1]);
        }
        count[0]++;
    }

    /** Number that the next fault will have. */
    public synchronized long next() {
        return next;
    }

    /**
     * Tells those kept whose number is {@code from} or above, oldest first.
     *
     * @return number that the next fault will have
     */
    public long since(long from, Consumer<FaultRecord> out) {
        List<FaultRecord> kept = new ArrayList<>();
        long end;
        synchronized (this) {
            end = next;
            for (long i = Math.max(from, first()); i < end; i++) {
                kept.add(ring[(int) (i % CAPACITY)]);
            }
        }
        kept.forEach(out);
        return end;
    }

    private long first() {
        return Math.max(cleared, next - CAPACITY);
    }

    /** Faults since the last clear that made room for others. */
    public synchronized long dropped() {
        return first() - cleared;
    }

    /** Faults since the last clear, by unit and device. */
    public synchronized List<Count> counts() {
        List<Count> all = new ArrayList<>();
        counts.forEach((key, count) -> all.add(new Count(key.unit, key.device, count[0])));
        all.sort(Comparator.comparing(Count::unit).thenComparing(Count::device, Comparator.nullsLast(Comparator.naturalOrder())));
        return all;
    }

    /** Forgets everything but how far the numbers are; how many faults were kept. */
    public synchronized long clear() {
        long kept = next - first();
        cleared = next;
        counts.clear();
        Arrays.fill(ring, null);
        return kept;
    }
}
