// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.kit.interval.IntervalMap;
import org.sluice.machine.Hex;

/** A domain of a virtio-iommu as its trace tells it; one that was not seen to come is known in part. Not thread-safe. */
final class TracedDomain {
    private final long id;
    private final IntervalMap mappings = new IntervalMap();
    private final boolean partial;
    private boolean bypass;
    /** As the description has it; null after a change. */
    private Map<String, Object> facts;

    TracedDomain(long id, boolean seenToCome) {
        this.id = id;
        partial = !seenToCome;
    }

    void setBypass(boolean value) {
        bypass = value;
        facts = null;
    }

    /** False if that cannot be: QEMU adds a mapping only where there is none. */
    boolean map(long start, long last, long output, int flags) {
        facts = null;
        return Long.compareUnsigned(start, last) <= 0 && mappings.add(start, last, output, flags);
    }

    /** False if that cannot be: QEMU tells mappings that it removes one by one. */
    boolean unmap(long start, long last) {
        facts = null;
        long found = mappings.firstWithin(start, last);
        if (found == IntervalMap.NONE) {
            return partial;
        }
        return mappings.start(found) == start && mappings.last(found) == last && mappings.remove(start, last);
    }

    /** An element of {@code domains}, docs/capture-format.md; not changed any more. */
    Map<String, Object> facts() {
        if (facts == null) {
            List<Object> list = new ArrayList<>(mappings.size());
            for (long at = mappings.first(); at != IntervalMap.NONE; at = mappings.next(at)) {
                list.add(Map.of("start", Hex.of(mappings.start(at)), "last", Hex.of(mappings.last(at)), "phys", Hex.of(mappings.output(at)),
                        "flags", Hex.of(mappings.flags(at))));
            }
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("id", id);
            all.put("mappings", list);
            if (bypass) {
                all.put("bypass", true);
            }
            if (partial) {
                all.put("partial", true);
            }
            facts = all;
        }
        return facts;
    }
}
