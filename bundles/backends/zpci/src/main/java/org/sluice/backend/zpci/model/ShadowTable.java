// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The translations that one address space has, a word for each page or frame, in a radix table with the geometry of the tables that they come
 * from: a hypervisor's shadow of them. One thread changes it at a time; any number find beside it, without a lock, each page as it was
 * before a change or as it is after it. Their number is limited, and so is the memory that tables of few pages each take.
 */
final class ShadowTable {
    /** Nothing at an address. */
    static final long NONE = 0;
    /** Pages of a page table. */
    static final int PAGES = 256;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final int PAGE_SHIFT = 12;
    private static final int SEGMENT_SHIFT = 20;
    private static final int INDEX_BITS = 11;
    private static final int SLOT_COUNT = 1 << INDEX_BITS;
    /** What the low bits of a word, which have no address, hold: permissions, and above them log2 of what it covers. */
    private static final int SIZE_SHIFT = 3;
    private static final int SIZE_MASK = Long.SIZE - 1;
    private static final long LOW = (1L << PAGE_SHIFT) - 1;
    /** Memory is counted in page tables, of which there may be this many, 128 MiB: as many pages in them as there may be translations are far less. */
    private static final int MOST_TABLES = 1 << 16;
    private static final int NODE_TABLES = 4;
    private static final int FRAMES_TABLES = 24 + NODE_TABLES;

    private final Node root = new Node(NODE_TABLES);
    private final int topShift;
    private final int limit;
    private int size;
    private int tables;
    private boolean full;
    private boolean dropped;
    private boolean lost;
    /** The page table changed last and the number of its segment, so that neighbours are not searched for. */
    private Pages recent;
    private long recentSegment;

    /** A table of any level but the lowest; slots hold a table, a frame or null. */
    private static final class Node {
        final Object[] slots = new Object[SLOT_COUNT];
        /** What it counts as, in page tables. */
        final int tables;
        int used;

        Node(int tables) {
            this.tables = tables;
        }
    }

    /** A page table; it stays, though empty, until what leads to its counterpart says that nothing is there. */
    private static final class Pages {
        final long[] words = new long[PAGES];
        int present;
    }

    /** A frame that a slot maps whole. */
    private record Frame(long word) {
    }

    /**
     * @param inputBits that tables translate: 31, or 11 for each further level
     * @param limit translations that there may be at once
     */
    ShadowTable(int inputBits, int limit) {
        topShift = inputBits - INDEX_BITS;
        this.limit = limit;
    }

    /** @param shift log2 of what the word covers */
    static long word(long output, int shift, int permissions) {
        return output & -1L << shift | tail(shift, permissions);
    }

    /** A word without its address. */
    static long tail(int shift, int permissions) {
        return (long) shift << SIZE_SHIFT | permissions;
    }

    static int shift(long word) {
        return (int) (word >>> SIZE_SHIFT) & SIZE_MASK;
    }

    static int permissions(long word) {
        return (int) word & (1 << SIZE_SHIFT) - 1;
    }

    static long output(long word, long iova) {
        return word & ~LOW | iova & (1L << shift(word)) - 1;
    }

    /** The word for an address that the tables translate, or {@link #NONE}. */
    long find(long iova) {
        Object at = root;
        int shift = topShift;
        while (at instanceof Node node) {
            at = SLOTS.getAcquire(node.slots, index(iova, shift));
            shift -= INDEX_BITS;
        }
        if (at instanceof Pages pages) {
            return (long) WORDS.getAcquire(pages.words, page(iova));
        }
        return at == null ? NONE : ((Frame) at).word;
    }

    private static int index(long iova, int shift) {
        return (int) (iova >>> shift) & SLOT_COUNT - 1;
    }

    private static int page(long iova) {
        return (int) (iova >>> PAGE_SHIFT) & PAGES - 1;
    }

    /** Translations at this moment. */
    int size() {
        return size;
    }

    /** Begins a change of many steps. */
    void begin() {
        dropped = false;
        full = false;
    }

    /** From here on new ones are taken in again, until there is no room for one. */
    void reopen() {
        full = false;
    }

    /** Whether something found no room since the last {@link #reopen}, or had to go for want of it since {@link #begin}. */
    boolean isFull() {
        return full || dropped;
    }

    /** Whether something has gone or changed since the last call. */
    boolean takeLost() {
        boolean was = lost;
        lost = false;
        return was;
    }

    /** Puts neighbouring pages of one page table in: what is there no longer goes, what is new comes as long as there is room. */
    void putPages(long start, long[] words, int count) {
        Pages pages = pagesAt(start, words, count);
        if (pages == null) {
            return;
        }
        int at = page(start);
        if (count > 1 && !full && count <= limit - size && isAllNew(pages.words, at, words, count)) {
            // Each word says all there is to say of its page, so one fence is enough for all of them.
            System.arraycopy(words, 0, pages.words, at, count);
            VarHandle.releaseFence();
            pages.present += count;
            size += count;
        } else {
            merge(pages, at, words, count);
            if (pages.present == 0 && count == PAGES) {
                clear(start, start | (1L << SEGMENT_SHIFT) - 1);
            }
        }
    }

    /** Whether nothing is there of what comes, and all of it is something. */
    private static boolean isAllNew(long[] kept, int at, long[] words, int count) {
        long there = 0;
        for (int i = 0; i < count; i++) {
            there |= kept[at + i];
        }
        long every = -1L;
        for (int i = 0; i < count; i++) {
            every &= words[i];
        }
        return there == NONE && (every & tail(PAGE_SHIFT, 0)) != 0; // all pages have their size in common
    }

    private void merge(Pages pages, int at, long[] words, int count) {
        long[] kept = pages.words;
        int present = pages.present;
        int before = size - present;
        for (int i = 0; i < count; i++) {
            long old = kept[at + i];
            long word = words[i];
            if (old == word) {
                continue;
            }
            if (old == NONE) {
                if (full || before + present >= limit) {
                    full = true;
                    continue;
                }
                present++;
            } else {
                lost = true;
                present -= word == NONE ? 1 : 0;
            }
            WORDS.setRelease(kept, at + i, word);
        }
        pages.present = present;
        size = before + present;
    }

    /** The page table for pages that are to be put in; null if it is not there and not needed, or there is no room for it. */
    private Pages pagesAt(long start, long[] words, int count) {
        long segment = start >>> SEGMENT_SHIFT;
        if (recent != null && recentSegment == segment) {
            return recent;
        }
        Object found = slot(start, SEGMENT_SHIFT);
        if (!(found instanceof Pages)) {
            if (found == null && isEmpty(words, count)) {
                return null;
            }
            Node parent = nodeAt(start, SEGMENT_SHIFT);
            found = parent == null ? null : pagesIn(parent, start);
        }
        recent = (Pages) found;
        recentSegment = segment;
        return recent;
    }

    private static boolean isEmpty(long[] words, int count) {
        for (int i = 0; i < count; i++) {
            if (words[i] != NONE) {
                return false;
            }
        }
        return true;
    }

    /** What is in the slot for an address at a level, or in one above that leads no further. */
    private Object slot(long iova, int level) {
        Object at = root;
        for (int shift = topShift; shift >= level && at instanceof Node node; shift -= INDEX_BITS) {
            at = node.slots[index(iova, shift)];
        }
        return at;
    }

    /** The table with the slot for an address at a level, made if it is not there; null if there is no room for it. */
    private Node nodeAt(long iova, int level) {
        Node node = root;
        for (int shift = topShift; shift > level; shift -= INDEX_BITS) {
            Object child = node.slots[index(iova, shift)];
            if (child == null && hasRoom(0, NODE_TABLES)) {
                child = new Node(NODE_TABLES);
                put(node, index(iova, shift), child);
                tables += NODE_TABLES;
            } else if (child instanceof Frame) {
                child = split(node, iova, shift);
            }
            if (child == null) {
                return null;
            }
            node = (Node) child;
        }
        return node;
    }

    /** The page table in a slot that holds none yet; null if there is no room for it. */
    private Pages pagesIn(Node parent, long iova) {
        int index = index(iova, SEGMENT_SHIFT);
        if (parent.slots[index] != null) {
            return (Pages) split(parent, iova, SEGMENT_SHIFT);
        }
        if (!hasRoom(0, 1)) {
            return null;
        }
        Pages pages = new Pages();
        put(parent, index, pages);
        tables++;
        return pages;
    }

    private boolean hasRoom(int more, int moreTables) {
        boolean room = more <= limit - size && moreTables <= MOST_TABLES - tables;
        full |= !room;
        return room;
    }

    /** Makes smaller ones of a frame; if there is no room for them it goes, and null is told. */
    private Object split(Node node, long iova, int shift) {
        int index = index(iova, shift);
        long word = ((Frame) node.slots[index]).word;
        boolean segment = shift == SEGMENT_SHIFT;
        if (!hasRoom((segment ? PAGES : SLOT_COUNT) - 1, segment ? 1 : FRAMES_TABLES)) {
            dropped = true;
            remove(node, index);
            return null;
        }
        Object parts = segment ? pagesOf(word) : framesOf(word, shift - INDEX_BITS);
        size += count(parts) - 1;
        tables += tables(parts);
        SLOTS.setRelease(node.slots, index, parts);
        return parts;
    }

    private static Pages pagesOf(long word) {
        Pages pages = new Pages();
        for (int i = 0; i < PAGES; i++) {
            pages.words[i] = part(word, i, PAGE_SHIFT);
        }
        pages.present = PAGES;
        return pages;
    }

    private static Node framesOf(long word, int shift) {
        Node node = new Node(FRAMES_TABLES);
        for (int i = 0; i < SLOT_COUNT; i++) {
            node.slots[i] = new Frame(part(word, i, shift));
        }
        node.used = SLOT_COUNT;
        return node;
    }

    private static long part(long word, int i, int shift) {
        return word(word + ((long) i << shift), shift, permissions(word));
    }

    /**
     * Puts a frame in, or a part of it in smaller ones.
     *
     * @param word of the whole frame
     * @param start within the frame, as {@code last}
     */
    void putFrame(long word, long start, long last) {
        int shift = shift(word);
        long offset = (1L << shift) - 1;
        if (slot(start, shift) instanceof Frame frame && covers(frame.word, start, word)) {
            return;
        }
        if ((start & offset) == 0 && last == (start | offset)) {
            putWhole(word, start);
        } else if (shift == SEGMENT_SHIFT) {
            long[] words = new long[(int) (last - start >>> PAGE_SHIFT) + 1];
            for (int i = 0; i < words.length; i++) {
                words[i] = part(word, page(start) + i, PAGE_SHIFT);
            }
            putPages(start, words, words.length);
        } else {
            int smaller = shift - INDEX_BITS;
            for (long at = start; at - 1 != last;) {
                long end = at | (1L << smaller) - 1;
                end = Long.compareUnsigned(end, last) < 0 ? end : last;
                putFrame(part(word, index(at, smaller), smaller), at, end);
                at = end + 1;
            }
        }
    }

    /** Whether a frame found at an address says for it what a word of the same size or a smaller one does. */
    private static boolean covers(long found, long at, long word) {
        return permissions(found) == permissions(word) && shift(found) >= shift(word)
                && output(found, at) == output(word, at);
    }

    private void putWhole(long word, long start) {
        int shift = shift(word);
        Node node = nodeAt(start, shift);
        if (node == null) {
            return;
        }
        int index = index(start, shift);
        Object old = node.slots[index];
        int before = count(old);
        if (before == 0 && (full || !hasRoom(1, 0))) {
            full = true;
            return;
        }
        lost |= before != 0;
        size += 1 - before;
        tables -= tables(old);
        recent = null;
        put(node, index, new Frame(word));
    }

    /** Takes out whatever is from one address to another; of a frame that is cut the rest stays, if there is room for its parts. */
    void clear(long start, long last) {
        recent = null;
        clear(root, topShift, start, last);
    }

    private void clear(Node node, int shift, long start, long last) {
        long at = start;
        while (true) {
            long end = at | (1L << shift) - 1;
            boolean whole = (at & (1L << shift) - 1) == 0 && Long.compareUnsigned(end, last) <= 0;
            end = Long.compareUnsigned(end, last) < 0 ? end : last;
            int index = index(at, shift);
            Object child = node.slots[index];
            if (child != null) {
                if (whole) {
                    remove(node, index);
                } else {
                    clearPart(child instanceof Frame ? split(node, at, shift) : child, shift, at, end);
                    if (child instanceof Node inner && inner.used == 0) {
                        remove(node, index);
                    }
                }
            }
            if (end == last) {
                return;
            }
            at = end + 1;
        }
    }

    private void clearPart(Object child, int shift, long start, long last) {
        if (child instanceof Node inner) {
            clear(inner, shift - INDEX_BITS, start, last);
        } else if (child instanceof Pages pages) {
            for (int i = page(start); i <= page(last); i++) {
                if (pages.words[i] != NONE) {
                    WORDS.setRelease(pages.words, i, NONE);
                    pages.present--;
                    size--;
                    lost = true;
                }
            }
        }
    }

    private void put(Node node, int index, Object child) {
        node.used += node.slots[index] == null ? 1 : 0;
        SLOTS.setRelease(node.slots, index, child);
    }

    private void remove(Node node, int index) {
        Object child = node.slots[index];
        int gone = count(child);
        lost |= gone != 0;
        size -= gone;
        tables -= tables(child);
        recent = null;
        node.used--;
        SLOTS.setRelease(node.slots, index, null);
    }

    private static int count(Object child) {
        int count = child instanceof Frame ? 1 : child instanceof Pages pages ? pages.present : 0;
        if (child instanceof Node node) {
            for (Object inner : node.slots) {
                count += count(inner);
            }
        }
        return count;
    }

    private static int tables(Object child) {
        int count = child instanceof Pages ? 1 : 0;
        if (child instanceof Node node) {
            count = node.tables;
            for (Object inner : node.slots) {
                count += tables(inner);
            }
        }
        return count;
    }
}
