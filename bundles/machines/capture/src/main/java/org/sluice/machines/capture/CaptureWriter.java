// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.CaptureService;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.UnitInfo;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.FirmwareTable;

/** Writes capture folders. The description comes last: a folder that was not finished is none. Thread-safe, stateless. */
@Component
public final class CaptureWriter implements CaptureService {
    private static final Pattern SIGNATURE = Pattern.compile("[A-Za-z0-9_]{1,8}");
    private static final String TABLES = "acpi";
    private static final String DEVICE_TREE = "fdt.dtb";

    private final InspectService inspect;

    /** @param inspect reads all structures of a machine that runs, and so tells which pages they lie in */
    @Activate
    public CaptureWriter(@Reference InspectService inspect) {
        this.inspect = inspect;
    }

    @Override
    public Written write(Machine machine, Path folder, boolean full, Progress progress) {
        if (machine.description().architecture() == null) {
            throw new IommuException(Reason.UNSUPPORTED, "the architecture of machine " + machine.name() + " is not known; a capture has to state it");
        }
        List<Path> made = new ArrayList<>();
        try {
            prepare(folder, made);
            return write(machine, pages(machine, full, progress), folder, made, progress);
        } catch (IOException e) {
            remove(made);
            throw new IommuException(Reason.IO, folder + " cannot be written: " + Trouble.reason(e), e);
        } catch (RuntimeException e) {
            remove(made);
            throw e;
        }
    }

    private static void prepare(Path folder, List<Path> made) throws IOException {
        if (Files.exists(folder)) {
            if (!Files.isDirectory(folder)) {
                throw new IommuException(Reason.CONFLICT, folder + ": is a file; name a folder that does not exist yet");
            }
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new IommuException(Reason.CONFLICT, folder + ": is not empty; name a folder that does not exist yet");
                }
            }
            return;
        }
        Files.createDirectories(folder);
        made.add(folder);
    }

    private KnownPages pages(Machine machine, boolean full, Progress progress) {
        if (machine.memory().isLoaded() && !full) {
            readEverything(machine, progress);
            return KnownPages.of(machine.memory(), machine.memory().asked(), progress);
        }
        return KnownPages.of(machine.memory(), machine.memory().present(), progress);
    }

    /** Asks every question about structures; the answers do not matter, only which pages they need. */
    private void readEverything(Machine machine, Progress progress) {
        inspect.devices(machine, progress, device -> { });
        inspect.mappings(machine, null, TranslationRequest.NO_PASID, progress, mapping -> { });
        inspect.verify(machine, null, progress, defect -> { });
        inspect.faults(machine);
        inspect.regions(machine);
        for (UnitInfo unit : machine.units()) {
            inspect.queues(machine, unit.name());
            inspect.registers(machine, unit.name());
        }
    }

    private static Written write(Machine machine, KnownPages pages, Path folder, List<Path> made, Progress progress) throws IOException {
        if (pages.stored().isEmpty() && pages.zeros().isEmpty()) {
            throw new IommuException(Reason.UNSUPPORTED, "no page of machine " + machine.name() + " is known: there is nothing to capture");
        }
        Path image = made(folder.resolve(CaptureFolder.ELF), made);
        long imageBytes;
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            new ElfWriter(channel, progress).write(machine.description().architecture(), machine.memory(), pages.stored());
            imageBytes = channel.size();
        }
        Object firmware = firmware(machine.description().firmware(), folder, made);
        Path description = made(folder.resolve(CaptureFolder.DESCRIPTION), made);
        JsonTree.write(description, new DescriptionWriter(machine).tree(machine.name(), pages, firmware));
        return new Written(folder.toString(), pages.storedPages(), pages.zeroPages(), imageBytes);
    }

    private static Object firmware(List<FirmwareTable> tables, Path folder, List<Path> made) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>();
        List<Object> acpi = new ArrayList<>();
        tree.put("kind", "none");
        for (FirmwareTable table : tables) {
            if (table.signature().equals(FirmwareFiles.DEVICE_TREE)) {
                tree.put("kind", "fdt");
                tree.put("fdt", DEVICE_TREE);
                Files.write(made(folder.resolve(DEVICE_TREE), made), table.bytes());
                continue;
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("table", table.signature());
            if (table.bytes().length > 0 && SIGNATURE.matcher(table.signature().trim()).matches()) {
                if (!Files.exists(folder.resolve(TABLES))) {
                    Files.createDirectory(made(folder.resolve(TABLES), made));
                }
                String file = TABLES + "/" + table.signature().trim();
                // Of some tables, SSDT above all, there are several.
                file += Files.exists(folder.resolve(file + ".dat")) ? acpi.size() + ".dat" : ".dat";
                entry.put("length", (long) table.bytes().length);
                entry.put("file", file);
                Files.write(made(folder.resolve(file), made), table.bytes());
            }
            acpi.add(entry);
        }
        if (!acpi.isEmpty()) {
            tree.put("kind", "acpi");
            tree.put("acpi", acpi);
        }
        return tree;
    }

    private static Path made(Path path, List<Path> made) {
        made.add(path);
        return path;
    }

    /** Removes what was made, last first; what cannot be removed stays, as the first failure counts. */
    private static void remove(List<Path> made) {
        for (int i = made.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(made.get(i));
            } catch (IOException e) {
                // The caller is told why the capture failed; a file that stays is the lesser trouble.
            }
        }
    }
}
