// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Capabilities;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** All ordered pairs, {@code none} too: what a backend refuses is what looking at each mapping by hand finds, no more and no less. */
@RunWith(Parameterized.class)
public class SwapRefusalTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final int TRIES = 60;
    private static final int ROUNDS = 4;
    private static final int MANY = 300;
    /** Within the aperture of every backend, and nobody's window. */
    private static final long EVERYWHERE = 0x2_0000_0000L;
    private static final List<Rule> OF_MAPPINGS = List.of(Rule.NO_TABLES, Rule.PAGE_SIZE, Rule.APERTURE, Rule.OUTPUT_WIDTH, Rule.PERMISSION);

    private record Mapping(AddressRange range, long output, int permissions) {
    }

    @Parameters(name = "{0} to {1}")
    public static List<Object[]> pairs() {
        List<Object[]> pairs = Platform.pairs(Platform.TRANSLATING);
        Platform.TRANSLATING.forEach(from -> pairs.add(new Object[] {from, "none"}));
        return pairs;
    }

    @Parameter
    public String from;
    @Parameter(1)
    public String to;

    private final Platform platform = new Platform();
    private final Random random = Seed.random();

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void theReasonsAreThoseOfEachMapping() {
        for (int round = 0; round < ROUNDS; round++) {
            Machine machine = platform.open(from);
            AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
            space.attach(Platform.NIC, NO_PASID);
            List<Mapping> mappings = mapAtRandom(space);
            if (round % 2 == 1) {
                mapMany(space, mappings);
            }
            if (round > 1 && !mappings.isEmpty()) {
                Mapping gone = mappings.remove(0); // what was mapped once is no reason
                space.unmap(gone.range().start(), PAGE);
            }
            String before = state(machine, space);
            SwapReport report = platform.swaps.swap(machine, "0", to, new SwapOptions(0, false, true), Progress.NONE);
            Set<Rule> found = report.refusals().stream().map(Refusal::rule).collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
            Map<Rule, List<Mapping>> expected = expected(mappings);
            assertEquals(mappings.toString(), expected.keySet(), found);
            for (Rule rule : OF_MAPPINGS) {
                assertSaysWhich(rule, expected.getOrDefault(rule, List.of()), report.refusals());
            }
            assertEquals(found.isEmpty() ? SwapState.PROBING : SwapState.REFUSED, report.state());
            for (Refusal refusal : report.refusals()) {
                assertFalse(refusal.toString(), refusal.text().isBlank() || refusal.waysOut().isEmpty());
                assertTrue(refusal.toString(), mappings.stream().anyMatch(m -> m.range().overlaps(refusal.range())));
            }
            assertEquals(from, machine.units().get(0).backend());
            assertEquals(before, state(machine, space));
        }
    }

    /** A unit without users can be given to anybody, also to the backend that translates nothing, and back. */
    @Test
    public void aUnitThatNobodyUsesGoesToAnyBackend() {
        Machine machine = platform.open(from);
        platform.port(machine, Platform.NIC);
        for (String next : List.of(to, "none", from)) {
            SwapReport report = platform.swaps.swap(machine, "0", next, SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(report.text(), SwapState.ACTIVE, report.state());
            assertEquals(next, machine.units().get(0).backend());
        }
    }

    /** One refusal a rule: the first mapping concerned, how many more there are, and what helps. */
    private static void assertSaysWhich(Rule rule, List<Mapping> concerned, List<Refusal> refusals) {
        List<Refusal> told = refusals.stream().filter(r -> r.rule() == rule).toList();
        assertEquals(told.toString(), concerned.isEmpty() ? 0 : 1, told.size());
        if (!concerned.isEmpty()) {
            Mapping first = concerned.stream().min((a, b) -> Long.compareUnsigned(a.range().start(), b.range().start())).orElseThrow();
            assertEquals(told.toString(), first.range(), told.get(0).range());
            assertEquals(told.toString(), concerned.size() > 1, told.get(0).text().contains("(and " + (concerned.size() - 1) + " more mappings)"));
        }
    }

    private List<Mapping> mapAtRandom(AddressSpace space) {
        List<Mapping> mappings = new ArrayList<>();
        int wanted = 1 + random.nextInt(4);
        for (int i = 0; i < TRIES && mappings.size() < wanted; i++) {
            long iova = random.nextLong() >>> 12 + random.nextInt(44) & -PAGE;
            long output = random.nextLong() >>> 16 + random.nextInt(30) & -PAGE;
            int permissions = 1 + random.nextInt(Permissions.ALL);
            try {
                space.map(iova, output, PAGE, permissions);
                mappings.add(new Mapping(AddressRange.ofSize(iova, PAGE), output, permissions));
            } catch (RefusedException e) {
                // The old backend cannot hold it either; the next may do.
                continue;
            }
        }
        return mappings;
    }

    /** Every backend can have these: among many good ones each bad one is found. */
    private static void mapMany(AddressSpace space, List<Mapping> mappings) {
        for (int i = 0; i < MANY; i++) {
            AddressRange range = AddressRange.ofSize(EVERYWHERE + i * PAGE, PAGE);
            if (mappings.stream().noneMatch(m -> m.range().overlaps(range))) {
                space.map(range.start(), i * PAGE, PAGE, Permissions.READ_WRITE);
                mappings.add(new Mapping(range, i * PAGE, Permissions.READ_WRITE));
            }
        }
    }

    /** By hand: what the other backend says of itself, held against each mapping. */
    private Map<Rule, List<Mapping>> expected(List<Mapping> mappings) {
        Machine machine = platform.open(to);
        Capabilities c = platform.spaces.capabilities(machine, Platform.NIC);
        Map<Rule, List<Mapping>> rules = new EnumMap<>(Rule.class);
        for (Mapping m : mappings) {
            if (c.pageSizes() == 0) {
                add(rules, Rule.NO_TABLES, m);
                continue;
            }
            if (!c.aperture().contains(m.range())) {
                add(rules, Rule.APERTURE, m);
            }
            if (c.outputBits() < 64 && m.output() + PAGE - 1 >>> c.outputBits() != 0) {
                add(rules, Rule.OUTPUT_WIDTH, m);
            }
            if (!c.permissions().contains(m.permissions())) {
                add(rules, Rule.PERMISSION, m);
            }
        }
        for (OwnedRange owned : reservedFor(machine)) {
            mappings.stream().filter(m -> m.range().overlaps(owned.range()))
                    .forEach(m -> add(rules, owned.kind() == RangeKind.DOORBELL ? Rule.MESSAGE_WINDOW : Rule.OVERLAP, m));
        }
        return rules;
    }

    private static void add(Map<Rule, List<Mapping>> rules, Rule rule, Mapping mapping) {
        rules.computeIfAbsent(rule, any -> new ArrayList<>()).add(mapping);
    }

    private List<OwnedRange> reservedFor(Machine machine) {
        return platform.spaces.reserved(machine, Platform.NIC);
    }

    private String state(Machine machine, AddressSpace space) {
        List<String> lines = new ArrayList<>();
        platform.inspect.mappings(machine, Platform.NIC, NO_PASID, Progress.NONE, m -> lines.add(m.toString()));
        return lines + " " + space.info().mappings() + space.attachments() + space.owned();
    }
}
