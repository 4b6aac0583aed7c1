// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.counters.Counters;

/** Monitoring reads the counters by open types, without any class of ours. */
public class CountersTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;

    private final Platform platform = new Platform();
    private final AtomicLong clock = new AtomicLong();
    private final Counters counters = new Counters(platform.machines, platform.registry, platform.interrupts, clock::get);
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private boolean stopped;

    @After
    public void close() {
        platform.close();
        if (!stopped) {
            counters.stop();
        }
    }

    private CompositeData only(String attribute) throws Exception {
        CompositeData[] all = (CompositeData[]) server.getAttribute(new ObjectName(Counters.NAME), attribute);
        assertEquals(attribute, 1, all.length);
        return all[0];
    }

    @Test
    public void countersAndChurnAreReadByOpenTypes() throws Exception {
        Machine machine = platform.open("vtd");
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        assertEquals(0L, only("Spaces").get("maps"));
        for (int i = 0; i < 30; i++) {
            space.map(BASE + i * PAGE, i * PAGE, PAGE, READ_WRITE);
        }
        for (int i = 0; i < 10; i++) {
            space.unmap(BASE + i * PAGE, PAGE);
        }
        clock.addAndGet(999_999_999L);
        assertEquals("a shorter time tells nothing", 0.0, only("Spaces").get("mapsPerSecond"));
        clock.addAndGet(1_000_000_001L);
        CompositeData now = only("Spaces");
        assertEquals("s", now.get("space"));
        assertEquals(30L, now.get("maps"));
        assertEquals(10L, now.get("unmaps"));
        assertEquals(10L, now.get("invalidations"));
        assertEquals(20 * PAGE, now.get("pinnedBytes"));
        assertEquals(30 * PAGE, now.get("pinnedPeak"));
        assertEquals(-1L, now.get("pinnedLimit"));
        assertTrue((long) now.get("tableBytes") >= 3 * PAGE);
        assertEquals(20L, now.get("mappings"));
        assertEquals(15.0, (double) now.get("mapsPerSecond"), 1e-9);
        assertEquals(5.0, (double) now.get("unmapsPerSecond"), 1e-9);
        clock.addAndGet(2_000_000_000L);
        assertEquals("nothing happened since", 0.0, only("Spaces").get("mapsPerSecond"));
    }

    @Test
    public void faultsAndInterruptsAreCounted() throws Exception {
        Machine machine = platform.open("vtd");
        platform.spaces.create(machine, SpaceOptions.named("s")).attach(Platform.NIC, TranslationRequest.NO_PASID);
        DmaPort nic = platform.port(machine, Platform.NIC);
        assertTrue(nic.write(BASE, new byte[8], 0, 8) < 0);
        Raised raised = new Raised();
        InterruptMessage message = platform.interrupts.enable(machine, Platform.NIC, 3, true, raised).get(0);
        nic.message(message.address(), message.data());
        byte[] data = {(byte) message.data(), (byte) (message.data() >> 8), (byte) (message.data() >> 16), (byte) (message.data() >> 24)};
        nic.write(message.address(), data, 0, data.length);
        platform.drain(machine);
        CompositeData unit = only("Units");
        assertEquals("vtd", unit.get("backend"));
        assertEquals("ACTIVE", unit.get("state"));
        assertEquals(1L, unit.get("faults"));
        CompositeData device = only("Interrupts");
        assertEquals(Platform.NIC.toString(), device.get("device"));
        assertEquals(3, device.get("vectors"));
        assertEquals(2L, device.get("delivered"));
        assertEquals(2L, raised.get());
        assertEquals(1L, device.get("forged"));
    }

    @Test
    public void theBeanGoesWithItsComponent() throws Exception {
        assertTrue(server.isRegistered(new ObjectName(Counters.NAME)));
        counters.stop();
        stopped = true;
        assertFalse(server.isRegistered(new ObjectName(Counters.NAME)));
    }
}
