// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.TranslationRequest.NO_PASID;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Access;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.machine.DeviceId;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.machines.capture.CaptureWriter;
import org.sluice.testkit.Seed;

/** A capture of a driven machine answers as the machine did: whatever serves the unit now, and wherever its state is. */
@RunWith(Parameterized.class)
public class DrivenCaptureTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 400;
    private static final long BASE = 0x1_0000_0000L;

    /** What serves the unit when it is captured. */
    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private final Platform platform = new Platform();
    private final Random random = Seed.random();
    /** By page from BASE: where it leads, or 0. */
    private final long[] outputs = new long[PAGES];
    private final boolean[] writable = new boolean[PAGES];

    @Before
    public void bind() {
        platform.machines.bind(new CaptureSource());
    }

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void aMachineMadeForTheBackend() throws IOException {
        check(platform.open(backend + ",ram=16M,tables=32M"));
    }

    @Test
    public void aMachineWhoseUnitWasSwapped() throws IOException {
        Machine machine = platform.open((backend.equals("vtd") ? "amdvi" : "vtd") + ",ram=16M,tables=32M");
        platform.swaps.swap(machine, "0", backend, SwapOptions.DEFAULT, Progress.NONE);
        check(machine);
    }

    private void check(Machine machine) throws IOException {
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        long ram = machine.memory().ram().get(0).start();
        for (int page = 0; page < PAGES; page++) {
            if (random.nextInt(3) > 0) {
                outputs[page] = ram + 0x10_0000L + (long) random.nextInt(PAGES) * PAGE;
                // Not every format has write-only pages, so all are readable.
                writable[page] = random.nextBoolean();
                space.map(BASE + (long) page * PAGE, outputs[page], PAGE, writable[page] ? Permissions.READ_WRITE : Permissions.READ);
            }
        }
        space.attach(Platform.NIC, NO_PASID);
        // A fault that some units stop a device for, which is state, too.
        AddressSpace empty = platform.spaces.create(machine, SpaceOptions.named("empty"));
        empty.attach(Platform.ENGINE, NO_PASID);
        assertTrue(platform.port(machine, Platform.ENGINE).write(BASE, new byte[1], 0, 1) != DmaPort.OK);

        Path folder = temporary.getRoot().toPath().resolve("capture");
        new CaptureWriter(platform.inspect).write(machine, folder, Progress.NONE);
        Machine captured = platform.machines.open(folder.toString(), "captured", false, Progress.NONE);
        assertEquals(machine.units().get(0).type(), captured.units().get(0).type());
        assertEquals(backend, captured.units().get(0).backend());
        assertEquals(devices(machine), devices(captured));
        assertEquals(mappings(machine), mappings(captured));
        for (int page = 0; page < PAGES; page++) {
            long iova = BASE + (long) page * PAGE + random.nextInt(PAGE);
            checkPage(page, walk(captured, Platform.NIC, iova, Access.READ), true);
            checkPage(page, walk(captured, Platform.NIC, iova, Access.WRITE), writable[page]);
        }
        assertEquals(Result.FAULT, walk(captured, Platform.ENGINE, BASE, Access.READ).result());
        List<String> defects = new ArrayList<>();
        platform.inspect.verify(captured, null, Progress.NONE, defect -> defects.add(defect.toString()));
        assertEquals(List.of(), defects);
        platform.machines.close("captured");
    }

    private void checkPage(int page, TranslationReport report, boolean allowed) {
        String what = "page " + page + ": " + report;
        if (outputs[page] == 0 || !allowed) {
            assertEquals(what, Result.FAULT, report.result());
        } else {
            assertEquals(what, Result.MAPPED, report.result());
            assertEquals(what, outputs[page] + (report.request().iova() & PAGE - 1), (long) report.output());
        }
    }

    private TranslationReport walk(Machine machine, DeviceId device, long iova, Access access) {
        return platform.inspect.translate(machine, new TranslationRequest(device, NO_PASID, iova, access), false);
    }

    private List<String> devices(Machine machine) {
        List<String> lines = new ArrayList<>();
        platform.inspect.devices(machine, Progress.NONE, device -> lines.add(device.toString()));
        return lines;
    }

    private List<String> mappings(Machine machine) {
        List<String> lines = new ArrayList<>();
        platform.inspect.mappings(machine, null, NO_PASID, Progress.NONE, mapping -> lines.add(mapping.toString()));
        return lines;
    }
}
