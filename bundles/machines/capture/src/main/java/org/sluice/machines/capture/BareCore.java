// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.sluice.api.Progress;
import org.sluice.kit.firmware.AcpiSearch;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MachineSource.OpenedMachine;

/**
 * Opens an ELF core that no description goes with: QEMU's dump or a kernel's crash dump. Its RAM is not known (a dump may
 * leave out any page), nor are registers; what firmware tables in the dump tell of units is taken from there.
 */
final class BareCore {
    private final Path file;
    private final FileChannel channel;

    BareCore(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    OpenedMachine open(Progress progress) throws IOException {
        if (channel.size() > 0 && !ForeignImage.startsAsElf(channel)) {
            throw ForeignImage.explain(file, channel, "; for raw memory put a description beside it as " + file.getFileName()
                    + ".json (see docs/capture-format.md), or open a capture folder");
        }
        ElfCore core = ElfCore.read(file, channel);
        if (core.segments().isEmpty()) {
            throw Trouble.bad(file, "holds no memory: it has no loadable segment");
        }
        List<Segment> physical = ImageMemory.addressable(core.segments());
        if (physical.isEmpty() || physical.size() > 1 && physical.stream().allMatch(s -> s.start() == 0)) {
            throw new IommuException(Reason.UNSUPPORTED, file + ": is the core of a process or names virtual addresses only; "
                    + "a dump of physical memory is due (QEMU's dump-guest-memory, kdump)");
        }
        PhysicalMemory memory = ImageMemory.bare(channel, physical, progress);
        return new OpenedCapture(description(core, memory), Map.of(), memory);
    }

    private MachineDescription description(ElfCore core, PhysicalMemory memory) throws IOException {
        AcpiSearch.Found firmware = core.architecture() == Architecture.X86_64 ? AcpiSearch.in(memory)
                : new AcpiSearch.Found(List.of(), List.of());
        FirmwareTables tables = FirmwareTables.of(firmware.tables());
        return new MachineDescription(name(), core.architecture(), List.of(), tables.units(), List.of(), List.of(), List.of(),
                firmware.tables(), extra(core, firmware, tables));
    }

    /** What can be told, and what cannot, as text for {@code machine-info}. */
    private Attributes extra(ElfCore core, AcpiSearch.Found firmware, FirmwareTables tables) throws IOException {
        CoreNotes notes = CoreNotes.read(core, channel);
        Map<String, Object> extra = new LinkedHashMap<>();
        extra.put("source", "elf-core");
        extra.put("segments", Integer.toString(core.segments().size()));
        if (notes.processors() > 0) {
            extra.put("processors", Integer.toString(notes.processors()));
        }
        extra.putAll(notes.kernel());
        if (!tables.problems().isEmpty()) {
            extra.put("firmwareProblems", String.join("; ", tables.problems()));
        }
        if (!firmware.missing().isEmpty()) {
            extra.put("firmwareMissing", firmware.missing().stream().map(Hex::of).collect(Collectors.joining(", ")));
        }
        extra.put("unknown", "registers of all units, ranges of RAM, devices, groups");
        return new Attributes(extra);
    }

    private String name() {
        String name = Trouble.oneLine(String.valueOf(file.getFileName()));
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
