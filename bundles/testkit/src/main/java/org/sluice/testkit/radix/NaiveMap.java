// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.testkit.radix.RadixRig.Leaf;

/** Intervals of input addresses, kept the simple way; what an editor is compared with. Not thread-safe. */
final class NaiveMap {
    private record Target(long size, long output) {
    }

    private final TreeMap<Long, Target> intervals = new TreeMap<>(Long::compareUnsigned);

    boolean isFree(long iova, long size) {
        Map.Entry<Long, Target> below = intervals.lowerEntry(iova + size);
        return below == null || Long.compareUnsigned(below.getKey(), iova) < 0 && Long.compareUnsigned(iova - below.getKey(), below.getValue().size()) >= 0;
    }

    void map(long iova, long size, long output) {
        intervals.put(iova, new Target(size, output));
    }

    /** Bytes that were mapped. */
    long unmap(long iova, long size) {
        splitAt(iova);
        splitAt(iova + size);
        long bytes = 0;
        for (Target target : intervals.subMap(iova, iova + size).values()) {
            bytes += target.size();
        }
        intervals.subMap(iova, iova + size).clear();
        return bytes;
    }

    private void splitAt(long iova) {
        Map.Entry<Long, Target> below = intervals.lowerEntry(iova);
        long offset = below == null ? 0 : iova - below.getKey();
        if (below != null && Long.compareUnsigned(offset, below.getValue().size()) < 0) {
            intervals.put(below.getKey(), new Target(offset, below.getValue().output()));
            intervals.put(iova, new Target(below.getValue().size() - offset, below.getValue().output() + offset));
        }
    }

    /** The output address, or -1. */
    long translate(long iova) {
        Map.Entry<Long, Target> at = intervals.floorEntry(iova);
        return at == null || Long.compareUnsigned(iova - at.getKey(), at.getValue().size()) >= 0 ? -1 : at.getValue().output() + (iova - at.getKey());
    }

    /** Intervals with those joined that continue each other, in the shape that {@link #merged} gives to leaves. */
    List<Leaf> leavesMerged() {
        List<Leaf> leaves = new ArrayList<>();
        intervals.forEach((iova, target) -> leaves.add(new Leaf(iova, iova + target.size() - 1, target.output(), 0)));
        return merged(leaves);
    }

    static List<Leaf> merged(List<Leaf> leaves) {
        List<Leaf> merged = new ArrayList<>();
        for (Leaf leaf : leaves) {
            Leaf previous = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (previous != null && previous.last() + 1 == leaf.iova() && previous.output() + (leaf.iova() - previous.iova()) == leaf.output()) {
                merged.set(merged.size() - 1, new Leaf(previous.iova(), leaf.last(), previous.output(), 0));
            } else {
                merged.add(new Leaf(leaf.iova(), leaf.last(), leaf.output(), 0));
            }
        }
        return merged;
    }
}
