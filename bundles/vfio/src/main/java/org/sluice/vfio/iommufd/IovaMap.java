// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.PinSource;

/** Who has which addresses of an address space: areas, ranges that are reserved, ranges that are allowed. Guarded by the context's lock. */
final class IovaMap {
    static final AddressRange EVERYTHING = new AddressRange(0, -1L);
    /** The first and the last page are never chosen: 0 and the end are values that callers mistake for errors. */
    private static final AddressRange CHOOSABLE = new AddressRange(PinSource.PAGE, -1L - PinSource.PAGE);

    private final TreeMap<Long, Area> areas = new TreeMap<>(Long::compareUnsigned);
    private final List<Reserved> reserved = new ArrayList<>();
    private List<AddressRange> allowed = List.of();
    private long alignment = 1;

    /** @param owner a table or a device; it gives back all of its ranges at once */
    private record Reserved(AddressRange range, Object owner, String why) {
    }

    Collection<Area> areas() {
        return areas.values();
    }

    long alignment() {
        return alignment;
    }

    void add(Area area) {
        areas.put(area.iova, area);
        area.pages.areas.add(area);
    }

    void remove(Area area) {
        areas.remove(area.iova);
        area.pages.forget(area);
    }

    /** The area at an address, or null. */
    Area at(long iova) {
        Map.Entry<Long, Area> entry = areas.floorEntry(iova);
        return entry != null && entry.getValue().contains(iova) ? entry.getValue() : null;
    }

    /** Areas that overlap a range, ascending. */
    List<Area> overlapping(AddressRange range) {
        List<Area> found = new ArrayList<>();
        Area first = at(range.start());
        found.addAll(areas.subMap(first == null ? range.start() : first.iova, true, range.last(), true).values());
        return found;
    }

    /** The areas that cover a range without a hole; {@code ENOENT} if there is one. */
    List<Area> covering(long iova, long length) {
        AddressRange range = range(iova, length);
        List<Area> found = new ArrayList<>();
        for (long at = iova;;) {
            Area area = at(at);
            if (area == null) {
                throw new VfioException(Errno.ENOENT, "nothing is mapped at " + Hex.of(at));
            }
            found.add(area);
            if (Long.compareUnsigned(area.last, range.last()) >= 0) {
                return found;
            }
            at = area.last + 1;
        }
    }

    /** Whether a caller's choice can be mapped. */
    void checkFixed(long iova, long length, long pageOffset) {
        checkAligned(length, pageOffset);
        if ((iova & alignment - 1) != 0) {
            throw new VfioException(Errno.EINVAL, Hex.of(iova) + " is not a multiple of " + alignment);
        }
        AddressRange range = range(iova, length);
        for (Reserved each : reserved) {
            if (each.range.overlaps(range)) {
                throw new VfioException(Errno.EADDRINUSE, range + " meets " + each.range + ", " + each.why);
            }
        }
        List<Area> taken = overlapping(range);
        if (!taken.isEmpty()) {
            throw new VfioException(Errno.EEXIST, range + " meets what is mapped at " + taken.get(0).range());
        }
    }

    /**
     * Chooses the lowest free address that is allowed: a multiple of the largest power of two in the length, so that large pages fit, plus
     * the place in the page.
     */
    long choose(long length, long pageOffset) {
        checkAligned(length, pageOffset);
        if (length < 0) {
            throw new VfioException(Errno.EOVERFLOW, "a range of " + Hex.of(length) + " bytes cannot be placed");
        }
        long unit = Math.max(alignment, Long.lowestOneBit(length));
        long step = pageOffset == 0 ? unit : Math.max(unit, PinSource.PAGE);
        for (AddressRange window : allowed.isEmpty() ? List.of(CHOOSABLE) : allowed) {
            AddressRange usable = window.intersection(CHOOSABLE);
            Long iova = usable == null ? null : firstFit(usable, length, step, pageOffset);
            if (iova != null) {
                return iova;
            }
        }
        throw new VfioException(Errno.ENOSPC, "no free range of " + Hex.of(length) + " bytes");
    }

    private Long firstFit(AddressRange window, long length, long step, long pageOffset) {
        long at = window.start();
        while (true) {
            long aligned = (at - pageOffset + (step - 1) & -step) + pageOffset;
            if (Long.compareUnsigned(aligned, at) < 0 || Long.compareUnsigned(aligned, window.last()) > 0
                    || Long.compareUnsigned(length - 1, window.last() - aligned) > 0) {
                return null;
            }
            AddressRange obstacle = obstacle(new AddressRange(aligned, aligned + (length - 1)));
            if (obstacle == null) {
                return aligned;
            }
            if (obstacle.last() == -1L) {
                return null;
            }
            at = obstacle.last() + 1;
        }
    }

    private AddressRange obstacle(AddressRange range) {
        Map.Entry<Long, Area> before = areas.floorEntry(range.last());
        if (before != null && before.getValue().range().overlaps(range)) {
            return before.getValue().range();
        }
        return reserved.stream().map(Reserved::range).filter(range::overlaps).findFirst().orElse(null);
    }

    /** Takes a range away; {@code EADDRINUSE} if something is mapped or allowed there. */
    void reserve(AddressRange range, Object owner, String why) {
        List<Area> taken = overlapping(range);
        if (!taken.isEmpty()) {
            throw new VfioException(Errno.EADDRINUSE, range + " (" + why + ") meets what is mapped at " + taken.get(0).range());
        }
        for (AddressRange each : allowed) {
            if (each.overlaps(range)) {
                throw new VfioException(Errno.EADDRINUSE, range + " (" + why + ") meets the allowed range " + each);
            }
        }
        reserved.add(new Reserved(range, owner, why));
    }

    /** Gives back all ranges of an owner. */
    void unreserve(Object owner) {
        reserved.removeIf(each -> each.owner.equals(owner));
    }

    /** Sets where addresses are chosen from; empty for everywhere. */
    void allow(List<AddressRange> ranges) {
        List<AddressRange> sorted = ranges.stream().sorted().toList();
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).overlaps(sorted.get(i - 1))) {
                throw new VfioException(Errno.EINVAL, "the ranges " + sorted.get(i - 1) + " and " + sorted.get(i) + " overlap");
            }
        }
        for (AddressRange range : sorted) {
            for (Reserved each : reserved) {
                if (each.range.overlaps(range)) {
                    throw new VfioException(Errno.EADDRINUSE, "the range " + range + " meets " + each.range + ", " + each.why);
                }
            }
        }
        allowed = sorted;
    }

    /** Ranges outside of what is reserved. */
    List<AddressRange> usable() {
        List<AddressRange> free = new ArrayList<>();
        long at = 0;
        for (AddressRange taken : reserved.stream().map(Reserved::range).sorted().toList()) {
            if (Long.compareUnsigned(taken.start(), at) > 0) {
                free.add(new AddressRange(at, taken.start() - 1));
            }
            if (taken.last() == -1L) {
                return free;
            }
            at = Long.compareUnsigned(taken.last() + 1, at) > 0 ? taken.last() + 1 : at;
        }
        free.add(new AddressRange(at, -1L));
        return free;
    }

    /** Sets the alignment; {@code EADDRINUSE} if an area does not comply. */
    void align(long newAlignment) {
        for (Area area : areas.values()) {
            long bits = area.iova | area.size() | area.offset & PinSource.PAGE - 1;
            if (newAlignment > alignment && (bits & newAlignment - 1) != 0) {
                throw new VfioException(Errno.EADDRINUSE, "what is mapped at " + area.range() + " is not aligned to " + newAlignment);
            }
        }
        alignment = newAlignment;
    }

    private void checkAligned(long length, long pageOffset) {
        if (length == 0 || ((length | pageOffset) & alignment - 1) != 0) {
            throw new VfioException(Errno.EINVAL, "lengths and places in the page are multiples of " + alignment + ", and lengths not 0");
        }
    }

    static AddressRange range(long iova, long length) {
        if (length == 0) {
            throw new VfioException(Errno.EINVAL, "a length of 0");
        }
        if (Long.compareUnsigned(iova + (length - 1), iova) < 0) {
            throw new VfioException(Errno.EOVERFLOW, Hex.of(iova) + " with " + Hex.of(length) + " bytes ends above the last address");
        }
        return AddressRange.ofSize(iova, length);
    }

    @Override
    public String toString() {
        return "alignment " + alignment + " allowed " + allowed + " usable " + usable() + " areas " + areas.values();
    }
}
