// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.PinSource;
import org.sluice.vfio.memory.SharedFile;
import org.sluice.vfio.memory.UserMemory;

/**
 * The pages of one map call, shared by the areas that were copied from it. A page is pinned and charged while it has users: tables that
 * map it and accesses that hold it. Guarded by the context's lock.
 */
final class PageSet {
    static final long ABSENT = -1;

    final PinSource source;
    final boolean writable;
    /** Where the pages come and go by themselves; null for others. */
    final SharedFile file;
    /** Areas that show pages of this set. */
    final List<Area> areas = new ArrayList<>();
    private final long base;
    private final int[] users;
    private final long[] frames;
    private final boolean[] lost;
    private UserMemory owner;
    private MemoryAccount account;
    private int pinned;
    private SharedFile.Listener listener;

    /** @param base address of the first page */
    PageSet(PinSource source, UserMemory owner, MemoryAccount account, long base, long pages, boolean writable) {
        if (pages > Integer.MAX_VALUE - 8) {
            throw new VfioException(Errno.EOVERFLOW, "more than 8 TiB in one map");
        }
        this.source = source;
        this.owner = owner;
        this.account = account;
        this.base = base;
        this.writable = writable;
        this.file = source instanceof SharedFile ? (SharedFile) source : null;
        this.users = new int[(int) pages];
        this.frames = new long[(int) pages];
        this.lost = new boolean[(int) pages];
        Arrays.fill(frames, ABSENT);
    }

    /** Pages from {@code first} to {@code last} get one user more, all or none. */
    void pin(int first, int last) {
        int fresh = 0;
        for (int page = first; page <= last; page++) {
            fresh += users[page] == 0 && !lost[page] ? 1 : 0;
        }
        account.charge(fresh);
        int page = first;
        try {
            for (; page <= last; page++) {
                if (users[page] == 0 && !lost[page]) {
                    frames[page] = source.pin(base + (long) page * PinSource.PAGE, writable);
                }
            }
        } catch (RuntimeException failed) {
            for (int undo = first; undo < page; undo++) {
                if (users[undo] == 0 && !lost[undo]) {
                    source.unpin(frames[undo]);
                    frames[undo] = ABSENT;
                }
            }
            account.release(fresh);
            throw failed;
        }
        count(fresh);
        for (int each = first; each <= last; each++) {
            users[each]++;
        }
    }

    void unpin(int first, int last) {
        int freed = 0;
        for (int page = first; page <= last; page++) {
            if (--users[page] == 0 && frames[page] != ABSENT) {
                source.unpin(frames[page]);
                frames[page] = ABSENT;
                freed++;
            }
        }
        account.release(freed);
        count(-freed);
    }

    /** Physical address of a page, or {@link #ABSENT} if it is not pinned or was taken away. */
    long frame(int page) {
        return lost[page] ? ABSENT : frames[page];
    }

    boolean isLost(int page) {
        return lost[page];
    }

    /** Pages that the file no longer has: they stay absent until they are {@linkplain #regain found again}. */
    void lose(int first, int last, boolean keepPinned) {
        int freed = 0;
        for (int page = first; page <= last; page++) {
            lost[page] = true;
            if (frames[page] != ABSENT && !keepPinned) {
                source.unpin(frames[page]);
                frames[page] = ABSENT;
                freed++;
            }
        }
        account.release(freed);
        count(-freed);
    }

    /** Pages that the file has again; those with users are pinned, all or none. */
    void regain(int first, int last) {
        List<Integer> wanted = new ArrayList<>();
        for (int page = first; page <= last; page++) {
            if (lost[page] && users[page] > 0) {
                wanted.add(page);
            }
        }
        account.charge(wanted.size());
        List<Long> got = new ArrayList<>();
        try {
            for (int page : wanted) {
                got.add(source.pin(base + (long) page * PinSource.PAGE, writable));
            }
        } catch (RuntimeException failed) {
            got.forEach(source::unpin);
            account.release(wanted.size());
            throw failed;
        }
        count(wanted.size());
        for (int i = 0; i < got.size(); i++) {
            if (frames[wanted.get(i)] != ABSENT) {
                source.unpin(frames[wanted.get(i)]);
                account.release(1);
                count(-1);
            }
            frames[wanted.get(i)] = got.get(i);
        }
        Arrays.fill(lost, first, last + 1, false);
    }

    /** Moves what is pinned to another process, whose account has been charged already unless it is the same. */
    void moveTo(UserMemory newOwner, MemoryAccount newAccount) {
        if (account != newAccount) {
            account.release(pinned);
        }
        owner.countPinned(-pinned);
        newOwner.countPinned(pinned);
        owner = newOwner;
        account = newAccount;
    }

    boolean isCharged(MemoryAccount toWhom) {
        return account == toWhom;
    }

    /** Hears of the file's losses from now on; once. */
    void listen(SharedFile.Listener toFile) {
        listener = toFile;
        file.addListener(toFile);
    }

    /** An area has gone; the last one takes the set with it. */
    void forget(Area area) {
        areas.remove(area);
        if (areas.isEmpty() && listener != null) {
            file.removeListener(listener);
        }
    }

    int pageOf(long address) {
        return (int) ((address - base) / PinSource.PAGE);
    }

    int pages() {
        return users.length;
    }

    long base() {
        return base;
    }

    int pinned() {
        return pinned;
    }

    private void count(int pages) {
        pinned += pages;
        owner.countPinned(pages);
    }

    /** Everything that a failed change must leave as it was. */
    @Override
    public String toString() {
        return "pages at 0x" + Long.toHexString(base) + " of " + source.getClass().getSimpleName() + " users " + Arrays.hashCode(users) + " frames "
                + Arrays.hashCode(frames) + " pinned " + pinned + " charged to " + account;
    }
}
