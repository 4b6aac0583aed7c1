// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.PinSource;

/**
 * Somebody who reaches memory through an address space without any page table: a device made of software. It pins pages and lets go of them
 * when they are unmapped, or reads and writes. Thread-safe.
 */
public final class AccessObject extends IommufdObject implements AutoCloseable {
    final AccessListener listener;
    private final boolean pinning;
    private final Set<Pin> pins = new LinkedHashSet<>();
    private Ioas space;

    AccessObject(IommufdContext context, AccessListener listener, boolean pinning) {
        super(context);
        this.listener = listener;
        this.pinning = pinning;
    }

    /** Pages that are held. */
    public static final class Pin {
        private final AddressRange range;
        private final List<Area> areas;
        private final long[] frames;

        private Pin(AddressRange range, List<Area> areas, long[] frames) {
            this.range = range;
            this.areas = areas;
            this.frames = frames;
        }

        /** Physical addresses of the pages, in order. */
        public long[] frames() {
            return frames.clone();
        }

        private int first(Area area) {
            return area.contains(range.start()) ? area.pageOf(range.start()) : area.firstPage();
        }

        private int last(Area area) {
            return area.contains(range.last()) ? area.pageOf(range.last()) : area.lastPage();
        }
    }

    public int number() {
        return id();
    }

    public void attach(int ioas) {
        context.run(() -> {
            if (space != null) {
                throw new VfioException(Errno.EBUSY, this + " is attached already");
            }
            enter(context.objects().get(ioas, Ioas.class));
        });
    }

    /** Moves to another address space; the listener lets go of all pins first. */
    public void replace(int ioas) {
        context.run(() -> {
            Ioas target = context.objects().get(ioas, Ioas.class);
            Ioas old = attached();
            if (target == old) {
                return;
            }
            letGo();
            target.addAccess(this);
            target.use();
            space = target;
            old.removeAccess(this);
            old.unuse();
        });
    }

    public void detach() {
        context.run(() -> {
            if (space != null) {
                letGo();
                leave();
            }
        });
    }

    /** Holds the pages of a range, which begins with a page, in place until {@link #unpin}. */
    public Pin pin(long iova, long length, boolean write) {
        return context.call(() -> {
            if (!pinning) {
                throw new VfioException(Errno.EINVAL, this + " was not made for pins");
            }
            List<Area> areas = areas(iova, length, write);
            if (areas.get(0).byteOf(iova) % PinSource.PAGE != 0) {
                throw new VfioException(Errno.EINVAL, Hex.of(iova) + " is not the beginning of a page");
            }
            Pin pin = hold(new Pin(AddressRange.ofSize(iova, length), areas, null));
            pins.add(pin);
            return pin;
        });
    }

    public void unpin(Pin pin) {
        context.run(() -> {
            if (!pins.remove(pin)) {
                throw new VfioException(Errno.ENOENT, "these pages are not held");
            }
            drop(pin);
        });
    }

    /** Lets go of all pins that meet a range, as a listener has to; how many. */
    public int unpin(long iova, long length) {
        return context.call(() -> {
            AddressRange range = IovaMap.range(iova, length);
            List<Pin> met = pins.stream().filter(pin -> pin.range.overlaps(range)).toList();
            met.forEach(this::unpin);
            return met.size();
        });
    }

    /** Reads memory as a device would that is not there. */
    public void read(long iova, byte[] into) {
        context.run(() -> copy(iova, into, false, false));
    }

    public void write(long iova, byte[] from) {
        context.run(() -> copy(iova, from, true, false));
    }

    /** As {@link #read}, by way of pins; works for memory whose owner cannot be asked at the moment. */
    public void readPinned(long iova, byte[] into) {
        context.run(() -> copy(iova, into, false, true));
    }

    public void writePinned(long iova, byte[] from) {
        context.run(() -> copy(iova, from, true, true));
    }

    @Override
    public void close() {
        context.run(() -> {
            detach();
            context.end(this);
        });
    }

    long alignment() {
        return pinning ? PinSource.PAGE : 1;
    }

    boolean holds(Area area) {
        return pins.stream().anyMatch(pin -> pin.areas.contains(area));
    }

    private Ioas attached() {
        if (space == null) {
            throw new VfioException(Errno.ENOENT, this + " is attached to no address space");
        }
        return space;
    }

    private void enter(Ioas target) {
        target.addAccess(this);
        target.use();
        space = target;
    }

    private void leave() {
        space.removeAccess(this);
        space.unuse();
        space = null;
    }

    private void letGo() {
        if (!pins.isEmpty()) {
            context.unlocked(() -> listener.unmap(0, -1L));
        }
        if (!pins.isEmpty()) {
            throw new VfioException(Errno.EBUSY, this + " keeps pages");
        }
    }

    private List<Area> areas(long iova, long length, boolean write) {
        List<Area> areas = attached().map.covering(iova, length);
        for (Area area : areas) {
            if (area.closing) {
                throw new VfioException(Errno.EINVAL, area.range() + " is being unmapped");
            }
            if ((area.permissions & (write ? Permissions.WRITE : Permissions.READ)) == 0) {
                throw new VfioException(Errno.EPERM, area.range() + " may not be " + (write ? "written" : "read"));
            }
        }
        return areas;
    }

    /** Pins what a range covers, all or nothing. */
    private static Pin hold(Pin wanted) {
        List<Long> frames = new ArrayList<>();
        int done = 0;
        try {
            for (; done < wanted.areas.size(); done++) {
                Area area = wanted.areas.get(done);
                area.pages.pin(wanted.first(area), wanted.last(area));
                for (int page = wanted.first(area); page <= wanted.last(area); page++) {
                    frames.add(area.pages.frame(page));
                }
            }
        } catch (RuntimeException failed) {
            wanted.areas.subList(0, done).forEach(area -> area.pages.unpin(wanted.first(area), wanted.last(area)));
            throw failed;
        }
        if (frames.contains(PageSet.ABSENT)) {
            wanted.areas.forEach(area -> area.pages.unpin(wanted.first(area), wanted.last(area)));
            throw new VfioException(Errno.EFAULT, "memory behind " + wanted.range + " was taken away");
        }
        wanted.areas.forEach(area -> area.accesses++);
        return new Pin(wanted.range, wanted.areas, frames.stream().mapToLong(Long::longValue).toArray());
    }

    private static void drop(Pin pin) {
        for (Area area : pin.areas) {
            area.accesses--;
            area.pages.unpin(pin.first(area), pin.last(area));
        }
    }

    private void copy(long iova, byte[] bytes, boolean write, boolean byPins) {
        if (bytes.length == 0) {
            return;
        }
        List<Area> areas = areas(iova, bytes.length, write);
        Pin held = byPins ? hold(new Pin(AddressRange.ofSize(iova, bytes.length), areas, null)) : null;
        try {
            int done = 0;
            for (Area area : areas) {
                while (done < bytes.length && area.contains(iova + done)) {
                    long at = area.byteOf(iova + done);
                    long left = Math.min(PinSource.PAGE - at % PinSource.PAGE, area.last - (iova + done) + 1);
                    int part = (int) Math.min(left, bytes.length - done);
                    copyPart(area, at, bytes, done, part, write);
                    done += part;
                }
            }
        } finally {
            if (held != null) {
                drop(held);
            }
        }
    }

    /** By its frame if the page is pinned by anybody, else as its owner would. */
    private static void copyPart(Area area, long at, byte[] bytes, int from, int length, boolean write) {
        PageSet pages = area.pages;
        int page = (int) (at / PinSource.PAGE);
        if (pages.isLost(page)) {
            throw new VfioException(Errno.EFAULT, "memory behind " + area.range() + " was taken away");
        }
        long frame = pages.frame(page);
        long place = frame == PageSet.ABSENT ? pages.base() + at : frame + at % PinSource.PAGE;
        if (frame != PageSet.ABSENT && write) {
            pages.source.writePinned(place, bytes, from, length);
        } else if (frame != PageSet.ABSENT) {
            pages.source.readPinned(place, bytes, from, length);
        } else if (write) {
            pages.source.write(place, bytes, from, length);
        } else {
            pages.source.read(place, bytes, from, length);
        }
    }

    @Override
    boolean isUsers() {
        return false;
    }

    /** The context closes: nobody is asked any more. */
    @Override
    void release() {
        pins.forEach(AccessObject::drop);
        pins.clear();
        if (space != null) {
            leave();
        }
    }

    @Override
    String state() {
        return this + " of " + space + " pins " + pins.size();
    }
}
