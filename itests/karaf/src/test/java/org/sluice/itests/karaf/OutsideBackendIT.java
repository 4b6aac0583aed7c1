// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.sluice.api.BackendService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.SwapService;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machine.DeviceId;

/**
 * The backend that itests/archetype has generated and built outside of this repository, dropped into the product as a jar and as a Karaf archive. It
 * blocks every requester after its start and has no tables, so that is what DMA through it must show.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class OutsideBackendIT extends ProductTest {
    private static final String BUNDLE = "com.example.iommu.dart";
    private static final String BACKEND = "dart";
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final long BASE = 0x1_0000_0000L;
    private static final byte[] PAYLOAD = {1, 2, 3, 4};

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

    private Undisturbed platform;
    private Path dropped;
    private Machine machine;
    private AddressSpace space;
    private long ram;

    @Before
    public void open() {
        platform = new Undisturbed(context);
        machine = machines.open("synthetic:vtd", "outside", false, Progress.NONE);
        space = spaces.create(machine, SpaceOptions.named("s"));
        ram = machine.memory().ram().get(0).start();
    }

    @After
    public void cleanUp() throws Exception {
        platform.close();
        machines.close(machine.name());
        if (dropped != null && Files.deleteIfExists(dropped)) {
            await(() -> bundle(BUNDLE), b -> b == null);
        }
    }

    /** How long it took until the backend was there. */
    private long drop(String type) throws Exception {
        Path made = Path.of(System.getProperty("sluice.outside") + "." + type);
        assertTrue(made + " is made by itests/archetype", Files.exists(made));
        long start = System.nanoTime();
        dropped = VendorJar.drop(made, "dart." + type);
        assertTrue(await(this::isThere, there -> there));
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private void take() throws Exception {
        Files.delete(dropped);
        assertEquals(null, await(() -> bundle(BUNDLE), b -> b == null));
        assertEquals("still listed", false, await(this::isThere, there -> !there));
    }

    private boolean isThere() {
        return backends.list().stream().anyMatch(b -> b.name().equals(BACKEND) && b.version().equals("1.0.0"));
    }

    private SwapReport swap(String to) {
        return swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE);
    }

    private String state() {
        return machine.units().get(0).status().state();
    }

    private byte[] memory() {
        byte[] bytes = new byte[PAYLOAD.length];
        machine.memory().window(ram).get(ram, bytes, 0, bytes.length);
        return bytes;
    }

    private void assertDmaArrives() {
        DmaPort port = dma.port(machine, NIC, TranslationRequest.NO_PASID);
        assertEquals(DmaPort.OK, port.write(BASE, new byte[PAYLOAD.length], 0, PAYLOAD.length));
        assertEquals(DmaPort.OK, port.write(BASE, PAYLOAD, 0, PAYLOAD.length));
        assertArrayEquals(PAYLOAD, memory());
    }

    private void assertNothingPasses() {
        byte[] before = memory();
        byte[] other = {9, 9, 9, 9};
        DmaPort port = dma.port(machine, NIC, TranslationRequest.NO_PASID);
        for (long iova : new long[] {BASE, ram, 0}) {
            assertNotEquals(DmaPort.OK, port.write(iova, other, 0, other.length));
            assertTrue(port.translate(iova, Permissions.READ) < 0);
        }
        assertArrayEquals(before, memory());
    }

    @Test
    public void generatedJarBecomesABackendThatServes() throws Exception {
        System.out.println("deploy: generated backend's jar available after " + drop("jar") + " ms");
        assertTrue(run("iommu:backend-list --json").contains("\"backend\":\"dart\",\"vendor\""));
        space.attach(NIC, TranslationRequest.NO_PASID);
        space.map(BASE, ram, 4096, Permissions.READ_WRITE);
        assertDmaArrives();
        SwapReport refused = swap(BACKEND);
        assertEquals(refused.text(), SwapState.REFUSED, refused.state());
        assertTrue(refused.refusals().toString(), refused.refusals().stream().anyMatch(r -> r.rule() == Refusal.Rule.NO_TABLES
                && r.range().contains(BASE) && r.waysOut().contains("use a backend that translates")));
        assertDmaArrives();

        space.detach(NIC, TranslationRequest.NO_PASID);
        assertEquals(SwapState.ACTIVE, swap("dart@1.0.0").state());
        assertNothingPasses();
        assertTrue(run("iommu:backend-list --json").lines().anyMatch(l -> l.contains("\"dart\"") && l.contains("SERVING")));
        assertEquals(SwapState.ACTIVE, swap("vtd").state());
        space.attach(NIC, TranslationRequest.NO_PASID);
        assertDmaArrives();
        take();
        assertEquals(List.of(), platform.events());
    }

    @Test
    public void archiveComesAndGoesLikeAJar() throws Exception {
        System.out.println("deploy: generated backend's kar available after " + drop("kar") + " ms");
        assertEquals(SwapState.ACTIVE, swap(BACKEND).state());
        assertNothingPasses();
        take();
        assertEquals(SwapState.ABSENT.name(), state());
        assertNothingPasses();
        drop("kar");
        assertEquals(SwapState.ACTIVE.name(), await(this::state, SwapState.ACTIVE.name()::equals));
        assertEquals(BACKEND, machine.units().get(0).backend());
        assertEquals(SwapState.ACTIVE, swap("vtd").state());
        take();
        assertEquals(List.of(), platform.events());
    }
}
