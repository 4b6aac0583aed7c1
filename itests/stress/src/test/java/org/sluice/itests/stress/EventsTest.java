// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.event.Event;
import org.sluice.api.event.EventSink;
import org.sluice.api.event.Topics;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.core.event.Events;
import org.sluice.core.registry.ForeignCode;
import org.sluice.core.pluck.Plucks;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;

/** What the platform tells: each change of state once, storms together, and nothing of maps and accesses. */
public class EventsTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    private final Platform platform = new Platform();
    private final Events events = new Events(platform.machines);
    private final List<Event> told = new CopyOnWriteArrayList<>();

    @After
    public void close() {
        events.stop();
        platform.close();
    }

    private Event await(String topic, Predicate<Map<String, Object>> which) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (true) {
            for (Event event : told) {
                if (event.topic().equals(topic) && which.test(event.properties())) {
                    assertTrue("timestamp", event.properties().get("timestamp") instanceof Long);
                    return event;
                }
            }
            assertTrue(topic + " is not among " + told, System.nanoTime() < end);
            Thread.onSpinWait();
        }
    }

    private Event await(String topic) {
        return await(topic, properties -> true);
    }

    private static void assertProperties(Event event, Object... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            assertEquals(event + " " + pairs[i], pairs[i + 1], event.properties().get(pairs[i]));
        }
    }

    @Test
    public void everyChangeOfStateIsToldOnce() {
        events.bind(told::add);
        Machine machine = platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE);
        assertProperties(await(Topics.MACHINE_OPENED), "machine", "lab", "origin", "synthetic:vtd", "units", 1);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        assertProperties(await(Topics.SPACE_CREATED), "machine", "lab", "space", "s", "durable", false, "restored", false);
        space.attach(Platform.NIC, NO_PASID);
        assertProperties(await(Topics.UNIT_CHANGED), "unit", machine.units().get(0).name(), "backend", "vtd", "state", "ACTIVE");
        assertProperties(await(Topics.DEVICE_ATTACHED), "space", "s", "device", Platform.NIC.toString(), "pasid", null);
        long ram = machine.memory().ram().get(0).start();
        space.map(BASE, ram, 16 * PAGE, READ_WRITE);
        Plucks plucks = new Plucks(platform.registry);
        AddressRange pages = AddressRange.ofSize(BASE + PAGE, PAGE);
        plucks.adopt(space, pages);
        assertProperties(await(Topics.PLUCKED), "space", "s", "start", "0x100001000", "last", "0x100001fff", "guest", "adopted", "bytes", PAGE);
        plucks.giveBack(space, pages);
        assertProperties(await(Topics.RETURNED), "space", "s", "start", "0x100001000");
        platform.swaps.swap(machine, "0", "amdvi", SwapOptions.DEFAULT, Progress.NONE);
        assertProperties(await(Topics.SWAP_ENDED), "from", "vtd", "to", "amdvi", "state", "ACTIVE", "mappings", 3L);
        await(Topics.UNIT_CHANGED, p -> p.get("backend").equals("amdvi"));
        space.detach(Platform.NIC, NO_PASID);
        assertProperties(await(Topics.DEVICE_DETACHED), "space", "s", "device", Platform.NIC.toString());
        platform.spaces.destroy(space);
        assertProperties(await(Topics.SPACE_DESTROYED), "space", "s");
        platform.machines.close("lab");
        assertProperties(await(Topics.MACHINE_CLOSED), "machine", "lab");
        events.stop();
        for (String topic : Topics.ALL) {
            long expected = topic.equals(Topics.UNIT_CHANGED) ? 2 : topic.equals(Topics.REFUSED) || topic.equals(Topics.FAULT) ? 0 : 1;
            assertEquals(topic + " of " + told, expected, told.stream().filter(e -> e.topic().equals(topic)).count());
        }
    }

    /** Thousands of refusals and faults are a few events that count them; what is told alone is not lost among them. */
    @Test
    public void stormsAreToldTogetherAndCounted() {
        events.bind(told::add);
        Machine machine = platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        DmaPort nic = platform.port(machine, Platform.NIC);
        long from = System.nanoTime();
        long faults = 0;
        for (int i = 0; i < 5000; i++) {
            assertThrows(RefusedException.class, () -> space.unmap(BASE, PAGE));
            assertTrue(nic.write(BASE + PAGE, new byte[8], 0, 8) < 0);
            if (i % 50 == 0) {
                platform.drain(machine);
            }
        }
        platform.drain(machine);
        faults = OpenMachine.of(machine).faults().next();
        long turns = (System.nanoTime() - from) / 50_000_000 + 2;
        platform.machines.close("lab");
        await(Topics.MACHINE_CLOSED);
        events.stop();
        assertEquals(5000, count(Topics.REFUSED));
        assertEquals(faults, count(Topics.FAULT));
        assertTrue("faults", faults > 0);
        long many = told.stream().filter(e -> e.topic().equals(Topics.REFUSED) || e.topic().equals(Topics.FAULT)).count();
        assertTrue(many + " events in " + turns + " turns", many <= 2 * turns);
        Event refused = await(Topics.REFUSED);
        assertProperties(refused, "space", "s", "rule", "NOT_FOUND");
        assertTrue(refused.toString(), refused.properties().get("text").toString().contains("nothing is mapped"));
        Event fault = await(Topics.FAULT);
        assertProperties(fault, "device", Platform.NIC.toString(), "iova", "0x100001000", "unit", "dmar0");
        assertFalse(fault.properties().get("fault").toString().isEmpty());
    }

    private long count(String topic) {
        return told.stream().filter(e -> e.topic().equals(topic)).mapToLong(e -> (long) e.properties().get("count")).sum();
    }

    /** Who does not come along loses events, and is told how many; nobody waits for him, and one that throws harms no other. */
    @Test
    public void aSlowSinkHoldsNobodyUp() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        EventSink broken = event -> {
            throw new IllegalStateException("a sink that throws");
        };
        EventSink gone = event -> {
            throw new NoClassDefFoundError("a class of a bundle that was taken away");
        };
        Logger log = Logger.getLogger(ForeignCode.class.getName());
        log.setLevel(Level.OFF);
        events.bind(broken);
        events.bind(gone);
        events.bind(event -> {
            entered.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            told.add(event);
        });
        Machine machine = platform.machines.open("synthetic:none", "lab", false, Progress.NONE);
        assertTrue("a sink that throws keeps others from hearing", entered.await(DEADLINE_NANOS, TimeUnit.NANOSECONDS));
        for (int i = 0; i < 1500; i++) {
            AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
            platform.spaces.destroy(space);
        }
        go.countDown();
        await(Topics.SPACE_CREATED);
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (told.size() < 1000 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        long lost = told.stream().mapToLong(e -> (long) e.properties().getOrDefault("lost", 0L)).sum();
        assertTrue("lost " + lost + " of 3000, told " + told.size(), lost >= 1000 && lost + told.size() <= 3001);
        log.setLevel(null);
        platform.machines.close("lab");
    }
}
