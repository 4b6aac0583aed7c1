// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;

/**
 * What devices use beside mappings: PASIDs, the recording of writes, vectors that nobody else may raise. A backend without them is refused, with
 * each reason at once.
 */
public class SwapDemandsTest {
    private static final int PASID = 5;
    private static final long PAGE = 4096;
    /** Within every aperture. */
    private static final long WINDOW = 0x2_0000_0000L;
    /** VIRTIO_IOMMU_F_MMIO (virtio, IOMMU device, feature bits). */
    private static final long MMIO_FEATURE = 1 << 5;

    private final Platform platform = new Platform();

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void everyPairIsRefusedForWhatTheOtherLacks() {
        Set<Rule> met = EnumSet.noneOf(Rule.class);
        int fit = 0;
        for (String from : Platform.TRANSLATING) {
            for (String to : Platform.TRANSLATING) {
                if (!from.equals(to)) {
                    Set<Rule> rules = check(from, to);
                    met.addAll(rules);
                    fit += rules.isEmpty() ? 1 : 0;
                }
            }
        }
        assertEquals(EnumSet.of(Rule.PASID, Rule.DIRTY_TRACKING, Rule.ISOLATION), met);
        assertTrue("some pair fits", fit > 0);
    }

    /** A virtio device need not know the flag; the other formats have a word for device memory or need none. */
    @Test
    public void deviceMemoryDoesNotGoWhereItCannotBeTold() {
        platform.remove("virtio");
        platform.add(withoutMmio(new VirtioBackend("1.0")));
        for (String from : List.of("smmuv3", "vtd", "amdvi", "zpci")) {
            Machine machine = platform.open(from + ",ram=64M,tables=16M");
            AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
            space.attach(Platform.NIC, TranslationRequest.NO_PASID);
            space.map(WINDOW, 0, PAGE, Permissions.READ_WRITE);
            AddressRange bar = AddressRange.ofSize(WINDOW + PAGE, PAGE);
            space.map(bar.start(), PAGE, PAGE, Permissions.READ_WRITE | Permissions.MMIO);
            for (String to : Platform.TRANSLATING) {
                List<Refusal> found = to.equals(from) ? List.of() : platform.swaps.probe(machine, "0", to);
                assertEquals(from + " to " + to + ": " + found, to.equals("virtio") ? List.of(Rule.MEMORY_TYPE) : List.of(),
                        found.stream().map(Refusal::rule).toList());
                found.forEach(r -> assertEquals(bar, r.range()));
            }
            space.unmap(bar.start(), PAGE);
            assertEquals(SwapState.ACTIVE, platform.swaps.swap(machine, "0", "virtio", SwapOptions.DEFAULT, Progress.NONE).state());
            assertEquals(Rule.MEMORY_TYPE, assertThrows(RefusedException.class,
                    () -> space.map(bar.start(), PAGE, PAGE, Permissions.READ_WRITE | Permissions.MMIO)).rule());
        }
    }

    private static Backend withoutMmio(Backend virtio) {
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (self, method, args) -> {
            Object answer = method.invoke(virtio, args);
            return method.getName().equals("powerOn") ? ((Optional<?>) answer).map(p -> withoutMmio((PowerOn) p)) : answer;
        });
    }

    private static PowerOn withoutMmio(PowerOn fresh) {
        Attributes all = fresh.unit().attributes();
        Map<String, Object> changed = new HashMap<>();
        all.keys().forEach(key -> changed.put(key, all.raw(key)));
        changed.put("features", Hex.of(all.number("features").orElseThrow() & ~MMIO_FEATURE));
        UnitDescription unit = fresh.unit();
        return new PowerOn(new UnitDescription(unit.name(), unit.type(), unit.registerBase(), new Attributes(changed)), fresh.registers());
    }

    private Set<Rule> check(String from, String to) {
        Machine machine = platform.open(from + ",ram=64M,tables=16M");
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        Capabilities own = platform.spaces.capabilities(machine, Platform.NIC);
        Machine others = platform.open(to + ",ram=64M,tables=16M");
        Capabilities other = platform.spaces.capabilities(others, Platform.NIC);
        Set<Rule> expected = EnumSet.noneOf(Rule.class);
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        if (own.pasidBits() > 0) {
            AddressSpace process = platform.spaces.create(machine, SpaceOptions.named("p"));
            process.attach(Platform.ENGINE, PASID);
            add(expected, Rule.PASID, PASID >>> other.pasidBits() != 0);
        }
        if (own.features().contains(Feature.DIRTY_TRACKING)) {
            space.trackDirty(true);
            add(expected, Rule.DIRTY_TRACKING, !other.features().contains(Feature.DIRTY_TRACKING));
        }
        if (hasIsolatedVector(machine)) {
            add(expected, Rule.ISOLATION, !isolatesOn(machine, to));
        }
        SwapReport report = platform.swaps.swap(machine, "0", to, new SwapOptions(0, false, true), Progress.NONE);
        Set<Rule> found = report.refusals().stream().map(Refusal::rule).collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
        assertEquals(from + " to " + to + ": " + report.refusals(), expected, found);
        assertEquals(expected.isEmpty() ? SwapState.PROBING : SwapState.REFUSED, report.state());
        report.refusals().forEach(r -> assertFalse(r.toString(), r.text().isBlank() || r.waysOut().isEmpty()));
        assertEquals(from, machine.units().get(0).backend());
        return found;
    }

    private static void add(Set<Rule> rules, Rule rule, boolean broken) {
        if (broken) {
            rules.add(rule);
        }
    }

    /** Whether the NIC got a vector of which its unit vouches that nobody else can raise it. */
    private boolean hasIsolatedVector(Machine machine) {
        try {
            platform.interrupts.enable(machine, Platform.NIC, 1, false, new Silent());
            return true;
        } catch (RefusedException e) {
            assertEquals(Rule.ISOLATION, e.rule());
            return false;
        }
    }

    /** By hand: the same question to a machine like the first in which nothing but the other backend ever served. */
    private boolean isolatesOn(Machine machine, String to) {
        Machine like = platform.machines.open(machine.origin(), "like" + to, false, Progress.NONE);
        try {
            SwapReport moved = platform.swaps.swap(like, "0", to, SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(moved.text(), SwapState.ACTIVE, moved.state());
            AddressSpace space = platform.spaces.create(like, SpaceOptions.named("s"));
            space.attach(Platform.NIC, TranslationRequest.NO_PASID);
            MessageRouting routing = platform.spaces.capabilities(like, Platform.NIC).messages();
            boolean isolated = hasIsolatedVector(like);
            assertTrue(routing.toString(), isolated || !routing.isolated());
            return isolated;
        } finally {
            platform.machines.close(like.name());
        }
    }

    private static final class Silent implements Listener {
        @Override
        public void interrupt(int index) {
            throw new IllegalStateException("nobody raises " + index);
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            // No device is behind it.
        }
    }
}
