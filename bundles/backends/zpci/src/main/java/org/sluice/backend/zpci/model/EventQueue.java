// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.Arrays;

import org.sluice.backend.zpci.layout.EventBlock;

/**
 * Error events that wait for software. A function is stopped by its first one, so as many fit as there is ever cause for; should software
 * recover functions again and again without taking events, the newest are lost. Nothing is allocated when one is added. Thread-safe.
 */
final class EventQueue {
    private static final int CAPACITY = 256;

    private final long[] words = new long[CAPACITY * EventBlock.WORDS];
    private int first;
    private int count;

    /** @param detail the second word beside the function id: access, vector, table */
    synchronized void add(int code, long handle, int functionId, long address, long detail) {
        if (count == CAPACITY) {
            return;
        }
        int at = (first + count++) % CAPACITY * EventBlock.WORDS;
        words[at] = EventBlock.HANDLE.put(handle);
        words[at + 1] = EventBlock.FUNCTION.put(functionId) | detail;
        words[at + 2] = address;
        words[at + 3] = EventBlock.CODE.put(code);
    }

    synchronized int size() {
        return count;
    }

    /** The oldest event, or null. */
    synchronized long[] poll() {
        if (count == 0) {
            return null;
        }
        long[] event = Arrays.copyOfRange(words, first * EventBlock.WORDS, (first + 1) * EventBlock.WORDS);
        first = (first + 1) % CAPACITY;
        count--;
        return event;
    }
}
