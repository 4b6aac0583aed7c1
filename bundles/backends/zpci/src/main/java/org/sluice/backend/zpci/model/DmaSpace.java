// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.spi.UnitModel;

/**
 * The DMA address space of one function. Where the group does not ask for refreshes of what becomes valid, tables are walked and pages
 * cached until a refresh names them; where it does, DMA is answered from what was refreshed and from nothing else, and what is cached is
 * part of that. Translations are safe from many threads; registration and refreshes are serialised by the caller.
 */
final class DmaSpace {
    /** How a refresh ended. */
    enum Refresh { DONE, INSUFFICIENT, BAD_TABLE }

    private static final int LEVEL_SHIFT = 16;
    private static final int CODE_MASK = (1 << LEVEL_SHIFT) - 1;
    /** A limit where nothing is kept of refreshes. */
    static final int TABLES_COUNT = -1;

    private final TranslationCache cache;
    private final long tag;
    private final int limit;
    private volatile View view;

    /**
     * What is registered, and the addresses that it reaches as plain numbers: none of them if it is nothing.
     *
     * @param refreshed what refreshes of this registration brought in, or null if tables count
     */
    private record View(ZpciFunction function, long first, long last, RefreshedMappings refreshed) {
        static View of(ZpciFunction function, int limit) {
            if (!function.reaches()) {
                return new View(function, 1, 0, null);
            }
            return new View(function, function.first(), function.last(),
                    limit != TABLES_COUNT && function.target() == Target.TABLES ? new RefreshedMappings(function, limit) : null);
        }

        boolean reaches(long iova) {
            return Long.compareUnsigned(iova, first) >= 0 && Long.compareUnsigned(iova, last) <= 0;
        }
    }

    /**
     * @param cache of the unit
     * @param number of the function within the unit
     * @param limit translations that refreshes may bring in, or {@link #TABLES_COUNT}
     */
    DmaSpace(ZpciFunction function, TranslationCache cache, int number, int limit) {
        view = View.of(function, limit);
        this.cache = cache;
        this.limit = limit;
        tag = TranslationCache.tag(number);
    }

    ZpciFunction function() {
        return view.function();
    }

    /** Replaces what is registered; nothing of the old translations is used by accesses that begin after this. */
    void register(ZpciFunction newFunction) {
        view = View.of(newFunction, limit);
        cache.invalidateTag(tag);
    }

    /** The output address, {@link UnitModel#PASS_THROUGH}, or a fault to be read by {@link #code} and {@link #level}. */
    long translate(PerThread<Access> accesses, long iova, int need) {
        if (view.reaches(iova)) {
            long output = cache.translate(tag, iova, need);
            if (output >= 0) {
                return output;
            }
        }
        return lookUp(accesses.get(), iova, need);
    }

    private long lookUp(Access access, long iova, int need) {
        // The ticket comes first: what is registered or refreshed afterwards invalidates it.
        long ticket = cache.ticket(tag);
        access.begin();
        View now = view;
        long answer;
        if (now.refreshed != null && now.reaches(iova)) {
            answer = find(now.refreshed, access, iova, need);
        } else {
            answer = judge(now.function, access.translation, iova, need);
            access.walked();
        }
        if (answer >= 0 && access.pageShift() != 0) {
            cache.fill(ticket, tag, iova, access.pageShift(), answer, access.permissions());
        }
        return answer;
    }

    private static long find(RefreshedMappings refreshed, Access access, long iova, int need) {
        long word = refreshed.find(iova);
        if (word == ShadowTable.NONE || (ShadowTable.permissions(word) & need) != need) {
            return fault(EventCodes.TPROTE.code(), 0);
        }
        access.found(word);
        return ShadowTable.output(word, iova);
    }

    /** As the anchor and its tables say at this moment. */
    private static long judge(ZpciFunction function, DmaTranslation translation, long iova, int need) {
        return switch (translation.run(function, iova, need)) {
            case MAPPED -> translation.output();
            case PASS_THROUGH -> UnitModel.PASS_THROUGH;
            case FAULT -> fault(translation.fault().code(), translation.level());
            // What cannot be read is refused, never let through.
            case UNKNOWN -> fault(EventCodes.INVALTE.code(), translation.level());
        };
    }

    private static long fault(int code, int level) {
        return -1L - (level << LEVEL_SHIFT | Math.max(code, 0));
    }

    static int code(long answer) {
        return (int) (-1 - answer) & CODE_MASK;
    }

    /** Table where the translation ended: 1 page to 5 region-first; 0 if it came to none. */
    static int level(long answer) {
        return (int) (-1 - answer) >>> LEVEL_SHIFT;
    }

    /**
     * Makes the range what tables say now. Tables are looked at in both cases, since a bad entry stops the function.
     *
     * @param start within what is registered, as {@code last}
     * @param pieces looks at tables; says where and why it stopped
     */
    Refresh refresh(TablePieces pieces, long start, long last) {
        View now = view;
        RefreshedMappings refreshed = now.refreshed;
        if (refreshed == null) {
            cache.invalidateRange(tag, start, last);
            return now.function.target() == Target.TABLES ? check(pieces, now.function, start, last) : Refresh.DONE;
        }
        Refresh ended = refreshed.refresh(pieces, start, last);
        if (refreshed.takeLost()) {
            cache.invalidateRange(tag, start, last);
        }
        return ended;
    }

    private static Refresh check(TablePieces pieces, ZpciFunction now, long start, long last) {
        pieces.begin(now, start, last);
        while (pieces.next()) {
            // Only whether every entry is well-formed counts here.
        }
        return pieces.isBad() ? Refresh.BAD_TABLE : Refresh.DONE;
    }
}
