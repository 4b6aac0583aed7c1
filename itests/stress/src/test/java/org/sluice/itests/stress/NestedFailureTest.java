// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.function.Function;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.NestedDomain;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.Backend;
import org.sluice.testkit.nesting.UserTables;

/**
 * A driver that fails at its n-th call, for every n of a device's way from a plain space over a parent's tables and back: an answer refuses the step
 * and leaves the device where it was, anything else blocks the unit.
 */
@RunWith(Parameterized.class)
public class NestedFailureTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = UserTables.PAGE;
    private static final long USER = 0x10_0000_0000L;
    private static final long IOVA = 0x1234_5000L;
    private static final int MOST_STEPS = 200;
    private static final int STEPS = 5;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return UserTables.BACKENDS;
    }

    @Parameter
    public String backend;

    private FailingBackend failing;
    private AddressSpace plain;
    private AddressSpace parent;
    private NestedDomain first;
    private NestedDomain second;
    private DmaPort nic;
    private long ram;

    @Test
    public void anAnswerLeavesTheDeviceWhereItWas() {
        assertTrue(everyCallFails(method -> new IommuException(Reason.LIMIT, "no " + method), false) > STEPS);
    }

    @Test
    public void aDriverThatBreaksIsBlocked() {
        assertTrue(everyCallFails(FailingBackend.Broken::new, true) > STEPS);
    }

    private int everyCallFails(Function<String, Throwable> cause, boolean blocks) {
        int n = 1;
        while (!passes(n, cause, blocks) && n < MOST_STEPS) {
            n++;
        }
        return n;
    }

    /** Whether the call was beyond the last. */
    private boolean passes(int n, Function<String, Throwable> cause, boolean blocks) {
        try (Platform platform = new Platform(null, List.of())) {
            open(platform);
            failing.breakWith(cause);
            failing.breakAt(n);
            long at = ram;
            for (int step = 0; step < STEPS; step++) {
                long old = at;
                try {
                    at = step(step);
                } catch (IommuException refused) {
                    assertTrue("call " + n, failing.hasBroken());
                    failing.breakAt(Long.MAX_VALUE);
                    long now = nic.translate(IOVA, READ);
                    assertEquals("call " + n + ", step " + step, blocks, now < 0);
                    assertTrue("call " + n + ", step " + step + " translated to " + Long.toHexString(now), blocks || now == old);
                    return false;
                }
                if (!failing.hasBroken()) {
                    assertEquals("step " + step, at, nic.translate(IOVA, READ));
                }
            }
            return !failing.hasBroken();
        }
    }

    private void open(Platform platform) {
        Backend real = Platform.all().stream().filter(b -> b.info().name().equals(backend)).findFirst().orElseThrow();
        failing = new FailingBackend(real);
        platform.add(failing.backend());
        Machine machine = platform.open(backend);
        ram = machine.memory().ram().get(0).start() + (32 << 20);
        plain = platform.spaces.create(machine, SpaceOptions.named("plain"));
        plain.map(IOVA, ram, PAGE, READ_WRITE);
        plain.attach(Platform.NIC, NO_PASID);
        parent = platform.spaces.create(machine, SpaceOptions.parent("parent"));
        parent.map(USER, ram, 16 << 20, READ_WRITE);
        parent.map(IOVA & -(1L << 20), ram + (16 << 20), 1 << 20, READ_WRITE);
        UserTables one = UserTables.of(backend, machine.memory(), address -> address - USER + ram, USER + (8 << 20));
        one.map(IOVA, USER + PAGE, true);
        UserTables two = UserTables.of(backend, machine.memory(), address -> address - USER + ram, one.end());
        two.map(IOVA, USER + 2 * PAGE, true);
        first = parent.nest(Platform.NIC, one.anchor());
        second = parent.nest(Platform.NIC, two.anchor());
        nic = platform.port(machine, Platform.NIC);
    }

    /** Where {@link #IOVA} leads after that step. */
    private long step(int step) {
        switch (step) {
            case 0 -> first.attach(Platform.NIC, NO_PASID);
            case 1 -> second.attach(Platform.NIC, NO_PASID);
            case 2 -> parent.attach(Platform.NIC, NO_PASID);
            case 3 -> first.attach(Platform.NIC, NO_PASID);
            default -> plain.attach(Platform.NIC, NO_PASID);
        }
        return switch (step) {
            case 0, 3 -> ram + PAGE;
            case 1 -> ram + 2 * PAGE;
            case 2 -> ram + (16 << 20) + (IOVA & (1 << 20) - 1);
            default -> ram;
        };
    }
}
