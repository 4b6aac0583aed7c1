// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.Permissions;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/** What all units that hold a space can express, folded so that a map call costs a few compares. Immutable. */
final class Limits {
    /** No unit: everything can be expressed but a piece of a word of {@link RangeMap}'s grain. */
    static final Limits NONE = new Limits(List.of(), false);

    private static final int GRAIN = 256;
    static final int WITH_MMIO = Permissions.ALL | Permissions.MMIO;

    private final List<LiveUnit> units;
    private final boolean parent;
    private final long grainMask;
    private final long start;
    private final long last;
    private final long outputLast;
    /** Bit p: permissions p, with or without {@code MMIO}, can be expressed. */
    private final int permissions;

    /** @param parent whether the space is a parent of tables of others */
    Limits(Collection<LiveUnit> units, boolean parent) {
        this.units = List.copyOf(units);
        this.parent = parent;
        long grain = GRAIN;
        long from = 0;
        long to = -1L;
        long output = -1L;
        int all = -1;
        for (LiveUnit unit : units) {
            Capabilities c = unit.capabilities(parent);
            grain = Math.max(grain, Long.lowestOneBit(c.pageSizes()));
            from = Long.compareUnsigned(c.aperture().start(), from) > 0 ? c.aperture().start() : from;
            to = Long.compareUnsigned(c.aperture().last(), to) < 0 ? c.aperture().last() : to;
            output = Long.compareUnsigned(lastOutput(c), output) < 0 ? lastOutput(c) : output;
            all &= expressible(c);
        }
        grainMask = grain - 1;
        start = from;
        last = to;
        outputLast = output;
        permissions = all;
    }

    private static long lastOutput(Capabilities c) {
        return c.outputBits() >= Long.SIZE ? -1L : (1L << c.outputBits()) - 1;
    }

    private static int expressible(Capabilities c) {
        int set = 0;
        for (int p : c.permissions()) {
            set |= 1 << (p & Permissions.ALL);
            set |= c.features().contains(Feature.NO_DEVICE_MEMORY) ? 0 : 1 << (p & Permissions.ALL | Permissions.MMIO);
        }
        return set;
    }

    /** Whether every unit can hold such a mapping; {@code size} is not 0. */
    boolean allow(long iova, long output, long size, int wanted) {
        return express(iova, output, size, wanted) && cover(iova, size);
    }

    /** Whether every unit can hold such a mapping if it covers the addresses; {@code size} is not 0. */
    boolean express(long iova, long output, long size, int wanted) {
        return ((iova | output | size) & grainMask) == 0 && within(output, size, outputLast) && (permissions >>> (wanted & WITH_MMIO) & 1) != 0;
    }

    /** Whether every unit covers the addresses; {@code size} is not 0. */
    boolean cover(long iova, long size) {
        return Long.compareUnsigned(start, last) <= 0 && within(iova - start, size, last - start);
    }

    /** Whether {@code size} bytes that begin {@code distance} behind some address end at most {@code span} behind it. Nothing wraps, whatever is given. */
    static boolean within(long distance, long size, long span) {
        return Long.compareUnsigned(distance, span) <= 0 && Long.compareUnsigned(size - 1, span - distance) <= 0;
    }

    /**
     * Whether others can hold mappings that these units can.
     *
     * @param used bit p: permissions p may be asked for; no others are
     * @param mapped from the first address of the first mapping to the last of the last
     * @param highestOutput no mapping leads to an address above this
     */
    boolean isWithin(Limits others, int used, AddressRange mapped, long highestOutput) {
        return grainMask >= others.grainMask && others.cover(mapped.start(), mapped.size())
                && Long.compareUnsigned(highestOutput, others.outputLast) <= 0 && (used & ~others.permissions) == 0;
    }

    /** Whether every unit can hold each of these mappings. */
    boolean allowAll(RangeRun run) {
        long bits = 0;
        long highest = 0;
        boolean wraps = false;
        int wanted = 0;
        for (int i = 0; i < run.count(); i++) {
            long output = run.outputs[i];
            long end = output + (run.sizes[i] - 1);
            bits |= run.starts[i] | output | run.sizes[i];
            wraps |= Long.compareUnsigned(end, output) < 0;
            highest = Long.compareUnsigned(end, highest) > 0 ? end : highest;
            wanted |= 1 << (run.flags(i) & WITH_MMIO);
        }
        return (bits & grainMask) == 0 && !wraps && Long.compareUnsigned(highest, outputLast) <= 0 && (wanted & ~permissions) == 0
                && Long.compareUnsigned(run.starts[0], start) >= 0 && Long.compareUnsigned(run.last(run.count() - 1), last) <= 0;
    }

    /** All reasons why not, in order of weight; empty if {@link #allow}. */
    List<Refusal> refusals(long iova, long output, long size, int wanted) {
        List<Refusal> found = new ArrayList<>();
        if (Long.compareUnsigned(iova + (size - 1), iova) < 0 || Long.compareUnsigned(output + (size - 1), output) < 0) {
            found.add(Refusal.of(Rule.INVALID, null, Hex.of(size) + " bytes from " + Hex.of(iova) + " to " + Hex.of(output)
                    + " reach beyond 2^64"));
            return found;
        }
        AddressRange range = AddressRange.ofSize(iova, size);
        if (units.isEmpty() && ((iova | output | size) & grainMask) != 0) {
            found.add(Refusal.of(Rule.PAGE_SIZE, range, range + " to " + Hex.of(output) + " is not in whole steps of " + GRAIN + " bytes"));
        }
        for (LiveUnit unit : units) {
            addRefusals(unit, parent, range, output, wanted, found);
        }
        return found;
    }

    /** What one unit has against a mapping. */
    static void addRefusals(LiveUnit unit, boolean parent, AddressRange range, long output, int wanted, List<Refusal> out) {
        Capabilities c = unit.capabilities(parent);
        String name = unit.title();
        long page = Long.lowestOneBit(c.pageSizes());
        if (page == 0) {
            out.add(Refusal.of(Rule.NO_TABLES, range, name + " has no tables: it cannot map " + range, "use a backend that translates"));
            return;
        }
        if (((range.start() | output | range.size()) & page - 1) != 0) {
            out.add(Refusal.of(Rule.PAGE_SIZE, range, name + " maps whole pages of " + page + " bytes, and " + range + " to " + Hex.of(output)
                    + " is not", "round addresses and size to " + Hex.of(page)));
        }
        if (!c.aperture().contains(range)) {
            out.add(Refusal.of(Rule.APERTURE, range, name + " covers " + c.aperture() + ", and " + range + " is not all inside",
                    "use addresses inside"));
        }
        if (Long.compareUnsigned(output + (range.size() - 1), lastOutput(c)) > 0) {
            out.add(Refusal.of(Rule.OUTPUT_WIDTH, range, name + " puts out " + c.outputBits() + "-bit addresses, and " + Hex.of(output)
                    + " for " + range + " is wider", "use memory below " + Hex.of(lastOutput(c))));
        }
        if ((expressible(c) >>> (wanted & Permissions.ALL) & 1) == 0) {
            out.add(Refusal.of(Rule.PERMISSION, range, name + " cannot express '" + Permissions.text(wanted) + "' for " + range,
                    "map it " + c.permissions().stream().filter(p -> (p & wanted) == (wanted & Permissions.ALL)).sorted()
                            .map(Permissions::text).findFirst().orElse("otherwise")));
        }
        if ((wanted & Permissions.MMIO) != 0 && c.features().contains(Feature.NO_DEVICE_MEMORY)) {
            out.add(Refusal.of(Rule.MEMORY_TYPE, range, name + " cannot be told that " + Hex.of(output) + " for " + range + " is device memory",
                    "use a backend that can", "unmap it"));
        }
    }

    AddressRange aperture() {
        return Long.compareUnsigned(start, last) <= 0 ? new AddressRange(start, last) : null;
    }

    /** Bits that addresses, outputs and sizes have not. */
    long alignmentMask() {
        return grainMask;
    }

    /** Bits that outputs may have. */
    long outputMask() {
        return outputLast;
    }

    /** Bit p: permissions p, with or without {@code MMIO}, can be expressed. */
    int permissions() {
        return permissions;
    }

    /** Smallest page of all units; 1 if there is none. */
    long alignment() {
        return units.isEmpty() ? 1 : grainMask + 1;
    }
}
