// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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

    private record Mapping(AddressRange range, long output, int permissions) {
    }

    @Parameters(name = "{0} to {1}")
    public static List<Object[]> pairs() {
        List<Object[]> pairs = new ArrayList<>();
        for (String from : Platform.TRANSLATING) {
            for (String to : Platform.TRANSLATING) {
                if (!from.equals(to)) {
                    pairs.add(new Object[] {from, to});
                }
            }
            pairs.add(new Object[] {from, "none"});
        }
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
            String before = state(machine, space);
            SwapReport report = platform.swaps.swap(machine, "0", to, new SwapOptions(0, false, true), Progress.NONE);
            Set<Rule> found = report.refusals().stream().map(Refusal::rule).collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
            assertEquals(mappings.toString(), expected(mappings), found);
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

    private List<Mapping> mapAtRandom(AddressSpace space) {
        List<Mapping> mappings = new ArrayList<>();
        int wanted = 1 + random.nextInt(4);
        for (int i = 0; i < TRIES && mappings.size() < wanted; i++) {
            long iova = random.nextLong() >>> 12 + random.nextInt(44) & -PAGE;
            long output = random.nextLong() >>> 16 + random.nextInt(30) & -PAGE;
            int permissions = 1 + random.nextInt(3);
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

    /** By hand: what the other backend says of itself, held against each mapping. */
    private Set<Rule> expected(List<Mapping> mappings) {
        Machine machine = platform.open(to);
        Capabilities c = platform.spaces.capabilities(machine, Platform.NIC);
        Set<Rule> rules = EnumSet.noneOf(Rule.class);
        for (Mapping m : mappings) {
            if (c.pageSizes() == 0) {
                rules.add(Rule.PAGE_SIZE);
                continue;
            }
            if (!c.aperture().contains(m.range())) {
                rules.add(Rule.APERTURE);
            }
            if (c.outputBits() < 64 && m.output() + PAGE - 1 >>> c.outputBits() != 0) {
                rules.add(Rule.OUTPUT_WIDTH);
            }
            if (!c.permissions().contains(m.permissions())) {
                rules.add(Rule.PERMISSION);
            }
        }
        for (OwnedRange owned : reservedFor(machine)) {
            if (mappings.stream().anyMatch(m -> m.range().overlaps(owned.range()))) {
                rules.add(owned.kind() == RangeKind.DOORBELL ? Rule.MESSAGE_WINDOW : Rule.OVERLAP);
            }
        }
        return rules;
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
