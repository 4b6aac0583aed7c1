// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;

import org.junit.Test;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapService;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Tab behind {@code unit-swap MACHINE UNIT}. */
public class BackendCompletionTest {
    /** All drivers but riscv, and vtd in two versions. */
    private static final BackendService SIX = () -> List.of(info("amdvi", "0.1.0"), info("none", "0.1.0"), info("smmuv3", "0.1.0"),
            info("virtio", "0.1.0"), info("zpci", "0.1.0"), info("vtd", "0.1.0"), info("vtd", "0.2.0"),
            new BackendInfo("riscv", "", "0.1.0", List.of(), List.of(BackendInfo.Half.INSPECTOR), List.of()));

    private static BackendInfo info(String name, String version) {
        return new BackendInfo(name, name, version, List.of(), List.of(BackendInfo.Half.values()), List.of());
    }

    /** A swap service that answers a probe and nothing else. */
    private static SwapService probing(BiFunction<String, String, List<Refusal>> answer) {
        return (SwapService) Proxy.newProxyInstance(SwapService.class.getClassLoader(), new Class<?>[] {SwapService.class}, (self, method, args) -> {
            if (method.getDeclaringClass() == Object.class) {
                return method.invoke(answer, args);
            }
            assertEquals("probe", method.getName());
            return answer.apply((String) args[1], (String) args[2]);
        });
    }

    private static List<String> completeSwap(SwapService swaps, String line) {
        try (TestShell shell = new TestShell(new StubServices(), SIX, swaps)) {
            return shell.complete(line);
        }
    }

    @Test
    public void onlyBackendsThatWouldFitAreOffered() {
        Refusal no = Refusal.of(Refusal.Rule.APERTURE, null, "outside", "use addresses inside");
        SwapService swaps = probing((unit, backend) -> {
            if (!unit.equals("dmar0") && !unit.equals("0")) {
                throw new IommuException(Reason.NOT_FOUND, "no unit " + unit);
            }
            return backend.equals("zpci") || backend.equals("vtd@0.1.0") ? List.of(no) : List.of();
        });
        List<String> fit = List.of("amdvi", "none", "smmuv3", "virtio", "vtd", "vtd@0.2.0");
        assertEquals(fit, completeSwap(swaps, "unit-swap lab dmar0 "));
        assertEquals(fit, completeSwap(swaps, "unit-swap lab 0 "));
        assertEquals(fit, completeSwap(swaps, "unit-swap lab --deadline 5 0 --dry-run "));
        assertEquals(List.of("vtd", "vtd@0.2.0"), completeSwap(swaps, "unit-swap lab 0 vt"));
        assertEquals(List.of(), completeSwap(swaps, "unit-swap lab 7 "));
    }

    @Test
    public void whileTheUnitIsSwappedAllAreOffered() {
        SwapService swaps = probing((unit, backend) -> {
            throw new RefusedException(Refusal.of(Refusal.Rule.BUSY, null, "is being swapped"));
        });
        assertEquals(8, completeSwap(swaps, "unit-swap lab 0 ").size());
    }

    @Test
    public void slowAnswersAreNotWaitedFor() {
        AtomicInteger asked = new AtomicInteger();
        SwapService swaps = probing((unit, backend) -> {
            asked.incrementAndGet();
            for (long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(400); System.nanoTime() - end < 0;) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
            return List.of(Refusal.of(Refusal.Rule.APERTURE, null, "outside"));
        });
        int offered = completeSwap(swaps, "unit-swap lab 0 ").size();
        assertTrue(asked + " were asked", asked.get() <= 1);
        assertEquals("all that were not asked", 8 - asked.get(), offered);
    }
}
