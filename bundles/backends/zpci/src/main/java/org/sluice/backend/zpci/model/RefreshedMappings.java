// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.concurrent.locks.StampedLock;

import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.backend.zpci.model.DmaSpace.Refresh;
import org.sluice.kit.interval.IntervalMap;

/**
 * The mappings of one function that refreshes have brought in, which is what a hypervisor keeps for it; their number is limited. A refresh
 * brings in what became valid and takes out what became invalid or changed, in this order: out, then in, so that room made by the one is
 * there for the other (rows NST-14 and NST-15); where there is room for the whole range, one pass does both. Accesses look without a lock,
 * and again if a refresh came between.
 */
final class RefreshedMappings {
    private static final int PAGE_SHIFT = 12;
    /** A range's last page, and what remains before and behind it of a frame that it cuts. */
    private static final int MOST_BESIDE_PAGES = 3;

    private final IntervalMap mappings = new IntervalMap();
    private final StampedLock lock = new StampedLock();
    private final int limit;
    private boolean lost;

    /** @param limit mappings that there may be at once */
    RefreshedMappings(int limit) {
        this.limit = limit;
    }

    long translate(DmaSpace space, Access access, long iova, int need) {
        long stamp = lock.tryOptimisticRead();
        if (stamp != 0) {
            try {
                long answer = judge(space.function(), access, iova, need);
                if (lock.validate(stamp)) {
                    return answer;
                }
            } catch (ArrayIndexOutOfBoundsException | NullPointerException torn) {
                // A refresh changed the mappings under our eyes; looked up again below.
                stamp = 0;
            }
        }
        stamp = lock.readLock();
        try {
            return judge(space.function(), access, iova, need);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private long judge(ZpciFunction function, Access access, long iova, int need) {
        if (!function.reaches(iova) || function.target() != Target.TABLES) {
            return DmaSpace.judge(function, access.translation, iova, need);
        }
        long found = mappings.find(iova);
        if (found == IntervalMap.NONE || (mappings.flags(found) & need) != need) {
            return DmaSpace.fault(EventCodes.TPROTE.code(), 0);
        }
        long start = mappings.start(found);
        access.found(start, mappings.last(found), mappings.output(found), mappings.flags(found));
        return mappings.output(found) + (iova - start);
    }

    /** Forgets everything together with {@code change}. */
    void replace(Runnable change) {
        long stamp = lock.writeLock();
        try {
            change.run();
            mappings.clear(0, -1L);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    Refresh refresh(TablePieces pieces, ZpciFunction function, long start, long last) {
        long stamp = lock.writeLock();
        try {
            lost = false;
            boolean all = (last - start >>> PAGE_SHIFT) + MOST_BESIDE_PAGES <= limit - mappings.size() ? exchange(pieces, function, start, last)
                    : takeOut(pieces, function, start, last) & (!pieces.isBad() && bringIn(pieces, function, start, last));
            if (pieces.isBad()) {
                // The function stops; whoever starts it again must not find half of a range.
                drop(start, last);
                return Refresh.BAD_TABLE;
            }
            return all ? Refresh.DONE : Refresh.INSUFFICIENT;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Whether the last refresh took something out. */
    boolean hasLost() {
        return lost;
    }

    private void drop(long start, long last) {
        lost |= mappings.clear(start, last);
    }

    /** Both at once, where there is room for whatever is in the range; false if the look was cut short, and then all behind it is out. */
    private boolean exchange(TablePieces pieces, ZpciFunction function, long start, long last) {
        long from = start;
        pieces.begin(function, start, last);
        while (pieces.next()) {
            if (!pieces.isMapped()) {
                continue;
            }
            boolean met = mappings.firstWithin(from, pieces.end()) != IntervalMap.NONE;
            if (!met || !isKept(pieces)) {
                lost |= met && mappings.clear(from, pieces.end());
                mappings.add(pieces.start(), pieces.end(), pieces.output(), pieces.permissions());
            } else if (from != pieces.start()) {
                drop(from, pieces.start() - 1);
            }
            if (pieces.end() == last) {
                return true;
            }
            from = pieces.end() + 1;
        }
        drop(from, last);
        return !pieces.isCutShort();
    }

    /** Takes out what tables no longer say, neighbours at once; false if the look was cut short, and then all behind it is out. */
    private boolean takeOut(TablePieces pieces, ZpciFunction function, long start, long last) {
        long from = start;
        pieces.begin(function, start, last);
        while (pieces.next()) {
            if (isKept(pieces)) {
                if (from != pieces.start()) {
                    drop(from, pieces.start() - 1);
                }
                if (pieces.end() == last) {
                    return true;
                }
                from = pieces.end() + 1;
            }
        }
        drop(from, last);
        return !pieces.isCutShort();
    }

    private boolean isKept(TablePieces pieces) {
        long found = pieces.isMapped() ? mappings.find(pieces.start()) : IntervalMap.NONE;
        return found != IntervalMap.NONE && Long.compareUnsigned(mappings.last(found), pieces.end()) >= 0
                && mappings.flags(found) == pieces.permissions()
                && mappings.output(found) + (pieces.start() - mappings.start(found)) == pieces.output();
    }

    /** Brings in what is valid and not there yet; false if not all of it found room. */
    private boolean bringIn(TablePieces pieces, ZpciFunction function, long start, long last) {
        boolean all = true;
        pieces.begin(function, start, last);
        while (pieces.next()) {
            if (!pieces.isMapped() || isKept(pieces)) {
                continue;
            }
            if (mappings.size() < limit) {
                drop(pieces.start(), pieces.end());
                mappings.add(pieces.start(), pieces.end(), pieces.output(), pieces.permissions());
            } else {
                all = false;
            }
        }
        return all;
    }

    /** Mappings at this moment. */
    int size() {
        return mappings.size();
    }
}
