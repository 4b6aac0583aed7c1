// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.VectorResult;
import org.sluice.api.VectorService.VectorFolder;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.backend.zpci.ZpciBackend;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.machines.capture.CaptureWriter;
import org.sluice.spi.Backend;
import org.sluice.testkit.Captures;

public class VectorsTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private Vectors vectors;

    @Before
    public void start() {
        BackendRegistry backends = new BackendRegistry();
        MachineRegistry machines = new MachineRegistry(backends);
        machines.bind(new CaptureSource());
        vectors = new Vectors(machines, new CaptureWriter(null));
        for (Backend backend : List.of(new VtdBackend("test"), new AmdViBackend("test"), new Smmuv3Backend("test"), new ZpciBackend("test"),
                new VirtioBackend("test"))) {
            backends.bind(backend);
            vectors.bind(backend);
        }
    }

    private List<VectorResult> run(Path path) {
        List<VectorResult> results = new ArrayList<>();
        vectors.run(path, null, Progress.NONE, results::add);
        return results;
    }

    private static List<String> differing(List<VectorResult> results) {
        return results.stream().filter(r -> !r.agrees()).map(r -> r.name() + " " + r.access().letter() + ": expected " + r.expected() + ", told "
                + r.result() + " " + Long.toHexString(r.output()) + " " + r.fault() + " " + r.faultCode() + " "
                + r.event().stream().map(Long::toHexString).toList()).toList();
    }

    /** What the specifications say the models do, address, code and record. */
    @Test
    public void everyExportedVectorAgreesWithTheModel() {
        List<VectorFolder> folders = vectors.export(folder.getRoot().toPath().resolve("out"), Progress.NONE);
        assertEquals(List.of("intel-vtd", "intel-vtd", "intel-vtd", "amd-vi", "arm-smmu-v3", "s390-zpci", "virtio-iommu"), folders.stream().map(VectorFolder::unit).toList());
        for (VectorFolder written : folders) {
            List<VectorResult> results = run(Path.of(written.folder()));
            assertEquals(written.vectors(), results.size());
            assertEquals(List.of(), differing(results));
            assertTrue(written.folder(), results.stream().anyMatch(r -> !r.event().isEmpty()) && results.size() >= 20);
            assertTrue(results.stream().allMatch(r -> r.clause().length() > 20 && r.witness().startsWith("spec")));
        }
    }

    @Test
    public void namesAndAccessesAreUnique() {
        for (Shelf shelf : Vectors.shelves()) {
            Set<String> seen = new HashSet<>();
            shelf.items().forEach(item -> assertTrue(item.name(), seen.add(item.name() + item.access())));
        }
    }

    /** Three lines are the emulated unit's own way; {@code docs/backends/smmuv3.md} names the clauses. */
    @Test
    public void capturedVectorsAgreeButForTheDocumentedLines() {
        List<VectorResult> results = run(Captures.path(Captures.SMMUV3_VECTORS));
        assertEquals(67, results.size());
        Map<String, String> quirks = new TreeMap<>();
        results.stream().filter(r -> !r.agrees()).forEach(r -> quirks.put(r.name() + " " + r.access().letter(), r.quirk()));
        assertEquals(new TreeMap<>(Map.of("ttb0-no-memory w", "smmuv3-device-memory", "s2-beyond-oas r", "smmuv3-stage2-input-size",
                "s2-beyond-oas w", "smmuv3-stage2-input-size")), quirks);
    }

    /** The oracle itself is tested: each expectation that is made wrong is found. */
    @Test
    public void aWrongExpectationDisagrees() throws IOException {
        Path out = folder.getRoot().toPath().resolve("out");
        vectors.export(out, Progress.NONE);
        Path file = out.resolve("vtd-legacy/vectors.jsonl");
        List<String> lines = Files.readAllLines(file);
        List<String> wrong = lines.stream().map(line -> line.contains("\"output\"") ? line.replaceFirst("\"output\":\"0x", "\"output\":\"0x1")
                : line.contains("\"event\"") ? line.replaceFirst("(\"event\":\\[\"0x[0-9a-f]*)[0-9a-f]\"", "$15\"") : line).toList();
        Files.write(file, wrong);
        List<VectorResult> results = run(file);
        assertEquals(lines.stream().filter(line -> line.contains("\"output\"") || line.contains("\"event\"")).count(),
                results.stream().filter(r -> !r.agrees()).count());
    }

    /** A request's status is part of the vector, and so is that there is none. */
    @Test
    public void aWrongStatusDisagrees() throws IOException {
        Path out = folder.getRoot().toPath().resolve("out");
        vectors.export(out, Progress.NONE);
        Path file = out.resolve("virtio-iommu/vectors.jsonl");
        List<String> lines = Files.readAllLines(file);
        Files.write(file, lines.stream().map(line -> line.replaceFirst("\"status\":[0-9]", "\"status\":8").replace("\"}],\"result", "\",\"status\":0}],\"result")).toList());
        long requests = lines.stream().filter(line -> line.contains("\"requests\"")).count();
        assertTrue(requests > 20);
        List<VectorResult> results = run(file);
        assertEquals(requests, results.stream().filter(r -> !r.agrees()).count());
        assertTrue(results.stream().filter(r -> r.name().equals("map")).allMatch(r -> r.result() == Result.UNKNOWN && r.fault().contains("status 0")));
    }

    /** What a unit names a fault is what the vectors call it. */
    @Test
    public void faultsHaveTheNamesOfTheModel() {
        for (VectorFolder written : vectors.export(folder.getRoot().toPath().resolve("out"), Progress.NONE)) {
            run(Path.of(written.folder())).stream().filter(r -> r.result() == Result.FAULT && r.faultCode() >= 0)
                    .forEach(r -> assertTrue(r.name() + ": " + r.expected() + " is " + r.fault(), r.expected().startsWith(r.fault().split(" ")[0] + " ")));
        }
    }

    @Test
    public void aVectorMayBringItsMachineWithIt() throws IOException {
        Path file = folder.newFile("one.jsonl").toPath();
        Files.writeString(file, """
                {"case": "inline", "unit": "intel-vtd", "device": "00:06.0", "sourceId": "0x30", "access": "w", "iova": "0x5010", "ram": \
                {"start": "0x0", "last": "0xffffff"}, "registers": {"RTADDR": "0x100000"}, "tables": [{"address": "0x100000", "words": \
                ["0x101001", "0x0"]}, {"address": "0x101300", "words": ["0x102001", "0x701"]}, {"address": "0x102000", "words": ["0x103003"]}, \
                {"address": "0x103000", "words": ["0x104003"]}, {"address": "0x104028", "words": ["0x800003"]}], "result": "mapped", "output": "0x800010"}
                """);
        assertEquals(List.of(), differing(run(file)));
    }

    @Test
    public void badFilesAreToldByTheirLine() throws IOException {
        Map<String, String> wrong = Map.of("{", "is not JSON", "[]", "is not an object", "{} {}", "has something after",
                "{\"streamId\": \"0x8\"}", "there is no case", "{\"case\": \"a\"}", "there is no streamId",
                "{\"case\": \"a\", \"streamId\": \"0x8\", \"device\": \"00:01.0\", \"access\": \"q\", \"iova\": \"0x0\"}", "line 1");
        for (Map.Entry<String, String> line : wrong.entrySet()) {
            Path file = folder.newFile().toPath();
            Files.writeString(file, line.getKey() + "\n");
            IommuException told = assertThrows(line.getKey(), IommuException.class, () -> run(file));
            assertTrue(told.getMessage(), told.getMessage().contains(line.getValue()) && told.getMessage().contains("line 1"));
        }
        assertEquals(Reason.NOT_FOUND, assertThrows(IommuException.class, () -> run(folder.getRoot().toPath())).reason());
    }

    @Test
    public void exportDoesNotWriteOverAnything() throws IOException {
        folder.newFile("kept");
        assertEquals(Reason.CONFLICT,
                assertThrows(IommuException.class, () -> vectors.export(folder.getRoot().toPath(), Progress.NONE)).reason());
    }

    /** A page that the image does not hold makes the answer unknown; it is not taken for zeros. */
    @Test
    public void aPageThatIsNotThereIsUnknown() throws IOException {
        Path copy = Captures.copy(Captures.SMMUV3_VECTORS, folder.getRoot().toPath());
        Path file = copy.resolve("vectors.jsonl");
        String first = Files.readAllLines(file).get(6);
        Files.writeString(file, first.replaceFirst("(\"words\": \\[\"0x[0-9a-f]*\", )\"0x0000000040300000\"", "$1\"0x000000004a300000\"") + "\n");
        assertEquals(Result.UNKNOWN, run(copy).get(0).result());
    }
}
