// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.PinSource;
import org.sluice.vfio.memory.SharedFile;

/**
 * Takes pages of a file out of all tables before the file gives them to somebody else, and puts them back when they are there again
 * (MEM-10): devices get faults in between.
 */
final class Backing implements SharedFile.Listener {
    private final IommufdContext context;
    private final PageSet pages;

    Backing(IommufdContext context, PageSet pages) {
        this.context = context;
        this.pages = pages;
    }

    @Override
    public void lost(long first, long last) {
        context.run(() -> {
            int from = Math.max(0, page(first));
            int to = Math.min(pages.pages() - 1, page(last));
            if (from > to) {
                return;
            }
            for (Area area : List.copyOf(pages.areas)) {
                if (area.accesses > 0 && part(area, from, to) != null) {
                    area.space.askForRelease(area);
                }
            }
            boolean held = false;
            for (Area area : pages.areas) {
                AddressRange part = part(area, from, to);
                if (part != null) {
                    area.space.tables.forEach(table -> table.unmap(part.start(), part.size()));
                    held |= area.accesses > 0;
                    context.notices().lost(area.space.id(), part);
                }
            }
            pages.lose(from, to, held);
        });
    }

    @Override
    public void restored(long first, long last) {
        context.run(() -> {
            int from = Math.max(0, page(first));
            int to = Math.min(pages.pages() - 1, page(last));
            if (from > to) {
                return;
            }
            try {
                pages.regain(from, to);
            } catch (VfioException refused) {
                pages.areas.forEach(area -> context.notices().notRestored(area.space.id(), area.range(), refused));
                return;
            }
            for (Area area : pages.areas) {
                AddressRange part = part(area, from, to);
                if (part != null) {
                    putBack(area, part);
                }
            }
        });
    }

    private void putBack(Area area, AddressRange part) {
        try {
            for (PagingHwpt table : area.space.tables) {
                table.unmap(part.start(), part.size());
                TableFiller.map(area, table, part.start(), part.last(), area.space.largePages());
            }
            context.notices().restored(area.space.id(), part);
        } catch (VfioException refused) {
            area.space.tables.forEach(table -> table.unmap(part.start(), part.size()));
            context.notices().notRestored(area.space.id(), part, refused);
        }
    }

    /** The addresses at which an area shows these pages, or null. */
    private static AddressRange part(Area area, int from, int to) {
        int first = Math.max(from, area.firstPage());
        int last = Math.min(to, area.lastPage());
        if (first > last) {
            return null;
        }
        long start = first == area.firstPage() ? area.iova : area.iova + ((long) first * PinSource.PAGE - area.offset);
        long end = last == area.lastPage() ? area.last : area.iova + ((last + 1L) * PinSource.PAGE - area.offset) - 1;
        return new AddressRange(start, end);
    }

    /** Which page of the set shows that offset; beyond the set's ends, one beyond its pages. */
    private int page(long offset) {
        return (int) Math.max(-1, Math.min(pages.pages(), Math.floorDiv(offset - pages.base(), PinSource.PAGE)));
    }
}
