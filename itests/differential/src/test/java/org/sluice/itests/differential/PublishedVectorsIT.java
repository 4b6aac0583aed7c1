// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.VectorResult;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.machines.capture.CaptureWriter;
import org.sluice.testkit.Captures;
import org.sluice.tool.vectors.Vectors;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.UnitKind;

/** QEMU confirms what the published vectors expect, as far as each names it for a witness. {@code -Dsluice.qemu.x86=} and {@code .arm=} name others. */
public class PublishedVectorsIT {
    private static final String X86 = System.getProperty("sluice.qemu.x86", UnitKind.VTD.binary());
    private static final String ARM = System.getProperty("sluice.qemu.arm", UnitKind.SMMUV3.binary());

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private Vectors vectors;
    private Path out;

    @Before
    public void export() {
        MachineRegistry machines = new MachineRegistry(new BackendRegistry());
        machines.bind(new CaptureSource());
        vectors = new Vectors(machines, new CaptureWriter(null));
        out = folder.getRoot().toPath().resolve("out");
        vectors.export(out, Progress.NONE);
    }

    private List<VectorResult> run(Path path, String qemu) {
        DifferentialIT.requireQemu(qemu);
        List<VectorResult> results = new ArrayList<>();
        vectors.run(path, qemu, Progress.NONE, results::add);
        return results;
    }

    private void confirmed(String name, String qemu) {
        List<VectorResult> results = run(out.resolve(name), qemu);
        String release = QemuMachine.version(qemu).major() + "." + QemuMachine.version(qemu).minor();
        boolean later = QemuMachine.version(qemu).major() > 7;
        List<VectorResult> witnessed = results.stream().filter(r -> r.witness().contains("qemu-" + release) || later && r.witness().contains("qemu-7.2")).toList();
        System.out.println(name + ", QEMU " + release + ": " + witnessed.size() + " of " + results.size() + " vectors have it for a witness");
        assertTrue(name, witnessed.size() * 3 >= results.size());
        // Where it lands and which code; the form of records is the quirks' matter.
        assertEquals(List.of(), witnessed.stream().filter(r -> !same(r)).map(r -> r.name() + " " + r.access() + ": expected " + r.expected() + ", QEMU "
                + r.result() + " " + Long.toHexString(r.output()) + " " + r.fault() + " " + r.faultCode() + r.event().stream().map(Long::toHexString).toList()).toList());
    }

    private static boolean same(VectorResult r) {
        return r.agrees() || r.result() == Result.FAULT && r.faultCode() >= 0 && r.expected().contains(" 0x" + Integer.toHexString(r.faultCode()) + " ");
    }

    @Test
    public void vtdVectorsAreConfirmed() {
        confirmed("vtd-legacy", X86);
    }

    @Test
    public void scalableVectorsAreConfirmed() {
        confirmed("vtd-scalable", X86);
    }

    @Test
    public void amdViVectorsAreConfirmed() {
        confirmed("amdvi-host", X86);
    }

    @Test
    public void smmuVectorsAreConfirmed() {
        confirmed("smmuv3", ARM);
    }

    /** What QEMU 10 was seen to do; 7.2 knows no second stage, so only the first stage's lines are held against it. */
    @Test
    public void capturedVectorsOfStage1AreReproduced() {
        List<VectorResult> results = run(Captures.path(Captures.SMMUV3_VECTORS), ARM);
        assertEquals(67, results.size());
        List<VectorResult> first = results.stream().filter(r -> r.name().matches("bypass|abort|ste-invalid|s1-(page|read-only|2M-block|1G-block|unmapped.*)")).toList();
        assertTrue(first.size() > 10);
        assertEquals(List.of(), first.stream().filter(r -> !same(r)).toList());
    }
}
