// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;

/** Puts pages of the smallest size into one leaf table, as many as come for it in a row. Not thread-safe. */
final class LeafWriter {
    private final RadixFormat format;
    private final RadixStore store;
    private final int tableShift;
    private final long pageSize;
    private MemoryWindow window;
    private long table;

    /**
     * @param tableShift log2 of what a leaf table covers
     * @param pageSize of the smallest pages, or 0 if none may be used
     */
    LeafWriter(RadixFormat format, RadixStore store, int tableShift, long pageSize) {
        this.format = format;
        this.store = store;
        this.tableShift = tableShift;
        this.pageSize = pageSize;
    }

    LeafWriter at(MemoryWindow newWindow, long newTable) {
        window = newWindow;
        table = newTable;
        return this;
    }

    /**
     * Maps ranges from {@code from} on, of which the first lies in the table, as long as each is one free page of it.
     *
     * @return index of the first range that was not mapped
     */
    int write(long[] iovas, long[] outputs, long[] sizes, int from, int to, long attributes) {
        MemoryWindow words = window;
        long place = table;
        long base = iovas[from] >>> tableShift;
        long leaf = attributes | format.leafBits[0];
        int at = from;
        while (at < to) {
            long iova = iovas[at];
            long output = outputs[at];
            long encoded = format.encodeLeaf(output);
            long entry = encoded | leaf;
            if (sizes[at] != pageSize || iova >>> tableShift != base || ((iova | output) & pageSize - 1) != 0
                    || encoded == -1 || format.violations(0, true, entry) != 0) {
                break;
            }
            long address = store.slot(place, 0, iova);
            if (store.code(0, store.read(words, address)) != RadixFormat.EMPTY) {
                break;
            }
            store.write(words, address, entry);
            at++;
        }
        // Plain stores and one fence behind them, as for a range of many pages.
        VarHandle.releaseFence();
        return at;
    }
}
