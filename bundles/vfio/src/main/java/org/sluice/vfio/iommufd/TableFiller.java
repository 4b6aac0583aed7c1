// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.List;

import org.sluice.vfio.memory.PinSource;

/** Projects areas into tables: pins the pages, and maps what lies together in one call. All or nothing. */
final class TableFiller {
    private TableFiller() {
    }

    static void fill(Area area, PagingHwpt hwpt, boolean largePages) {
        area.pages.pin(area.firstPage(), area.lastPage());
        try {
            map(area, hwpt, area.iova, area.last, largePages);
        } catch (RuntimeException failed) {
            area.pages.unpin(area.firstPage(), area.lastPage());
            throw failed;
        }
    }

    static void empty(Area area, PagingHwpt hwpt) {
        hwpt.unmap(area.iova, area.size());
        area.pages.unpin(area.firstPage(), area.lastPage());
    }

    /** Fills an area into all tables, or none. */
    static void fill(Area area, List<PagingHwpt> tables, boolean largePages) {
        int done = 0;
        try {
            for (; done < tables.size(); done++) {
                fill(area, tables.get(done), largePages);
            }
        } catch (RuntimeException failed) {
            tables.subList(0, done).forEach(table -> empty(area, table));
            throw failed;
        }
    }

    /** Maps the pages of a part of an area, which are pinned; pages that were taken away stay out. */
    static void map(Area area, PagingHwpt hwpt, long first, long last, boolean largePages) {
        long at = first;
        boolean began = false;
        try {
            while (true) {
                long end = runEnd(area, at, last, largePages);
                long frame = area.pages.frame(area.pageOf(at));
                if (frame != PageSet.ABSENT) {
                    hwpt.map(at, frame + area.byteOf(at) % PinSource.PAGE, end - at + 1, area.permissions);
                    began = true;
                }
                if (end == last) {
                    return;
                }
                at = end + 1;
            }
        } catch (RuntimeException failed) {
            if (began) {
                hwpt.unmap(first, at - first);
            }
            throw failed;
        }
    }

    /** Last byte up to which the pages lie together; with small pages the end of this page. */
    private static long runEnd(Area area, long at, long last, boolean largePages) {
        long end = pageEnd(area, at);
        while (Long.compareUnsigned(end, at) >= 0 && Long.compareUnsigned(end, last) < 0) {
            int page = area.pageOf(end);
            long frame = area.pages.frame(page);
            long next = area.pages.frame(page + 1);
            if (!largePages && frame != PageSet.ABSENT
                    || (frame == PageSet.ABSENT ? next != PageSet.ABSENT : next != frame + PinSource.PAGE)) {
                return end;
            }
            end = pageEnd(area, end + 1);
        }
        return last;
    }

    private static long pageEnd(Area area, long at) {
        return at + (PinSource.PAGE - 1 - area.byteOf(at) % PinSource.PAGE);
    }
}
