// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.lang.ref.WeakReference;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TestName;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;
import org.sluice.api.BackendService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.SwapService;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/** A vendor's bundle comes, is updated and leaves while a device of its unit does DMA; every payload is checked. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class HotDeployIT extends ProductTest {
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final DeviceId ENGINE = DeviceId.parse("0000:00:04.0");
    private static final int PAGES = 50_000;
    private static final long BASE = 0x1_0000_0000L;
    private static final int ROUNDS = 20;
    private static final int SWITCH_ROUNDS = 3;
    private static final SwapOptions PATIENT = new SwapOptions(60_000, false, false);

    @Inject
    private BackendService backends;
    @Inject
    private MachineService machines;
    @Inject
    private SpaceService spaces;
    @Inject
    private SwapService swaps;
    @Inject
    private DmaService dma;
    @Inject
    private InterruptService interrupts;
    @Inject
    private TrafficService traffic;

    private Undisturbed platform;
    @Rule
    public final TestName test = new TestName();
    private Path dropped;
    private Machine machine;

    @Before
    public void takeShippedVendorAway() throws Exception {
        platform = new Undisturbed(context);
        Bundle shipped = bundle(VendorJar.BUNDLE);
        if (shipped != null) {
            shipped.uninstall();
        }
    }

    @After
    public void cleanUp() throws Exception {
        platform.close();
        if (machine != null) {
            machines.close(machine.name());
        }
        if (dropped != null && Files.deleteIfExists(dropped)) {
            await(() -> bundle(VendorJar.BUNDLE), b -> b == null);
        }
        Bundle left = bundle(VendorJar.BUNDLE);
        if (left != null) {
            left.uninstall();
        }
    }

    /** A file of the test's own: the watcher may not have seen yet that an earlier test's is gone, and would update a bundle that is no more. */
    private String jarName() {
        return test.getMethodName() + ".jar";
    }

    private void drop(String version) throws Exception {
        dropped = VendorJar.drop(VendorJar.version(version), jarName());
        assertEquals(version, await(this::version, version::equals));
    }

    private String version() {
        return backends.list().stream().filter(b -> b.name().equals("vtd")).map(b -> b.version()).findFirst().orElse("");
    }

    private void take() throws Exception {
        Files.delete(dropped);
        assertEquals(null, await(() -> bundle(VendorJar.BUNDLE), b -> b == null));
    }

    private void open() throws Exception {
        machine = await(this::tryOpen, m -> m != null);
    }

    /** Null while the source of made-up machines has not heard of the backend: it is told by itself, a moment before or after the registry. */
    private Machine tryOpen() {
        try {
            return machines.open("synthetic:vtd", test.getMethodName(), false, Progress.NONE);
        } catch (IommuException e) {
            if (e.reason() != IommuException.Reason.NOT_FOUND) {
                throw e;
            }
            return null;
        }
    }

    private String state() {
        return machine.units().get(0).status().state();
    }

    private Traffic now(DeviceId device) {
        return traffic.list().stream().filter(t -> t.machine().equals(machine.name()) && t.device().equals(device)).findFirst().orElseThrow();
    }

    private void assertGoesOn(DeviceId device) throws Exception {
        long before = now(device).operations();
        Traffic later = await(() -> now(device), t -> t.operations() > before + 10);
        assertTrue(later.toString(), later.operations() > before + 10 && later.running());
    }

    private void assertRight(Traffic end) {
        assertEquals(end.toString(), 0, end.wrong());
        assertEquals(end.toString(), 0, end.faults());
        assertEquals(end.toString(), "", end.failure());
    }

    @Test
    public void droppedVendorIsThereInTwoSecondsAndWhenItLeavesDmaIsBlockedUntilItIsBack() throws Exception {
        Path jar = VendorJar.version("0.1.1");
        long start = System.nanoTime();
        dropped = VendorJar.drop(jar, jarName());
        assertEquals("0.1.1", await(this::version, "0.1.1"::equals));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        System.out.println("deploy: available after " + millis + " ms");
        assertTrue(millis + " ms", millis < 2000);

        open();
        AddressSpace space = spaces.create(machine, SpaceOptions.named("s"));
        space.attach(NIC, TranslationRequest.NO_PASID);
        traffic.start(machine, ENGINE, 0);
        assertGoesOn(ENGINE);
        take();
        assertEquals(SwapState.ABSENT.name(), state());
        assertEquals(DmaPort.NO_TRANSLATION, dma.port(machine, NIC, TranslationRequest.NO_PASID).translate(BASE, Permissions.READ));
        Traffic blocked = await(() -> now(ENGINE), t -> t.blocked() > 0);
        assertTrue(blocked.toString(), blocked.blocked() > 0 && blocked.running());
        long ram = machine.memory().ram().get(0).start();
        space.map(BASE, ram, 4096, Permissions.READ_WRITE);

        drop("0.1.2");
        assertEquals(SwapState.ACTIVE.name(), await(this::state, SwapState.ACTIVE.name()::equals));
        assertEquals(ram + 5, dma.port(machine, NIC, TranslationRequest.NO_PASID).translate(BASE + 5, Permissions.READ));
        assertGoesOn(ENGINE);
        assertRight(traffic.stop(machine, ENGINE));
    }

    @Test
    public void updateInPlaceUnderDmaDisturbsNobodyElse() throws Exception {
        drop("0.1.1");
        open();
        traffic.start(machine, NIC, 0);
        traffic.start(machine, ENGINE, 0);
        assertGoesOn(NIC);
        assertGoesOn(ENGINE);
        long id = bundle(VendorJar.BUNDLE).getBundleId();
        drop("0.2.0");
        assertEquals("updated, not installed beside", id, bundle(VendorJar.BUNDLE).getBundleId());
        assertEquals(SwapState.ACTIVE.name(), await(this::state, SwapState.ACTIVE.name()::equals));
        assertGoesOn(NIC);
        assertGoesOn(ENGINE);
        assertRight(traffic.stop(machine, NIC));
        assertRight(traffic.stop(machine, ENGINE));
        assertEquals(List.of(), platform.events());
    }

    private void uninstall() {
        try {
            bundle(VendorJar.BUNDLE).uninstall();
        } catch (org.osgi.framework.BundleException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    public void vendorThatIsUninstalledWhileItIsFilledServesNobody() throws Exception {
        drop("0.1.1");
        machine = machines.open("synthetic:smmuv3", test.getMethodName(), false, Progress.NONE);
        AddressSpace space = spaces.create(machine, SpaceOptions.named("s"));
        space.attach(NIC, TranslationRequest.NO_PASID);
        long ram = machine.memory().ram().get(0).start();
        for (int i = 0; i < PAGES; i++) {
            space.map(BASE + 2L * i * 4096, ram + i % 1000 * 4096L, 4096, Permissions.READ_WRITE);
        }
        traffic.start(machine, ENGINE, 0);
        AtomicReference<Thread> remover = new AtomicReference<>();
        AtomicReference<String> seen = new AtomicReference<>();
        Progress atFirstSlice = (what, done, total) -> {
            if (remover.get() == null) {
                seen.set(state() + " " + done + " of " + total);
                remover.set(new Thread(this::uninstall));
                remover.get().start();
                // It is no longer listed once it is told to leave; the rest of its leaving needs the lock that this thread holds.
                while (!version().isEmpty()) {
                    Thread.onSpinWait();
                }
            }
        };
        SwapReport report = swaps.swap(machine, "0", "vtd", SwapOptions.DEFAULT, atFirstSlice);
        remover.get().join();
        assertTrue(seen.get(), seen.get().startsWith(SwapState.FILLING.name()) && !seen.get().contains(" 0 of") && !seen.get().contains(" " + PAGES + " of"));
        assertEquals(report.text(), SwapState.FAILED, report.state());
        assertTrue(report.text(), report.text().contains("vtd was taken away during the swap"));
        assertTrue(report.toString(), report.mappings() > 0 && report.mappings() < PAGES);
        assertEquals("smmuv3", machine.units().get(0).backend());
        for (int i = 0; i < PAGES; i++) {
            assertEquals(ram + i % 1000 * 4096L,
                    dma.port(machine, NIC, TranslationRequest.NO_PASID).translate(BASE + 2L * i * 4096, Permissions.READ));
        }
        assertGoesOn(ENGINE);
        assertRight(traffic.stop(machine, ENGINE));
    }

    /** A device in the middle of a message keeps the gate from closing: the swap is caught while it switches, every time. */
    @Test
    public void vendorThatIsUninstalledWhileItIsSwitchedToServesNobody() throws Exception {
        Path jar = VendorJar.version("0.1.1");
        machine = machines.open("synthetic:smmuv3", test.getMethodName(), false, Progress.NONE);
        spaces.create(machine, SpaceOptions.named("s")).attach(NIC, TranslationRequest.NO_PASID);
        HeldMessage message = new HeldMessage();
        interrupts.enable(machine, NIC, 1, true, message);
        traffic.start(machine, ENGINE, 0);
        assertGoesOn(ENGINE);
        for (int round = 0; round < SWITCH_ROUNDS; round++) {
            try (InputStream in = Files.newInputStream(jar)) {
                context.installBundle("test:" + round, in).start();
            }
            assertEquals("0.1.1", await(this::version, "0.1.1"::equals));
            message.hold();
            FutureTask<Integer> raised = inThread(() -> dma.port(machine, NIC, TranslationRequest.NO_PASID).raise(0));
            assertTrue(message.hasArrived());
            FutureTask<SwapReport> swap = new FutureTask<>(() -> swaps.swap(machine, "0", "vtd", PATIENT, Progress.NONE));
            Thread switcher = new Thread(swap);
            switcher.start();
            assertEquals(SwapState.SWITCHING.name(), await(this::state, SwapState.SWITCHING.name()::equals));
            // A backend that is taken away between that word and the gate ends the swap before it waits.
            assertEquals(Thread.State.TIMED_WAITING, await(switcher::getState, Thread.State.TIMED_WAITING::equals));
            FutureTask<Void> removal = inThread(() -> {
                uninstall();
                return null;
            });
            assertEquals("it is told to leave", "", await(this::version, String::isEmpty));
            assertEquals("and the switch still waits", SwapState.SWITCHING.name(), state());
            message.release();
            raised.get();
            swap.get();
            removal.get();
            assertTrue(state(), !"vtd".equals(machine.units().get(0).backend()));
            if (machine.units().get(0).backend() == null) {
                assertEquals(SwapState.ABSENT.name(), state());
                assertEquals(SwapState.ACTIVE, swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, Progress.NONE).state());
            }
            assertGoesOn(ENGINE);
        }
        assertRight(traffic.stop(machine, ENGINE));
    }

    private static <T> FutureTask<T> inThread(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        new Thread(task).start();
        return task;
    }

    @Test
    public void nothingIsLeftOfTwentyVersions() throws Exception {
        drop("0.1.0");
        open();
        AddressSpace space = spaces.create(machine, SpaceOptions.named("s"));
        space.attach(NIC, TranslationRequest.NO_PASID);
        long ram = machine.memory().ram().get(0).start();
        space.map(BASE, ram, 4096, Permissions.READ_WRITE);
        traffic.start(machine, ENGINE, 0);
        assertGoesOn(ENGINE);
        take();
        int threads = Thread.getAllStackTraces().size();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            drop("0.1." + round);
            assertEquals(SwapState.ACTIVE.name(), await(this::state, SwapState.ACTIVE.name()::equals));
            assertGoesOn(ENGINE);
            // This thread lives on after the backend has gone: whatever a model left in it would keep the class loader.
            assertEquals(ram, dma.port(machine, NIC, TranslationRequest.NO_PASID).translate(BASE, Permissions.READ));
            loaders.add(new WeakReference<>(bundle(VendorJar.BUNDLE).adapt(BundleWiring.class).getClassLoader()));
            take();
            assertEquals(SwapState.ABSENT.name(), state());
        }
        assertRight(traffic.stop(machine, ENGINE));
        long live = await(() -> {
            System.gc();
            return loaders.stream().filter(l -> l.get() != null).count();
        }, n -> n <= 1);
        assertTrue(live + " of " + ROUNDS + " class loaders are live", live <= 1);
        int left = await(() -> Thread.getAllStackTraces().size(), n -> n <= threads);
        assertTrue(left + " threads, and there were " + threads + ": " + Thread.getAllStackTraces().keySet(), left <= threads);
        assertEquals(List.of(), platform.events());
    }
}
