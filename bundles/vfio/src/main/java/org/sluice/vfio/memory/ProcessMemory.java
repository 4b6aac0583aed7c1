// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * The memory of one process: anonymous, of files (shared or private), in frames of the machine. Pages come when they are first needed,
 * private pages are copied when they are written or pinned while somebody else has them too. Thread-safe.
 */
public final class ProcessMemory extends AccountedMemory {
    private final FramePool pool;
    private final TreeMap<Long, Region> regions = new TreeMap<>(Long::compareUnsigned);
    private final Map<Long, Long> pages = new HashMap<>();
    private boolean exited;

    /** @param process what this process may pin if its own limit counts and not the user's */
    public ProcessMemory(String name, FramePool pool, MemoryAccount user, MemoryAccount process) {
        super(name, user, process);
        this.pool = pool;
    }

    private record Region(long start, long last, SharedFile file, long offset, boolean shared, boolean writable) {
        Region part(long from, long to) {
            return new Region(from, to, file, offset + (from - start), shared, writable);
        }
    }

    /** Anonymous memory of whole pages, in place of what was there. */
    public synchronized void map(long address, long length, boolean writable) {
        place(new Region(address, address + (length - 1), null, 0, false, writable));
    }

    /** Pages of a file, seen by all who map it. */
    public synchronized void mapShared(long address, long length, SharedFile file, long offset) {
        place(new Region(address, address + (length - 1), file, offset, true, true));
    }

    /** Pages of a file as they are until this process writes to them. */
    public synchronized void mapPrivate(long address, long length, SharedFile file, long offset) {
        place(new Region(address, address + (length - 1), file, offset, false, true));
    }

    /** Takes whole pages away; those that are pinned stay until their pins go. */
    public synchronized void unmap(long address, long length) {
        long last = address + (length - 1);
        Map.Entry<Long, Region> before = regions.floorEntry(last);
        while (before != null && Long.compareUnsigned(before.getValue().last, address) >= 0) {
            Region region = before.getValue();
            regions.remove(region.start);
            if (Long.compareUnsigned(region.start, address) < 0) {
                regions.put(region.start, region.part(region.start, address - 1));
            }
            if (Long.compareUnsigned(region.last, last) > 0) {
                regions.put(last + 1, region.part(last + 1, region.last));
            }
            before = regions.floorEntry(last);
        }
        for (long at = address; at - address < length; at += PAGE) {
            Long frame = pages.remove(at);
            if (frame != null) {
                pool.disown(frame);
            }
        }
    }

    /** A process with the same memory; pages are shared until one of both writes, but pinned ones are copied at once. */
    public synchronized ProcessMemory fork(String childName, MemoryAccount childProcess) {
        ProcessMemory child = new ProcessMemory(childName, pool, user(), childProcess);
        child.regions.putAll(regions);
        pages.forEach((at, frame) -> child.pages.put(at, pool.pins(frame) > 0 ? copy(frame) : shared(frame)));
        return child;
    }

    /** Ends the process: its memory is gone but for what others hold in place. */
    public synchronized void exit() {
        exited = true;
        regions.clear();
        pages.values().forEach(pool::disown);
        pages.clear();
    }

    @Override
    public synchronized long pin(long address, boolean write) {
        Region region = region(address);
        if (write && !region.writable) {
            throw fault(address);
        }
        if (region.shared) {
            return region.file.pin(region.offset + (address - region.start), write);
        }
        long frame = exclusive(region, address);
        pool.pin(frame);
        return frame;
    }

    @Override
    public void unpin(long physical) {
        pool.unpin(physical);
    }

    @Override
    public synchronized void read(long address, byte[] into, int offset, int length) {
        for (int done = 0; done < length;) {
            long at = address + done;
            int part = (int) Math.min(length - done, PAGE - (at & PAGE - 1));
            Region region = region(at);
            Long frame = region.shared ? null : pages.get(at & -PAGE);
            if (frame != null) {
                pool.read(frame + (at & PAGE - 1), into, offset + done, part);
            } else if (region.file != null) {
                region.file.read(region.offset + (at - region.start), into, offset + done, part);
            } else {
                Arrays.fill(into, offset + done, offset + done + part, (byte) 0);
            }
            done += part;
        }
    }

    @Override
    public synchronized void write(long address, byte[] from, int offset, int length) {
        for (int done = 0; done < length;) {
            long at = address + done;
            int part = (int) Math.min(length - done, PAGE - (at & PAGE - 1));
            Region region = region(at);
            if (!region.writable) {
                throw fault(at);
            }
            if (region.shared) {
                region.file.write(region.offset + (at - region.start), from, offset + done, part);
            } else {
                pool.write(exclusive(region, at & -PAGE) + (at & PAGE - 1), from, offset + done, part);
            }
            done += part;
        }
    }

    @Override
    public void readPinned(long physical, byte[] into, int offset, int length) {
        pool.read(physical, into, offset, length);
    }

    @Override
    public void writePinned(long physical, byte[] from, int offset, int length) {
        pool.write(physical, from, offset, length);
    }

    private void place(Region region) {
        if (((region.start | region.last + 1 | region.offset) & PAGE - 1) != 0 || Long.compareUnsigned(region.start, region.last) > 0) {
            throw new VfioException(Errno.EINVAL, "memory is mapped by whole pages");
        }
        unmap(region.start, region.last - region.start + 1);
        regions.put(region.start, region);
    }

    private Region region(long address) {
        Map.Entry<Long, Region> entry = regions.floorEntry(address);
        if (exited || entry == null || Long.compareUnsigned(entry.getValue().last, address) < 0) {
            throw fault(address);
        }
        return entry.getValue();
    }

    /** The frame of a private page that nobody else has. */
    private long exclusive(Region region, long page) {
        Long frame = pages.get(page);
        if (frame != null && pool.owners(frame) == 1) {
            return frame;
        }
        long own;
        if (frame != null) {
            own = copy(frame);
            pool.disown(frame);
        } else {
            own = pool.allocate();
            if (region.file != null) {
                byte[] content = new byte[PAGE];
                region.file.read(region.offset + (page - region.start), content, 0, PAGE);
                pool.write(own, content, 0, PAGE);
            }
        }
        pages.put(page, own);
        return own;
    }

    private long copy(long frame) {
        long own = pool.allocate();
        byte[] content = new byte[PAGE];
        pool.read(frame, content, 0, PAGE);
        pool.write(own, content, 0, PAGE);
        return own;
    }

    private long shared(long frame) {
        pool.own(frame);
        return frame;
    }

    private VfioException fault(long address) {
        return new VfioException(Errno.EFAULT, name() + " has no such memory at 0x" + Long.toHexString(address));
    }

    @Override
    public String toString() {
        return name();
    }
}
