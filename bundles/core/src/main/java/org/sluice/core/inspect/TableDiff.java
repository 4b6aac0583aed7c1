// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.function.Consumer;

import org.sluice.api.Difference;
import org.sluice.api.Mapping;
import org.sluice.machine.DeviceId;

/** Compares two lists of runs of one requester, cutting runs where the other side changes. */
final class TableDiff {
    private final DeviceId device;
    private final int pasid;
    private final MappingRuns left;
    private final MappingRuns right;
    private final Consumer<Difference> out;

    TableDiff(DeviceId device, int pasid, MappingRuns left, MappingRuns right, Consumer<Difference> out) {
        this.device = device;
        this.pasid = pasid;
        this.left = left;
        this.right = right;
        this.out = out;
    }

    /** Tells every difference in ascending order; returns how many pieces were compared. */
    long run() {
        int i = 0;
        int j = 0;
        long at = 0;
        long pieces = 0;
        while (i < left.size() || j < right.size()) {
            pieces++;
            long fromLeft = i < left.size() ? max(left.iova(i), at) : 0;
            long fromRight = j < right.size() ? max(right.iova(j), at) : 0;
            boolean hasLeft = i < left.size() && (j == right.size() || Long.compareUnsigned(fromLeft, fromRight) <= 0);
            boolean hasRight = j < right.size() && (i == left.size() || Long.compareUnsigned(fromRight, fromLeft) <= 0);
            long from = hasLeft ? fromLeft : fromRight;
            long to = hasLeft ? left.last(i) : right.last(j);
            if (hasLeft && hasRight) {
                to = min(to, right.last(j));
            } else if (hasLeft && j < right.size()) {
                to = min(to, fromRight - 1);
            } else if (hasRight && i < left.size()) {
                to = min(to, fromLeft - 1);
            }
            tell(hasLeft ? i : -1, hasRight ? j : -1, from, to);
            i += hasLeft && to == left.last(i) ? 1 : 0;
            j += hasRight && to == right.last(j) ? 1 : 0;
            at = to + 1;
        }
        return pieces;
    }

    private void tell(int i, int j, long from, long to) {
        if (i >= 0 && j >= 0 && left.agrees(i, right, j)) {
            return;
        }
        Mapping inLeft = i < 0 ? null : left.part(i, device, pasid, from, to);
        Mapping inRight = j < 0 ? null : right.part(j, device, pasid, from, to);
        out.accept(new Difference(i < 0 ? "only-right" : j < 0 ? "only-left" : "changed", inLeft, inRight));
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) <= 0 ? a : b;
    }
}
