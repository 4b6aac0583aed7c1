// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Access;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService.Forgery;
import org.sluice.api.space.SpaceOptions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MemoryWindow;
import org.sluice.testkit.Seed;

/** MSI-02 and MSI-03: what becomes of DMA that meets a doorbell, under each backend, with RAM on both sides of it and, on x86, below it. */
@RunWith(Parameterized.class)
public class DoorbellTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final int PAGE = 4096;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final Raised raised = new Raised();
    private Machine machine;
    private AddressSpace space;
    private DmaPort nic;
    private InterruptMessage message;
    private AddressRange ram;
    private byte[] before;

    @Before
    public void open() {
        // x86 machines of 4080 MiB have RAM where the window lies: only what hides it keeps DMA away.
        machine = platform.open(backend + (isWindow() ? ",ram=4080M" : ",ram=16M"));
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        nic = platform.port(machine, Platform.NIC);
        message = platform.interrupts.enable(machine, Platform.NIC, 2, true, raised).get(1);
        AddressRange all = machine.memory().ram().get(0);
        ram = isWindow() ? new AddressRange(0xfedf_0000L, 0xfeff_ffffL & all.last()) : all;
        long at = space.usable().stream().filter(r -> r.size() == 0 || Long.compareUnsigned(r.size(), ram.size()) >= 0).findFirst().orElseThrow().start();
        space.map(at, ram.start(), PAGE, READ_WRITE);
        Random random = Seed.random();
        byte[] noise = new byte[(int) ram.size()];
        random.nextBytes(noise);
        for (int i = 0; i < noise.length; i++) {
            noise[i] = noise[i] == (byte) 0xff ? 0 : noise[i];
        }
        copy(noise, true);
        before = noise;
    }

    private boolean isWindow() {
        return List.of("vtd", "amdvi", "virtio").contains(backend);
    }

    @After
    public void close() {
        platform.close();
    }

    private void copy(byte[] bytes, boolean write) {
        for (int at = 0; at < bytes.length; at += PAGE) {
            MemoryWindow window = machine.memory().window(ram.start() + at);
            if (write) {
                window.put(ram.start() + at, bytes, at, PAGE);
            } else {
                window.get(ram.start() + at, bytes, at, PAGE);
            }
        }
    }

    private void assertRamIsAsBefore() {
        byte[] now = new byte[before.length];
        copy(now, false);
        assertTrue("a byte of RAM changed at offset " + Arrays.mismatch(before, now), Arrays.equals(before, now));
    }

    @Test
    public void msi02ReadsReturnMarkedBytesAndNeverRam() {
        byte[] marked = new byte[64];
        Arrays.fill(marked, (byte) 0xff);
        for (long at : new long[] {message.address(), message.address() & -PAGE, (message.address() & -PAGE) + PAGE - 64}) {
            byte[] into = new byte[64];
            assertTrue(nic.read(at, into, 0, into.length) != DmaPort.OK);
            assertTrue(Arrays.toString(into), Arrays.equals(marked, into));
        }
        assertRamIsAsBefore();
        assertEquals(0, raised.get());
    }

    @Test
    public void msi02WritesNeverReachRam() {
        byte[] data = new byte[64];
        for (long at : new long[] {message.address(), message.address() & -PAGE, message.address() + 2, (message.address() & -PAGE) + PAGE - 64}) {
            int result = nic.write(at, data, 0, data.length);
            assertTrue("result " + result, result != DmaPort.OK && result != DmaPort.INTERRUPT);
        }
        assertTrue(nic.write(message.address() + 2, data, 0, Integer.BYTES) != DmaPort.OK);
        assertRamIsAsBefore();
        assertEquals(0, raised.get());
        assertEquals(List.of(), platform.interrupts.forgeries(machine));
    }

    @Test
    public void msi02DataThatLooksLikeAMessageForgesAnInterruptThatIsCounted() {
        byte[] data = new byte[Integer.BYTES];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (message.data() >>> Byte.SIZE * i);
        }
        for (int i = 0; i < 3; i++) {
            assertEquals(DmaPort.INTERRUPT, nic.write(message.address(), data, 0, data.length));
        }
        assertEquals(3, raised.get());
        assertEquals(List.of(new Forgery(Platform.NIC, 3, message.address(), message.data())), platform.interrupts.forgeries(machine));
        assertEquals(DmaPort.INTERRUPT, nic.message(message.address(), message.data()));
        assertEquals("a message is no forgery", 3, platform.interrupts.forgeries(machine).get(0).count());
        assertRamIsAsBefore();
    }

    @Test
    public void msi03ATranslationOfTheDoorbellTellsTheModel() {
        TranslationReport report = walk();
        String expected = isWindow() ? "message model: window 0xfee00000-0xfeefffff matched before translation"
                : backend.equals("zpci") ? "message model: own path" : "message model: translated like any write; this mapping grants raising interrupts";
        assertTrue(report.reason(), report.reason().contains(expected));
    }

    /** Nothing else is in front of the doorbell: without its mapping the message is a write that faults. */
    @Test
    public void msi03WithoutItsMappingADoorbellThatIsTranslatedFaults() {
        platform.interrupts.disable(machine, Platform.NIC);
        int result = nic.message(message.address(), message.data());
        assertEquals(0, raised.get());
        if (backend.equals("smmuv3")) {
            assertEquals("F_TRANSLATION is event 0x10", -1 - 0x10, result);
            TranslationReport report = walk();
            assertEquals(Result.FAULT, report.result());
            assertEquals("F_TRANSLATION", report.fault().name());
            assertTrue(report.reason(), report.reason().contains("no doorbell is mapped here: a message faults"));
        }
        assertRamIsAsBefore();
    }

    private TranslationReport walk() {
        return platform.inspect.translate(machine, new TranslationRequest(Platform.NIC, NO_PASID, message.address(), Access.WRITE), false);
    }
}
