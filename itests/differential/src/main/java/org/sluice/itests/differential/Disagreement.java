// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Set;

import org.sluice.itests.differential.Step.Probe;
import org.sluice.itests.differential.Step.Store;

/**
 * One access that ended differently.
 *
 * @param allowed what the tables said since the unit last had to forget
 * @param earlier accesses of the case before it
 * @param reason {@code answer}, {@code address}, {@code code}, {@code record}, or what is wrong with the model's own answer
 */
record Disagreement(Case where, int step, Probe probe, Outcome theirs, Outcome ours, List<Outcome> allowed, List<Seen> earlier, String reason) {
    /** An access and its two ends. */
    record Seen(Probe probe, Outcome theirs, Outcome ours) {
    }

    /** A word of the structures as it stood at the time. */
    long word(long address) {
        return where.word(address, step);
    }

    /** Whether some word of the structures has one of these bits, then or before. */
    boolean someWordHas(long bits) {
        return where.words().values().stream().anyMatch(value -> (value & bits) != 0)
                || where.steps().stream().anyMatch(s -> s instanceof Store store && (store.value() & bits) != 0);
    }

    /** Whether some word of the structures at the start has {@code value} in these bits. */
    boolean someWordIs(long bits, long value) {
        return where.words().values().stream().anyMatch(word -> (word & bits) == value);
    }

    /** Whether a word has, or had at the start, one of these bits. */
    boolean pastOrPresent(long address, long bits) {
        return ((word(address) | where.words().getOrDefault(address, 0L)) & bits) != 0;
    }

    /** What our fault says, by the tables as they stand. */
    String meaning() {
        return allowed.get(0).name();
    }

    /** Whether a fault of this kind would be right. */
    boolean mayFault(Set<Integer> codes) {
        return allowed.stream().anyMatch(a -> codes.contains(a.code()));
    }

    /** Whether an earlier access was so near that it may have used the same translation. */
    boolean touchedBefore(long reach) {
        return earlier.stream().anyMatch(seen -> Long.compareUnsigned(seen.probe.iova() ^ probe.iova(), reach) < 0);
    }

    @Override
    public String toString() {
        return where.name() + " step " + step + ": " + probe + ": QEMU " + theirs + ", model " + ours + " (" + reason + ")";
    }
}
