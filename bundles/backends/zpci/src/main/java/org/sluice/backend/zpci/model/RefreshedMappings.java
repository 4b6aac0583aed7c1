// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.lang.invoke.VarHandle;

import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.model.DmaSpace.Refresh;

/**
 * The translations of one registration that refreshes have brought in, which is what a hypervisor keeps for it; their number is limited. A
 * refresh brings in what became valid and takes out what became invalid or changed. If there is no room for something it goes on taking out
 * and then looks once more, so that room made anywhere in the range is there for what is new (rows NST-14 and NST-15). Accesses look
 * beside it; refreshes are serialised by the caller.
 */
final class RefreshedMappings {
    private static final int LOOKS = 2;

    private final ZpciFunction function;
    private final ShadowTable shadow;
    /** The last address that the tables translate. */
    private final long reach;

    /**
     * @param function has tables registered
     * @param limit translations that there may be at once
     */
    RefreshedMappings(ZpciFunction function, int limit) {
        this.function = function;
        shadow = new ShadowTable(function.format().description().inputBits(), limit);
        reach = function.lastTranslated();
    }

    /** The word for an address that the function reaches, or {@link ShadowTable#NONE}. */
    long find(long iova) {
        return Long.compareUnsigned(iova, reach) <= 0 ? shadow.find(iova) : ShadowTable.NONE;
    }

    Refresh refresh(TablePieces pieces, long start, long last) {
        boolean whole = true;
        shadow.begin();
        for (int look = 0; look < LOOKS; look++) {
            shadow.reopen();
            whole = take(pieces, start, last);
            if (pieces.isBad()) {
                // The function stops; whoever starts it again must not find half of a range.
                shadow.clear(start, last);
                return Refresh.BAD_TABLE;
            }
            if (!shadow.isFull()) {
                break;
            }
        }
        return whole && !shadow.isFull() ? Refresh.DONE : Refresh.INSUFFICIENT;
    }

    /** Whether something went or changed since the last call; if so, no access that begins afterwards finds it. */
    boolean takeLost() {
        boolean lost = shadow.takeLost();
        if (lost) {
            VarHandle.fullFence();
        }
        return lost;
    }

    /** Makes the range as tables say, as far as there is room; false if the look was cut short, and then all behind it is out. */
    private boolean take(TablePieces pieces, long start, long last) {
        long next = start;
        pieces.begin(function, start, last);
        while (pieces.next()) {
            if (pieces.pages() != 0) {
                shadow.putPages(pieces.start(), pieces.words(), pieces.pages());
            } else if (pieces.frame() != ShadowTable.NONE) {
                shadow.putFrame(pieces.frame(), pieces.start(), pieces.end());
            } else {
                shadow.clear(pieces.start(), pieces.end());
            }
            next = pieces.end() + 1;
        }
        if (pieces.isCutShort() && !pieces.isBad()) {
            shadow.clear(next, last);
            return false;
        }
        return true;
    }
}
