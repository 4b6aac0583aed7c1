// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.api.Fault;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.DmaTranslation.Outcome;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.machine.PhysicalMemory;

/**
 * A range of DMA addresses as tables divide it: mapped pages, and gaps as large as the invalid entry that makes them. Tables that point at
 * each other could divide a range without end, so one look is bounded. Not thread-safe.
 */
final class TablePieces {
    /** Pieces of one look: as many pages as 16 GiB have. */
    private static final int BUDGET = 1 << 22;

    private final DmaTranslation translation;
    private ZpciFunction function;
    private long next;
    private long last;
    private int left;
    private boolean ended;
    private Fault fault;
    private long start;
    private long end;
    private boolean mapped;

    TablePieces(PhysicalMemory memory) {
        translation = new DmaTranslation(memory);
    }

    void begin(ZpciFunction source, long from, long to) {
        function = source;
        next = from;
        last = to;
        left = BUDGET;
        ended = false;
        fault = null;
    }

    /** Goes to the next piece; false at the end of the range, at a bad entry, and when the budget is used up. */
    boolean next() {
        if (ended || left-- == 0) {
            return false;
        }
        start = next;
        Outcome outcome = translation.run(function, start, 0);
        mapped = outcome == Outcome.MAPPED;
        if (!mapped && translation.fault() != EventCodes.TPROTE) {
            fault = outcome == Outcome.FAULT ? translation.fault() : EventCodes.INVALTE;
            ended = true;
            return false;
        }
        end = start | (1L << (mapped ? translation.pageShift() : translation.entryShift())) - 1;
        if (Long.compareUnsigned(end, last) >= 0) {
            end = last;
            ended = true;
        }
        next = end + 1;
        return true;
    }

    /** Whether the look ended at an entry that a translation must not meet. */
    boolean isBad() {
        return fault != null;
    }

    /** Whether the budget was used up before the end. */
    boolean isCutShort() {
        return !ended;
    }

    /** Only if {@link #isBad}. */
    int code() {
        return fault.code();
    }

    /** Table of the bad entry. */
    int level() {
        return translation.level();
    }

    /** First address of the piece, or where the look ended. */
    long start() {
        return start;
    }

    long end() {
        return end;
    }

    boolean isMapped() {
        return mapped;
    }

    /** Output of the first address; only if mapped. */
    long output() {
        return translation.output();
    }

    int permissions() {
        return translation.permissions();
    }
}
