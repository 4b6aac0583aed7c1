// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.PinSource;
import org.sluice.vfio.memory.SharedFile;
import org.sluice.vfio.memory.UserMemory;

/** Address spaces and what is mapped in them. */
public final class IoasCalls {
    /** Map flags: the caller chooses the IOVA; devices may write; devices may read. */
    public static final int FIXED_IOVA = 1;
    public static final int WRITEABLE = 2;
    public static final int READABLE = 4;
    private static final int ALL_FLAGS = FIXED_IOVA | WRITEABLE | READABLE;

    private final IommufdContext context;
    private int compatible;

    IoasCalls(IommufdContext context) {
        this.context = context;
    }

    /** Usable ranges, ascending, and what addresses and lengths of maps are multiples of. */
    public record IovaRanges(List<AddressRange> ranges, long alignment) {
    }

    /** What a plan of maps will pin once a device is attached, beside what may be pinned; in pages. */
    public record Estimate(long asked, long limit, long used) {
        public boolean fits() {
            return asked <= limit - used;
        }
    }

    /** A fresh space: everything can be mapped, to the byte; its id. */
    public int alloc() {
        return context.call(() -> context.objects().add(new Ioas(context)).id());
    }

    public IovaRanges ranges(int ioas) {
        return context.call(() -> new IovaRanges(get(ioas).map.usable(), get(ioas).map.alignment()));
    }

    /** Limits from where addresses are chosen; empty for no limit. What callers choose themselves is not limited by it. */
    public void allow(int ioas, List<AddressRange> ranges) {
        context.run(() -> get(ioas).map.allow(ranges));
    }

    /** Takes a range away, for an owner that {@link #unreserve} knows it by. */
    public void reserve(int ioas, AddressRange range, String owner) {
        context.run(() -> get(ioas).map.reserve(range, owner, owner));
    }

    public void unreserve(int ioas, String owner) {
        context.run(() -> get(ioas).map.unreserve(owner));
    }

    /**
     * Maps memory of a process.
     *
     * @param iova only looked at with {@link #FIXED_IOVA}
     * @return the IOVA
     */
    public long map(int ioas, int flags, UserMemory memory, long address, long length, long iova) {
        return context.call(() -> {
            Ioas space = get(ioas);
            checkFlags(flags);
            AddressRange range = IovaMap.range(address, length);
            return place(space, flags, memory, memory, range, iova);
        });
    }

    /** Maps a part of a file by offset, without anybody having to map it before (MEM-09). */
    public long mapFile(int ioas, int flags, UserMemory process, SharedFile file, long start, long length, long iova) {
        return context.call(() -> {
            Ioas space = get(ioas);
            checkFlags(flags);
            if (file.isRevoked()) {
                throw new VfioException(Errno.ENODEV, "the file's memory was taken away");
            }
            AddressRange range = IovaMap.range(start, length);
            if (start < 0 || range.last() < 0 || range.last() >= file.size()) {
                throw new VfioException(Errno.EINVAL, range + " is not within the file's " + file.size() + " bytes");
            }
            return place(space, flags, file, process, range, iova);
        });
    }

    private long place(Ioas space, int flags, PinSource source, UserMemory payer, AddressRange range, long iova) {
        long base = range.start() & -PinSource.PAGE;
        long count = ((range.last() & -PinSource.PAGE) - base) / PinSource.PAGE + 1;
        PageSet pages = new PageSet(source, payer, context.account(payer), base, count, (flags & WRITEABLE) != 0);
        long offset = range.start() - base;
        int permissions = permissions(flags);
        long placed = (flags & FIXED_IOVA) != 0 ? space.mapFixed(pages, offset, iova, range.size(), permissions)
                : space.mapChosen(pages, offset, range.size(), permissions);
        if (pages.file != null) {
            pages.listen(new Backing(context, pages));
        }
        return placed;
    }

    /** Maps what is mapped elsewhere in the context; any part of it. */
    public long copy(int target, int source, int flags, long length, long targetIova, long sourceIova) {
        return context.call(() -> {
            checkFlags(flags);
            Ioas from = get(source);
            Ioas to = get(target);
            List<Area> areas = from.map.covering(sourceIova, length);
            if ((flags & WRITEABLE) != 0 && areas.stream().anyMatch(area -> !area.pages.writable)) {
                throw new VfioException(Errno.EPERM, "memory that was mapped for reading cannot become writable by a copy");
            }
            if (areas.size() == 1) {
                long offset = areas.get(0).byteOf(sourceIova);
                return (flags & FIXED_IOVA) != 0 ? to.mapFixed(areas.get(0).pages, offset, targetIova, length, permissions(flags))
                        : to.mapChosen(areas.get(0).pages, offset, length, permissions(flags));
            }
            return copyMany(to, areas, flags, length, targetIova, sourceIova);
        });
    }

    private static long copyMany(Ioas to, List<Area> areas, int flags, long length, long targetIova, long sourceIova) {
        long start = targetIova;
        if ((flags & FIXED_IOVA) == 0) {
            start = to.map.choose(length, areas.get(0).byteOf(sourceIova) % PinSource.PAGE);
        }
        List<AddressRange> done = new ArrayList<>();
        try {
            for (Area area : areas) {
                AddressRange part = area.range().intersection(AddressRange.ofSize(sourceIova, length));
                long at = start + (part.start() - sourceIova);
                to.mapFixed(area.pages, area.byteOf(part.start()), at, part.size(), permissions(flags));
                done.add(AddressRange.ofSize(at, part.size()));
            }
        } catch (RuntimeException failed) {
            done.forEach(to::unmap);
            throw failed;
        }
        return start;
    }

    /**
     * Removes what was mapped in a range; {@code ENOENT} if that is nothing, or an end of the range cuts something.
     *
     * @return bytes removed
     */
    public long unmap(int ioas, long iova, long length) {
        return context.call(() -> {
            Ioas space = get(ioas);
            long bytes = space.unmap(IovaMap.range(iova, length));
            if (bytes == 0) {
                throw new VfioException(Errno.ENOENT, "nothing is mapped there");
            }
            return bytes;
        });
    }

    /** Removes everything, which may be nothing; bytes removed. */
    public long unmapAll(int ioas) {
        return context.call(() -> get(ioas).unmap(IovaMap.EVERYTHING));
    }

    /** As {@link #unmap}, but nothing to remove is no error, and mappings may be cut where pages are small: the older interface's rule. */
    public long unmapCutting(int ioas, long iova, long length, boolean cut) {
        return context.call(() -> {
            Ioas space = get(ioas);
            AddressRange range = IovaMap.range(iova, length);
            if (cut) {
                space.split(iova);
                if (range.last() != -1L) {
                    space.split(range.last() + 1);
                }
            }
            return space.unmap(range);
        });
    }

    /** Moves what is pinned to another process, which goes on for this one; only files can follow (command IOAS_CHANGE_PROCESS). */
    public void changeProcess(UserMemory process) {
        context.run(() -> {
            Set<PageSet> all = new LinkedHashSet<>();
            context.objects().all(Ioas.class).forEach(space -> space.map.areas().forEach(area -> all.add(area.pages)));
            if (all.stream().anyMatch(pages -> pages.file == null)) {
                throw new VfioException(Errno.EINVAL, "memory of the process itself is mapped, which cannot follow");
            }
            MemoryAccount account = context.account(process);
            long asked = all.stream().filter(pages -> !pages.isCharged(account)).mapToLong(PageSet::pinned).sum();
            account.charge(asked);
            all.forEach(pages -> pages.moveTo(process, account));
        });
    }

    /** What maps of these ranges will pin, before anything is mapped (NST-05). Each map counts for itself, as it will be charged. */
    public Estimate estimate(UserMemory memory, List<AddressRange> ranges) {
        return context.call(() -> {
            long asked = 0;
            for (AddressRange range : ranges) {
                asked += ((range.last() & -PinSource.PAGE) - (range.start() & -PinSource.PAGE)) / PinSource.PAGE + 1;
            }
            MemoryAccount account = context.account(memory);
            return new Estimate(asked, account.limit(), account.used());
        });
    }

    /** The space that the older interface works on; {@code ENODEV} if there is none. */
    public int compatible() {
        return context.call(() -> {
            if (compatible == 0) {
                throw new VfioException(Errno.ENODEV, "no address space is set for the older interface");
            }
            return compatible;
        });
    }

    public boolean hasCompatible() {
        return context.call(() -> compatible != 0);
    }

    /** @param ioas 0 for none */
    public void setCompatible(int ioas) {
        context.run(() -> {
            if (ioas != 0) {
                get(ioas).use();
            }
            if (compatible != 0) {
                get(compatible).unuse();
            }
            compatible = ioas;
        });
    }

    private Ioas get(int ioas) {
        return context.objects().get(ioas, Ioas.class);
    }

    private static void checkFlags(int flags) {
        if ((flags & ~ALL_FLAGS) != 0) {
            throw new VfioException(Errno.EOPNOTSUPP, "unknown flags of a map: " + (flags & ~ALL_FLAGS));
        }
        if ((flags & (READABLE | WRITEABLE)) == 0) {
            throw new VfioException(Errno.EINVAL, "a map is readable, writeable, or both");
        }
    }

    private static int permissions(int flags) {
        return ((flags & READABLE) != 0 ? Permissions.READ : 0) | ((flags & WRITEABLE) != 0 ? Permissions.WRITE : 0);
    }
}
