// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machines.qemu.FlatView.Region;

/** Lays the files of a guest's RAM out as QEMU does: low and high part, NUMA nodes, plugged memory, holes. */
final class GuestMemory {
    /** On a PC, RAM goes on behind the legacy windows below 1 MiB, whatever is shown there at the moment. */
    private static final AddressRange LEGACY = new AddressRange(0xa0000, 0xfffff);

    private GuestMemory() {
    }

    /** A piece of RAM in its file. */
    record Piece(AddressRange range, RamFile file, long offset) {
    }

    /** @throws IommuException if some of the RAM is not shared, or there is none */
    static List<Piece> pieces(FlatView view, RamFiles files) {
        List<Piece> pieces = new ArrayList<>();
        for (Region region : view.regions()) {
            Optional<String> backend = region.isMemory() ? files.backendOf(region.name()) : Optional.empty();
            if (backend.isPresent()) {
                piece(region, files.file(backend.get())).ifPresent(pieces::add);
            }
        }
        if (pieces.isEmpty()) {
            throw new IommuException(Reason.UNSUPPORTED, "no RAM of this QEMU is a back end that can be read from outside; start it with "
                    + "-object memory-backend-memfd,id=ram,size=SIZE,share=on -machine ...,memory-backend=ram");
        }
        return pieces;
    }

    /** Cut to whole pages, and to what the file has. */
    private static Optional<Piece> piece(Region region, RamFile file) {
        long start = region.range().start() + RamFile.PAGE - 1 & -RamFile.PAGE;
        long offset = region.offset() + (start - region.range().start());
        long bytes = Math.min(region.range().last() + 1 - start, file.size() - offset) & -RamFile.PAGE;
        boolean fits = offset >= 0 && bytes > 0 && offset % RamFile.PAGE == 0;
        return fits ? Optional.of(new Piece(AddressRange.ofSize(start, bytes), file, offset)) : Optional.empty();
    }

    /** Memory that copies each page when it is first asked for. */
    static PhysicalMemory memory(List<Piece> pieces, Architecture architecture) {
        PhysicalMemory.Builder memory = PhysicalMemory.builder();
        ram(pieces, architecture).forEach(memory::ram);
        for (Piece piece : pieces) {
            memory.loaded(piece.range(), (page, into) -> piece.file().page(page - piece.range().start() + piece.offset(), into));
        }
        return memory.build();
    }

    /** Ranges of RAM, joined where they touch. */
    private static List<AddressRange> ram(List<Piece> pieces, Architecture architecture) {
        List<AddressRange> ranges = new ArrayList<>();
        pieces.forEach(p -> ranges.add(p.range()));
        boolean low = ranges.stream().anyMatch(r -> r.start() == 0);
        if (architecture == Architecture.X86_64 && low) {
            ranges.add(LEGACY);
        }
        ranges.sort(null);
        List<AddressRange> joined = new ArrayList<>();
        for (AddressRange range : ranges) {
            int end = joined.size() - 1;
            if (end >= 0 && range.start() <= joined.get(end).last() + 1) {
                joined.set(end, new AddressRange(joined.get(end).start(), Math.max(joined.get(end).last(), range.last())));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }
}
