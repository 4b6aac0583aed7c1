// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.Test;
import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.Permissions;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** What units can express, beside the same said in whole numbers that do not wrap. */
public class LimitsTest {
    private static final BigInteger TOP = BigInteger.ONE.shiftLeft(Long.SIZE);
    private static final Set<Integer> READ_AND_WRITE = Set.of(1, 2, 3);
    private static final AddressRange EVERYWHERE = new AddressRange(0, -1L);
    private static final int[] WIDTHS = {32, 36, 48, 52, 64};
    private static final long PAGE = 4096;

    private final Random random = Seed.random();

    private static BigInteger number(long unsigned) {
        return new BigInteger(Long.toUnsignedString(unsigned));
    }

    private static boolean isMultiple(long value, long of) {
        return number(value).mod(number(of)).signum() == 0;
    }

    private static boolean holds(LiveUnit unit, long iova, long output, long size, int wanted) {
        Capabilities c = unit.capabilities();
        long page = Math.max(RangeMap.GRAIN, Long.lowestOneBit(c.pageSizes()));
        BigInteger end = number(iova).add(number(size));
        BigInteger outputEnd = number(output).add(number(size));
        return isMultiple(iova, page) && isMultiple(output, page) && isMultiple(size, page)
                && number(iova).compareTo(number(c.aperture().start())) >= 0 && end.compareTo(number(c.aperture().last()).add(BigInteger.ONE)) <= 0
                && outputEnd.compareTo(BigInteger.ONE.shiftLeft(c.outputBits())) <= 0 && outputEnd.compareTo(TOP) <= 0
                && c.permissions().contains(wanted & Permissions.ALL)
                && ((wanted & Permissions.MMIO) == 0 || !c.features().contains(Feature.NO_DEVICE_MEMORY));
    }

    private LiveUnit unit() {
        long page = 1L << (random.nextInt(4) == 0 ? 16 : 12);
        long start = random.nextBoolean() ? 0 : (random.nextLong() >>> random.nextInt(40)) & -page;
        long span = random.nextInt(4) == 0 ? -1L : random.nextLong() >>> random.nextInt(30);
        long last = Long.compareUnsigned(span, -1L - start) > 0 ? -1L : start + span | page - 1;
        Set<Integer> permissions = random.nextBoolean() ? READ_AND_WRITE : random.nextBoolean() ? Set.of(1, 3) : Set.of(0, 1, 2, 3, 5, 7);
        int width = WIDTHS[random.nextInt(WIDTHS.length)];
        long sizes = page | 1L << 21;
        return random.nextInt(3) == 0 ? CapableUnit.of(sizes, new AddressRange(start, last), width, permissions, Feature.NO_DEVICE_MEMORY)
                : CapableUnit.of(sizes, new AddressRange(start, last), width, permissions);
    }

    /** Near one of the ends that count more often than anywhere. */
    private long near(List<LiveUnit> units, boolean output) {
        Capabilities c = units.get(random.nextInt(units.size())).capabilities();
        long end = output ? c.outputBits() == Long.SIZE ? 0 : 1L << c.outputBits() : random.nextBoolean() ? c.aperture().start() : c.aperture().last() + 1;
        long step = random.nextInt(8) == 0 ? RangeMap.GRAIN : random.nextBoolean() ? PAGE : 0x1_0000;
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong() & -step;
            case 1 -> output ? random.nextInt(1000) * step : c.aperture().start() + random.nextInt(1000) * step;
            default -> end + (random.nextInt(9) - 6) * step;
        };
    }

    private long size() {
        return (1 + random.nextInt(4)) * (random.nextInt(8) == 0 ? RangeMap.GRAIN : random.nextBoolean() ? PAGE : 0x1_0000);
    }

    private int permissions() {
        return (random.nextInt(4) == 0 ? random.nextInt(8) : 1 + random.nextInt(3)) | (random.nextInt(4) == 0 ? Permissions.MMIO : 0);
    }

    @Test
    public void whatIsAllowedIsWhatEachUnitCanHold() {
        int allowed = 0;
        for (int round = 0; round < 1_000; round++) {
            List<LiveUnit> units = random.nextBoolean() ? List.of(unit()) : List.of(unit(), unit());
            Limits limits = new Limits(units, false);
            for (int i = 0; i < 40; i++) {
                long iova = near(units, false);
                long output = near(units, true);
                long size = random.nextInt(50) == 0 ? -iova : size();
                int wanted = permissions();
                if (size == 0) {
                    continue;
                }
                boolean expected = units.stream().allMatch(u -> holds(u, iova, output, size, wanted));
                if (expected != limits.allow(iova, output, size, wanted) || expected != limits.refusals(iova, output, size, wanted).isEmpty()) {
                    fail(Long.toHexString(iova) + " to " + Long.toHexString(output) + " of " + Long.toHexString(size) + " as " + wanted + " "
                            + units.stream().map(LiveUnit::capabilities).toList());
                }
                allowed += expected ? 1 : 0;
            }
        }
        assertTrue("cases that are allowed", allowed > 1_000);
    }

    /** Known is only what is allowed and free, whatever was asked about before, and what is like it is known. */
    @Test
    public void whatIsKnownToBePossibleIsPossible() {
        int known = 0;
        for (int round = 0; round < 1_000; round++) {
            List<LiveUnit> units = random.nextBoolean() ? List.of(unit()) : List.of(unit(), unit());
            Limits limits = new Limits(units, false);
            Truth truth = new Truth(new RangeMap());
            KnownRoom room = new KnownRoom();
            Reservations reservations = new Reservations(List.of());
            long reserved = near(units, false) & -PAGE;
            if (random.nextBoolean() && reserved != -PAGE) {
                reservations.set(List.of(new OwnedRange(AddressRange.ofSize(reserved, 2 * PAGE), RangeKind.RESERVED, Origin.FIRMWARE, "somebody")));
            }
            for (int i = 0; i < 80; i++) {
                long iova = random.nextInt(3) == 0 ? reserved + (random.nextInt(9) - 4) * PAGE : near(units, false);
                long output = near(units, true);
                long size = random.nextInt(20) == 0 ? random.nextLong() >>> random.nextInt(64) & -PAGE : size();
                int wanted = permissions();
                boolean possible = size != 0 && limits.allow(iova, output, size, wanted) && reservations.isFree(iova, iova + (size - 1), RangeKind.USER);
                if (room.admits(iova, output, size, wanted)) {
                    assertTrue(Long.toHexString(iova) + " to " + Long.toHexString(output) + " of " + Long.toHexString(size) + " as " + wanted, possible);
                    known++;
                } else if (possible) {
                    truth.expect(wanted, output + (size - 1));
                    AddressRange around = reservations.around(iova, limits.aperture());
                    room.learn(around, limits, truth);
                    boolean narrow = iova - around.start() >= 0 && iova - around.start() + size > 0 && output >= 0 && output + (size - 1) >= 0;
                    assertEquals(narrow, room.admits(iova, output, size, wanted));
                }
                if (random.nextInt(30) == 0) {
                    room.forget();
                    assertFalse(room.admits(iova, output, size, wanted));
                }
            }
        }
        assertTrue("cases that are known: " + known, known > 500);
    }

    /** Each reason for itself, at the first value that is too much and at the last that is not. */
    @Test
    public void eachReasonIsTold() {
        Limits limits = new Limits(List.of(CapableUnit.of(PAGE, new AddressRange(0x10_0000, 0xffff_ffffL), 40, READ_AND_WRITE, Feature.NO_DEVICE_MEMORY)), false);
        assertEquals(Set.of(), rules(limits, 0x10_0000, (1L << 40) - PAGE, PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.OUTPUT_WIDTH), rules(limits, 0x10_0000, (1L << 40) - PAGE, 2 * PAGE, 3));
        assertEquals(Set.of(), rules(limits, 0xffff_f000L, 0, PAGE, 1));
        assertEquals(Set.of(Refusal.Rule.APERTURE), rules(limits, 0xffff_f000L, 0, 2 * PAGE, 1));
        assertEquals(Set.of(Refusal.Rule.APERTURE), rules(limits, 0xf_f000, 0, 2 * PAGE, 1));
        assertEquals(Set.of(Refusal.Rule.PERMISSION), rules(limits, 0x10_0000, 0, PAGE, 4));
        assertEquals(Set.of(Refusal.Rule.MEMORY_TYPE), rules(limits, 0x10_0000, 0, PAGE, 2 | Permissions.MMIO));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(limits, 0x10_0800, 0, PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(limits, 0x10_0000, 0x800, PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(limits, 0x10_0000, 0, 0x800, 3));
        assertEquals(Set.of(Refusal.Rule.INVALID), rules(limits, -PAGE, 0, 2 * PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.INVALID), rules(limits, 0x10_0000, -PAGE, 2 * PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.NO_TABLES), rules(new Limits(List.of(CapableUnit.of(0, EVERYWHERE, 64, Set.of())), false), 0, 0, PAGE, 3));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(Limits.NONE, 0, 0, RangeMap.GRAIN / 2, 3));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(Limits.NONE, RangeMap.GRAIN / 2, 0, RangeMap.GRAIN, 3));
        assertEquals(Set.of(Refusal.Rule.PAGE_SIZE), rules(Limits.NONE, 0, RangeMap.GRAIN / 2, RangeMap.GRAIN, 3));
        assertEquals("one byte reaches beyond nothing", Set.of(Refusal.Rule.PAGE_SIZE), rules(Limits.NONE, -1L, -1L, 1, 3));
        assertEquals(Set.of(), rules(Limits.NONE, 0, -RangeMap.GRAIN, RangeMap.GRAIN, 0xf));
    }

    /** The way out is the fewest permissions that hold those asked for. */
    @Test
    public void permissionsThatAUnitHasAreOffered() {
        LiveUnit unit = CapableUnit.of(PAGE, EVERYWHERE, 64, Set.of(1, 3, 5));
        assertEquals(List.of("map it rw"), offered(unit, Permissions.WRITE));
        assertEquals(List.of("map it rx"), offered(unit, Permissions.EXECUTE));
        assertEquals(List.of("map it otherwise"), offered(unit, Permissions.WRITE | Permissions.EXECUTE));
        assertEquals("device memory is no permission", List.of("map it rw"), offered(unit, Permissions.WRITE | Permissions.MMIO));
    }

    private static List<String> offered(LiveUnit unit, int wanted) {
        Refusal refusal = new Limits(List.of(unit), false).refusals(0, 0, PAGE, wanted).get(0);
        assertEquals(Refusal.Rule.PERMISSION, refusal.rule());
        return refusal.waysOut();
    }

    @Test
    public void withinIsUpToTheLast() {
        assertTrue(Limits.within(5, 1, 5));
        assertFalse(Limits.within(6, 1, 5));
        assertTrue(Limits.within(0, 6, 5));
        assertFalse(Limits.within(0, 7, 5));
        assertTrue("everything", Limits.within(0, 0, -1L));
        assertFalse(Limits.within(1, -1L, -2L));
    }

    private static Set<Refusal.Rule> rules(Limits limits, long iova, long output, long size, int wanted) {
        Set<Refusal.Rule> rules = limits.refusals(iova, output, size, wanted).stream().map(Refusal::rule).collect(Collectors.toSet());
        assertEquals(rules.isEmpty(), limits.allow(iova, output, size, wanted));
        return rules;
    }

    /** A look at many together may not let one pass, and has to let pass what each may. */
    @Test
    public void aRunIsAllowedIfEachOfItIs() {
        int allowed = 0;
        for (int round = 0; round < 5_000; round++) {
            List<LiveUnit> units = List.of(unit());
            Limits limits = new Limits(units, false);
            AddressRange aperture = limits.aperture();
            RangeMap map = new RangeMap();
            int wanted = permissions();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                boolean odd = random.nextInt(8) == 0;
                long iova = odd ? near(units, false) : random.nextBoolean() ? aperture.start() + random.nextInt(64) * 0x1_0000L : aperture.last() + 1
                        - (1 + random.nextInt(64)) * 0x1_0000L;
                long output = odd ? near(units, true) : random.nextInt(64) * 0x1_0000L;
                long size = odd ? size() : 0x1_0000;
                if (Long.compareUnsigned(iova + (size - 1), iova) >= 0) {
                    map.insert(iova, size, output, Flags.of(random.nextInt(8) == 0 ? permissions() : wanted, RangeKind.USER));
                }
            }
            RangeRun run = new RangeRun();
            if (map.run(0, RangeLeaf.CAPACITY, run)) {
                boolean each = true;
                for (int i = 0; i < run.count(); i++) {
                    each &= holds(units.get(0), run.starts[i], run.outputs[i], run.sizes[i], Flags.permissions(run.flags(i)));
                }
                assertEquals(each, limits.allowAll(run));
                allowed += each ? 1 : 0;
            }
        }
        assertTrue("runs that are allowed: " + allowed, allowed > 500);
    }

    @Test
    public void aRunMayReachToTheEdges() {
        Limits limits = new Limits(List.of(CapableUnit.of(PAGE, new AddressRange(PAGE, 0xffff_ffffL), 40, READ_AND_WRITE)), false);
        RangeMap map = new RangeMap();
        RangeRun run = new RangeRun();
        assertTrue(map.insert(PAGE, PAGE, (1L << 40) - PAGE, 3));
        assertTrue(map.insert(0xffff_f000L, PAGE, 0, 2));
        assertTrue(map.run(0, 2, run));
        assertTrue(limits.allowAll(run));
        assertTrue(map.insert(2 * PAGE, PAGE, (1L << 40) - RangeMap.GRAIN, 3));
        assertTrue(map.run(0, 3, run));
        assertFalse(limits.allowAll(run));
    }

    @Test
    public void everythingThereIsIsOneMappingToo() {
        Limits limits = new Limits(List.of(CapableUnit.of(PAGE, EVERYWHERE, 64, READ_AND_WRITE)), false);
        RangeMap map = new RangeMap();
        RangeRun run = new RangeRun();
        assertTrue(map.insert(0, 0, 0, 3));
        assertTrue(map.run(0, 1, run));
        assertTrue(limits.allowAll(run));
        map.remove(0, -1L);
        assertTrue(map.insert(0, 0, PAGE, 3));
        assertTrue(map.run(0, 1, run));
        assertFalse("its output goes on beyond 2^64", limits.allowAll(run));
    }

    /** Who says that others can hold whatever there is spares the look at it; so one wrong yes loses a mapping. */
    @Test
    public void othersHoldWhateverTheseDoOnlyIfTheyHoldEach() {
        int within = 0;
        for (int round = 0; round < 2_000; round++) {
            List<LiveUnit> ours = List.of(unit());
            List<LiveUnit> theirs = List.of(unit());
            Limits limits = new Limits(ours, false);
            Limits others = new Limits(theirs, false);
            int used = 0;
            long highest = 0;
            List<long[]> mappings = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                long[] m = {near(ours, false), near(ours, true), size(), permissions()};
                if (holds(ours.get(0), m[0], m[1], m[2], (int) m[3])) {
                    mappings.add(m);
                    used |= 1 << m[3];
                    long last = m[1] + m[2] - 1;
                    highest = Long.compareUnsigned(last, highest) > 0 ? last : highest;
                }
            }
            if (!mappings.isEmpty() && limits.isWithin(others, used, extent(mappings), highest)) {
                within += mappings.size();
                for (long[] m : mappings) {
                    assertTrue(holds(theirs.get(0), m[0], m[1], m[2], (int) m[3]));
                }
            }
        }
        assertTrue("mappings that needed no look: " + within, within > 100);
    }

    /** From the first address of a list of mappings to the last. */
    private static AddressRange extent(List<long[]> mappings) {
        long first = -1L;
        long last = 0;
        for (long[] m : mappings) {
            first = Long.compareUnsigned(m[0], first) < 0 ? m[0] : first;
            long end = m[0] + m[2] - 1;
            last = Long.compareUnsigned(end, last) > 0 ? end : last;
        }
        return new AddressRange(first, last);
    }

    @Test
    public void eachThingThatOthersLackCounts() {
        Limits limits = new Limits(List.of(CapableUnit.of(PAGE, new AddressRange(PAGE, 0xffff_ffffL), 40, READ_AND_WRITE)), false);
        int used = 1 << 1 | 1 << (2 | Permissions.MMIO);
        AddressRange mapped = new AddressRange(2 * PAGE, 0xffff_dfffL);
        long highest = (1L << 36) - 1;
        assertTrue(limits.isWithin(limits, used, mapped, highest));
        assertTrue("no mapping is as wide as it might be", limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 36, READ_AND_WRITE), used, mapped, highest));
        assertFalse(limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 36, READ_AND_WRITE), used, mapped, highest + 1));
        assertTrue("nothing is mapped with permissions 3", limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 40, Set.of(1, 2)), used, mapped, highest));
        assertFalse(limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 40, Set.of(1, 3)), used, mapped, highest));
        assertFalse(limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 40, READ_AND_WRITE, Feature.NO_DEVICE_MEMORY), used, mapped, highest));
        assertTrue(limits.isWithin(others(PAGE, PAGE, 0xffff_ffffL, 40, READ_AND_WRITE, Feature.NO_DEVICE_MEMORY), 1 << 1, mapped, highest));
        assertFalse(limits.isWithin(others(0x1_0000, PAGE, 0xffff_ffffL, 40, READ_AND_WRITE), used, mapped, highest));
        assertTrue("nothing is mapped in the first page and the last two", limits.isWithin(others(PAGE, 2 * PAGE, 0xffff_dfffL, 40, READ_AND_WRITE), used, mapped, highest));
        assertFalse(limits.isWithin(others(PAGE, 3 * PAGE, 0xffff_ffffL, 40, READ_AND_WRITE), used, mapped, highest));
        assertFalse(limits.isWithin(others(PAGE, 0, 0xffff_cfffL, 40, READ_AND_WRITE), used, mapped, highest));
        assertTrue(limits.isWithin(Limits.NONE, used, mapped, highest));
        assertFalse("pieces of a page", Limits.NONE.isWithin(limits, used, mapped, highest));
    }

    private static Limits others(long pageSizes, long start, long last, int outputBits, Set<Integer> permissions, Feature... features) {
        return new Limits(List.of(CapableUnit.of(pageSizes, new AddressRange(start, last), outputBits, permissions, features)), false);
    }

    @Test
    public void whatTwoUnitsCoverIsWhatBothDo() {
        LiveUnit low = CapableUnit.of(PAGE, new AddressRange(0, 0xffff_ffffL), 64, READ_AND_WRITE);
        LiveUnit middle = CapableUnit.of(0x1_0000 | PAGE << 20, new AddressRange(0x8000_0000L, 0x1_ffff_ffffL), 64, READ_AND_WRITE);
        LiveUnit high = CapableUnit.of(PAGE, new AddressRange(1L << 32, -1L), 64, READ_AND_WRITE);
        Limits both = new Limits(List.of(low, middle), false);
        assertEquals(new AddressRange(0x8000_0000L, 0xffff_ffffL), both.aperture());
        assertEquals(0x1_0000, both.alignment());
        Limits nothing = new Limits(List.of(low, high), false);
        assertNull(nothing.aperture());
        assertFalse(nothing.cover(0, PAGE));
        assertFalse(nothing.cover(1L << 32, PAGE));
        assertEquals(EVERYWHERE, Limits.NONE.aperture());
        assertEquals("nobody asks for more", 1, Limits.NONE.alignment());
    }
}
