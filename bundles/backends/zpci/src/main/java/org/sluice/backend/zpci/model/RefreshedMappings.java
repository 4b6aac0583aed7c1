// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.concurrent.locks.StampedLock;

import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.backend.zpci.model.DmaSpace.Refresh;
import org.sluice.kit.interval.IntervalMap;

/**
 * The mappings of one function that refreshes have brought in, which is what a hypervisor keeps for it; their number is limited. A refresh
 * brings in what became valid and takes out what became invalid or changed, in this order: out, then in, so that room made by the one is
 * there for the other (rows NST-14 and NST-15). Accesses look without a lock, and again if a refresh came between.
 */
final class RefreshedMappings {
    private final IntervalMap mappings = new IntervalMap();
    private final StampedLock lock = new StampedLock();
    private final int limit;

    /** @param limit mappings that there may be at once */
    RefreshedMappings(int limit) {
        this.limit = limit;
    }

    long translate(DmaSpace space, DmaTranslation translation, long iova, int need) {
        long stamp = lock.tryOptimisticRead();
        if (stamp != 0) {
            try {
                long answer = judge(space.function(), translation, iova, need);
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
            return judge(space.function(), translation, iova, need);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private long judge(ZpciFunction function, DmaTranslation translation, long iova, int need) {
        if (!function.reaches(iova) || function.target() != Target.TABLES) {
            return DmaSpace.judge(function, translation, iova, need);
        }
        long found = mappings.find(iova);
        if (found == IntervalMap.NONE || (mappings.flags(found) & need) != need) {
            return DmaSpace.fault(EventCodes.TPROTE.code(), 0);
        }
        return mappings.output(found) + (iova - mappings.start(found));
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
            boolean whole = takeOut(pieces, function, start, last);
            boolean all = !pieces.isBad() && bringIn(pieces, function, start, last);
            if (pieces.isBad()) {
                // The function stops; whoever starts it again must not find half of a range.
                mappings.clear(start, last);
                return Refresh.BAD_TABLE;
            }
            return whole && all ? Refresh.DONE : Refresh.INSUFFICIENT;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Takes out what tables no longer say, neighbours at once; false if the look was cut short, and then all behind it is out. */
    private boolean takeOut(TablePieces pieces, ZpciFunction function, long start, long last) {
        long from = start;
        pieces.begin(function, start, last);
        while (pieces.next()) {
            if (isKept(pieces)) {
                if (from != pieces.start()) {
                    mappings.clear(from, pieces.start() - 1);
                }
                if (pieces.end() == last) {
                    return true;
                }
                from = pieces.end() + 1;
            }
        }
        mappings.clear(from, last);
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
                mappings.clear(pieces.start(), pieces.end());
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
