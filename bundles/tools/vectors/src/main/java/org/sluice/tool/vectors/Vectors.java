// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.CaptureService;
import org.sluice.api.MachineService;
import org.sluice.api.Progress;
import org.sluice.api.VectorResult;
import org.sluice.api.VectorService;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.Judge.Verdict;
import org.sluice.tool.vectors.Shelf.Item;

/** The service: writes what the specifications say as vectors, and runs vectors of whoever. Thread-safe. */
@Component
public final class Vectors implements VectorService {
    static final String FILE = "vectors.jsonl";

    private final MachineService machines;
    private final CaptureService captures;
    private final List<Backend> backends = new CopyOnWriteArrayList<>();

    @Activate
    public Vectors(@Reference MachineService machines, @Reference CaptureService captures) {
        this.machines = machines;
        this.captures = captures;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(Backend backend) {
        backends.add(backend);
    }

    /** Called by the framework. */
    public void unbind(Backend backend) {
        backends.remove(backend);
    }

    /** All vectors that are published. */
    static List<Shelf> shelves() {
        return List.of(VtdCatalog.make(), VtdScalableCatalog.secondStage(), VtdScalableCatalog.firstStage(), AmdViCatalog.make(), Smmuv3Catalog.make(),
                ZpciCatalog.make(), VirtioCatalog.make());
    }

    @Override
    public List<VectorFolder> export(Path folder, Progress progress) {
        List<VectorFolder> written = new ArrayList<>();
        try {
            if (Files.exists(folder) && !isEmpty(folder)) {
                throw new IommuException(Reason.CONFLICT, folder + " is not empty: give a new folder");
            }
            Files.createDirectories(folder);
            for (Shelf shelf : shelves()) {
                Path place = folder.resolve(shelf.folder);
                captures.write(MadeMachine.of(shelf), place, progress);
                StringBuilder lines = new StringBuilder();
                for (Item item : shelf.items()) {
                    lines.append(VectorWriter.line(shelf, item)).append('\n');
                }
                Files.writeString(place.resolve(FILE), lines);
                written.add(new VectorFolder(place.toString(), shelf.unit, shelf.items().size()));
            }
        } catch (IOException failed) {
            throw new IommuException(Reason.IO, "cannot write " + folder + ": " + failed.getMessage(), failed);
        }
        return written;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    @Override
    public void run(Path path, String qemu, Progress progress, Consumer<VectorResult> out) {
        Path file = Files.isDirectory(path) ? path.resolve(FILE) : path;
        if (!Files.isRegularFile(file)) {
            throw new IommuException(Reason.NOT_FOUND, "there is no " + file + ": give a folder with " + FILE + ", or such a file");
        }
        List<Vector> vectors = VectorReader.read(file);
        int done = 0;
        int from = 0;
        while (from < vectors.size()) {
            // Vectors of one machine run on one bench.
            int end = from + 1;
            while (end < vectors.size() && sameMachine(vectors.get(from), vectors.get(end))) {
                end++;
            }
            try (Setting setting = Setting.of(machines, backends, file.toAbsolutePath().getParent(), vectors.subList(from, end), qemu)) {
                for (Vector vector : vectors.subList(from, end)) {
                    out.accept(result(setting, vector));
                    progress.at("vectors", ++done, vectors.size());
                }
            }
            from = end;
        }
    }

    private static boolean sameMachine(Vector one, Vector other) {
        return Objects.equals(one.memory(), other.memory()) && Objects.equals(one.unit(), other.unit()) && Objects.equals(one.ram(), other.ram());
    }

    private static VectorResult result(Setting setting, Vector vector) {
        Answer told = setting.bench().ask(vector);
        Verdict verdict = Judge.judge(setting.unit(), vector.expected(), told);
        return new VectorResult(vector.name(), vector.device(), vector.access(), vector.iova(), told.result(), told.output(), told.fault(), told.code(),
                told.event(), verdict.agrees(), vector.expected().toString(), verdict.quirk(), vector.clause(), vector.witness());
    }
}
