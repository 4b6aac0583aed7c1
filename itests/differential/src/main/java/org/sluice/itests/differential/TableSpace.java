// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Words of a case as they are made up: pages handed out in order, entries noted so that some can be spoilt. Not thread-safe. */
final class TableSpace {
    private static final long PAGE = 4096;

    final Random random;
    private final long start;
    private final TreeMap<Long, Long> words = new TreeMap<>();
    private long next;

    TableSpace(Random random, long start) {
        this.random = random;
        this.start = start;
        next = start + Ram.TABLES;
    }

    /** Start of RAM. */
    long origin() {
        return start;
    }

    /** A table of {@code bytes}, aligned to that. */
    long table(long bytes) {
        long size = Math.max(bytes, PAGE);
        long table = next + size - 1 & -size;
        next = table + size;
        if (next > start + Ram.QUEUES) {
            throw new IllegalStateException("the case has too many tables");
        }
        return table;
    }

    long page() {
        return table(PAGE);
    }

    long get(long address) {
        return words.getOrDefault(address, 0L);
    }

    void put(long address, long value) {
        words.put(address, value);
    }

    Map<Long, Long> words() {
        return words;
    }

    /** An aligned address for data: in the half of RAM that tells where a read came from, if pages of that size fit there. */
    long target(long size) {
        if (size > Ram.DATA) {
            return start & -size;
        }
        long offset;
        do {
            offset = Ram.DATA + (random.nextInt(Ram.DATA) & -size);
            // A bit flipped in it must not lead into the hole below 1 MiB.
        } while ((offset & Ram.HOLE_END - 1) >= Ram.HOLE && offset < Ram.DATA + Ram.HOLE_END && size < Ram.HOLE_END);
        return start + offset;
    }

    /** Flips {@code bits} bits in one word that was written, and in all words of its table that are the same. */
    void spoil(int bits) {
        // First the table, then the entry: equal entries of a large page would else get all of it.
        List<Long> tables = words.keySet().stream().map(a -> a & -PAGE).distinct().toList();
        long table = pick(tables);
        long address = pick(new ArrayList<>(words.subMap(table, table + PAGE).keySet()));
        long value = words.get(address);
        long spoilt = value;
        for (int i = 0; i < bits; i++) {
            spoilt ^= 1L << random.nextInt(Long.SIZE);
        }
        // Entries of one page that need to be equal stay equal.
        for (Map.Entry<Long, Long> word : words.subMap(table, table + PAGE).entrySet()) {
            if (word.getValue() == value) {
                word.setValue(spoilt);
            }
        }
    }

    <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** True once in {@code n} times. */
    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    /** A word's place in a range of {@code size} bytes. */
    long offset(long size) {
        return Math.floorMod(random.nextLong(), size) & -Integer.BYTES;
    }
}
