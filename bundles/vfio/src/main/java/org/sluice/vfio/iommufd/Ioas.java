// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.PinSource;

/** An address space: the truth, of which tables are projections. Guarded by the context's lock. */
final class Ioas extends IommufdObject {
    private static final int NOTICES = 100;

    final IovaMap map = new IovaMap();
    final List<PagingHwpt> tables = new ArrayList<>();
    final Set<AccessObject> accesses = new LinkedHashSet<>();
    private boolean largePages = true;

    Ioas(IommufdContext context) {
        super(context);
    }

    boolean largePages() {
        return largePages;
    }

    /** Maps pages where the caller wants them. */
    long mapFixed(PageSet pages, long offset, long iova, long length, int permissions) {
        map.checkFixed(iova, length, offset % PinSource.PAGE);
        return place(new Area(this, pages, iova, iova + (length - 1), offset, permissions));
    }

    /** Maps pages where there is room; the IOVA. */
    long mapChosen(PageSet pages, long offset, long length, int permissions) {
        long iova = map.choose(length, offset % PinSource.PAGE);
        return place(new Area(this, pages, iova, iova + (length - 1), offset, permissions));
    }

    private long place(Area area) {
        TableFiller.fill(area, tables, largePages);
        map.add(area);
        return area.iova;
    }

    /** Removes the areas in a range; none may be cut, held by hardware, or kept by an access that does not let go. Bytes removed. */
    long unmap(AddressRange range) {
        for (int notices = 0;; notices++) {
            List<Area> areas = map.overlapping(range);
            for (Area area : areas) {
                if (!range.contains(area.range())) {
                    throw new VfioException(Errno.ENOENT, range + " cuts what is mapped at " + area.range());
                }
                if (area.locks > 0) {
                    throw new VfioException(Errno.EBUSY, "hardware reads from " + area.range());
                }
            }
            List<Area> held = areas.stream().filter(area -> area.accesses > 0).toList();
            if (held.isEmpty()) {
                areas.forEach(this::remove);
                return areas.stream().mapToLong(Area::size).sum();
            }
            if (notices == NOTICES) {
                throw new VfioException(Errno.EBUSY, "an access keeps its pages of " + held.get(0).range());
            }
            held.forEach(area -> area.closing = true);
            try {
                held.forEach(this::askForRelease);
            } finally {
                held.forEach(area -> area.closing = false);
            }
        }
    }

    /** Tells accesses to let go of their pages of an area, without the context's lock: they may have to ask others. */
    void askForRelease(Area area) {
        for (AccessObject access : List.copyOf(accesses)) {
            if (access.holds(area)) {
                context.unlocked(() -> access.listener.unmap(area.iova, area.size()));
            }
        }
    }

    private void remove(Area area) {
        tables.forEach(table -> TableFiller.empty(area, table));
        map.remove(area);
    }

    /** Cuts the area that spans an address into two there, for clients that may unmap parts; only where pages are small. */
    void split(long iova) {
        Area area = map.at(iova);
        if (area == null || area.iova == iova) {
            return;
        }
        if (largePages || (iova & map.alignment() - 1) != 0 || area.byteOf(iova) % PinSource.PAGE != 0) {
            throw new VfioException(Errno.EINVAL, area.range() + " cannot be cut at 0x" + Long.toHexString(iova));
        }
        if (area.accesses > 0 || area.locks > 0) {
            throw new VfioException(Errno.EBUSY, "pages of " + area.range() + " are held");
        }
        Area low = new Area(this, area.pages, area.iova, iova - 1, area.offset, area.permissions);
        Area high = new Area(this, area.pages, iova, area.last, area.byteOf(iova), area.permissions);
        map.add(low);
        map.add(high);
        area.pages.areas.remove(area);
    }

    /** Makes a table follow this space: its limits are taken over, its content is filled. */
    void addTable(PagingHwpt table) {
        long before = map.alignment();
        map.align(alignment(table));
        try {
            AddressRange aperture = table.facts.aperture();
            String why = "outside of what " + table.facts.unit() + " can translate";
            if (aperture.start() != 0) {
                map.reserve(new AddressRange(0, aperture.start() - 1), table, why);
            }
            if (aperture.last() != -1L) {
                map.reserve(new AddressRange(aperture.last() + 1, -1L), table, why);
            }
            fill(table);
        } catch (RuntimeException failed) {
            map.unreserve(table);
            map.align(before);
            throw failed;
        }
        tables.add(table);
    }

    private void fill(PagingHwpt table) {
        List<Area> done = new ArrayList<>();
        try {
            for (Area area : map.areas()) {
                TableFiller.fill(area, table, largePages);
                done.add(area);
            }
        } catch (RuntimeException failed) {
            done.forEach(area -> TableFiller.empty(area, table));
            throw failed;
        }
    }

    void removeTable(PagingHwpt table) {
        map.areas().forEach(area -> TableFiller.empty(area, table));
        tables.remove(table);
        map.unreserve(table);
        map.align(alignment(null));
    }

    /** Whether pages larger than a processor's may be used; {@code EADDRINUSE} if what is mapped does not comply. */
    void setLargePages(boolean on) {
        boolean before = largePages;
        largePages = on;
        try {
            map.align(alignment(null));
        } catch (RuntimeException refused) {
            largePages = before;
            throw refused;
        }
    }

    void addAccess(AccessObject access) {
        accesses.add(access);
        try {
            map.align(alignment(null));
        } catch (RuntimeException refused) {
            accesses.remove(access);
            throw refused;
        }
    }

    void removeAccess(AccessObject access) {
        accesses.remove(access);
        map.align(alignment(null));
    }

    private long alignment(PagingHwpt candidate) {
        long needed = largePages ? 1 : PinSource.PAGE;
        for (PagingHwpt table : tables) {
            needed = Math.max(needed, table.facts.granule());
        }
        for (AccessObject access : accesses) {
            needed = Math.max(needed, access.alignment());
        }
        return candidate == null ? needed : Math.max(needed, candidate.facts.granule());
    }

    /** Maps are no obstacle. */
    @Override
    void release() {
        List.copyOf(map.areas()).forEach(this::remove);
    }

    @Override
    String state() {
        return this + " users " + users() + " large pages " + largePages + " accesses " + accesses + " tables " + tables + " " + map;
    }
}
