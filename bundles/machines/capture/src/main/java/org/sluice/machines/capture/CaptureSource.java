// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Progress;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machines.capture.DescriptionReader.Described;
import org.sluice.spi.MachineSource;

/** Opens capture folders, ELF cores and raw images with a description. Thread-safe, stateless. */
@Component
public final class CaptureSource implements MachineSource {
    @Override
    public String description() {
        return "capture: a capture folder, an ELF core, or a raw image with a description beside it";
    }

    /** Any file or folder that exists; what it is, {@link #open} finds out and explains. */
    @Override
    public boolean accepts(String origin) {
        try {
            return !origin.isBlank() && Files.exists(Path.of(origin));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    @Override
    public OpenedMachine open(String origin, Progress progress) {
        Path path;
        try {
            path = Path.of(origin);
        } catch (InvalidPathException e) {
            throw new IommuException(Reason.NOT_FOUND, "'" + Trouble.oneLine(origin) + "' is not a file name", e);
        }
        CaptureFolder files = CaptureFolder.locate(path);
        if (!Files.isRegularFile(files.image())) {
            throw Trouble.bad(files.image(), "is not a regular file");
        }
        try (FileChannel channel = FileChannel.open(files.image(), StandardOpenOption.READ)) {
            return files.description() == null ? new BareCore(files.image(), channel).open(progress) : described(files, channel, progress);
        } catch (IOException e) {
            throw Trouble.io(files.image(), e);
        }
    }

    private static OpenedMachine described(CaptureFolder files, FileChannel channel, Progress progress) throws IOException {
        Described described = DescriptionReader.read(files.description());
        List<Segment> segments = described.raw().isEmpty() ? elf(files, channel, described) : raw(files, channel, described);
        PhysicalMemory memory = ImageMemory.described(files.image(), channel, segments, described.ram(), described.zeros(), progress);
        List<FirmwareTable> firmware = Trouble.in(files.description().toString(),
                () -> new FirmwareFiles(files.base(), memory).read(described.firmware()));
        MachineDescription machine = Trouble.in(files.description().toString(), () -> FirmwareLinks.complete(described.machine(), firmware));
        return new OpenedCapture(machine, described.registers(), memory);
    }

    private static List<Segment> elf(CaptureFolder files, FileChannel channel, Described described) throws IOException {
        if (!ForeignImage.startsAsElf(channel) && channel.size() > 0) {
            throw ForeignImage.explain(files.image(), channel,
                    "; if it is raw memory, say in 'extra.rawMemory' of " + files.description() + " which range lies where");
        }
        ElfCore core = ElfCore.read(files.image(), channel);
        if (core.architecture() != described.machine().architecture()) {
            throw Trouble.bad(files.image(), "is a core of " + core.architecture() + ", but " + files.description() + " describes "
                    + described.machine().architecture());
        }
        if (core.segments().isEmpty() && described.zeros().isEmpty()) {
            throw Trouble.bad(files.image(), "holds no memory: it has no loadable segment");
        }
        return core.segments();
    }

    private static List<Segment> raw(CaptureFolder files, FileChannel channel, Described described) throws IOException {
        if (ForeignImage.startsAsElf(channel)) {
            throw Trouble.bad(files.image(), "is ELF, but " + files.description() + " has 'rawMemory'; remove that key");
        }
        long size = channel.size();
        for (Segment segment : described.raw()) {
            if (segment.offset() < 0 || segment.size() > size - segment.offset()) {
                throw new IommuException(Reason.TRUNCATED, files.image() + ": has " + size + " bytes, but 'rawMemory' places "
                        + segment.range() + " at offset " + segment.offset() + "; copy it again in full, or correct the offset");
            }
        }
        return described.raw();
    }
}
