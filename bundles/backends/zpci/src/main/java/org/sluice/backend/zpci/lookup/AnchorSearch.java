// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.api.Progress;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.TableEntry;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Finds root tables in an image that comes without anchors, by their look alone: a block of 16 KiB, aligned, all of whose 2,048 entries
 * are either the bare invalid mark or a well-formed pointer of one type, with at least one pointer. The processor's own tables differ:
 * their unused region entries carry the table type beside the mark, and their page entries use the low bits. Whatever a found table
 * points to is no root. A pure function of memory: it reads each block once and each page table once, and keeps a bounded number.
 */
public final class AnchorSearch {
    /** More tables than any system has functions and address spaces; the search ends there and says so. */
    static final int MAX_TABLES = 1 << 16;
    private static final int ENTRIES = 2048;
    private static final int TABLE_BYTES = ENTRIES * Long.BYTES;
    private static final int PAGE_ENTRIES = 256;
    private static final int PAGE_TABLE_BYTES = PAGE_ENTRIES * Long.BYTES;
    private static final int NOT_A_TABLE = -1;
    private static final long PROGRESS_STEP = 1L << 28;
    /** Beside the address a pointer in use has only what the table type asks for, and perhaps the protection bit. */
    private static final long REGION_FLAGS = 0x3fff;
    private static final long SEGMENT_FLAGS = 0x7ff;
    private static final long PAGE_FLAGS = 0xfff;

    private final PhysicalMemory memory;
    private final Progress progress;
    /** Type by address of each block that looks like a table. */
    private final Map<Long, Integer> tables = new HashMap<>();
    private final Set<Long> referenced = new HashSet<>();
    private final Map<Long, Boolean> unused = new HashMap<>();
    private final Map<Long, Look> pageTables = new HashMap<>();

    /** What a page table's entries say: a table in use, nothing either way (absent, or all unused), something else. */
    private enum Look { TABLE, NOTHING, OTHER }

    public AnchorSearch(PhysicalMemory memory, Progress progress) {
        this.memory = memory;
        this.progress = progress;
    }

    /** Anchors (T=1, key 0) of the tables found, in ascending order of address. */
    public List<Long> run() {
        long total = memory.present().stream().mapToLong(AddressRange::size).sum();
        long done = 0;
        long next = PROGRESS_STEP;
        for (AddressRange range : memory.present()) {
            // A block may go on in the next window, so it only has to start in this one.
            for (long block = range.start() + TABLE_BYTES - 1 & -TABLE_BYTES; range.contains(block); block += TABLE_BYTES) {
                look(block);
            }
            done += range.size();
            if (done >= next) {
                progress.at("bytes", done, total);
                next = done + PROGRESS_STEP;
            }
        }
        List<Long> anchors = new ArrayList<>();
        tables.keySet().stream().sorted().forEach(table -> {
            int type = tables.get(table);
            if (!referenced.contains(table) && childrenFit(table, type)) {
                anchors.add(table | Anchor.DESIGNATION.put(type) | Anchor.TRANSLATE.put(1));
            }
        });
        return anchors;
    }

    private void look(long block) {
        int type = tables.size() < MAX_TABLES ? typeOf(block) : NOT_A_TABLE;
        if (type == NOT_A_TABLE) {
            return;
        }
        tables.put(block, type);
        for (int i = 0; i < ENTRIES; i++) {
            long entry = entry(block, i);
            if (TableEntry.INVALID.get(entry) == 0 && type != Anchor.SEGMENT_TABLE) {
                referenced.add(entry & ~REGION_FLAGS);
            }
        }
    }

    /** Table type of a block by its entries, or {@link #NOT_A_TABLE}; most blocks are refused at their first word. */
    private int typeOf(long block) {
        int type = NOT_A_TABLE;
        for (int i = 0; i < ENTRIES; i++) {
            if (memory.window(block + (long) i * Long.BYTES) == null) {
                return NOT_A_TABLE;
            }
            long entry = entry(block, i);
            if (entry == TableEntry.EMPTY) {
                continue;
            }
            int own = pointerType(entry);
            if (own == NOT_A_TABLE || type != NOT_A_TABLE && type != own) {
                return NOT_A_TABLE;
            }
            type = own;
        }
        return type;
    }

    private int pointerType(long entry) {
        int type = (int) TableEntry.TYPE.get(entry);
        boolean region = type != Anchor.SEGMENT_TABLE;
        boolean frame = !region && TableEntry.FORMAT.get(entry) != 0;
        long expected = region ? TableEntry.TYPE.put(type) | TableEntry.LENGTH.put(TableEntry.FULL_LENGTH)
                : TableEntry.FORMAT.put(frame ? 1 : 0);
        long flags = region ? REGION_FLAGS : SEGMENT_FLAGS;
        boolean formed = (entry & flags & ~TableEntry.PROTECT.put(1)) == expected;
        return formed && (entry & ~flags) != 0 && memory.isRam(entry & ~flags) ? type : NOT_A_TABLE;
    }

    /**
     * Whether what a table points to looks as it should, as far as the image holds it. Segment tables look like the processor's own,
     * so at least one page table must be held and tell them apart.
     */
    private boolean childrenFit(long table, int type) {
        boolean seen = type != Anchor.SEGMENT_TABLE;
        for (int i = 0; i < ENTRIES; i++) {
            long entry = entry(table, i);
            if (TableEntry.INVALID.get(entry) != 0) {
                continue;
            }
            if (type != Anchor.SEGMENT_TABLE) {
                if (!regionFits(entry & ~REGION_FLAGS, type - 1)) {
                    return false;
                }
            } else if (TableEntry.FORMAT.get(entry) == 0) {
                Look look = pageTables.computeIfAbsent(entry & ~SEGMENT_FLAGS, this::pageTable);
                if (look == Look.OTHER) {
                    return false;
                }
                seen |= look == Look.TABLE;
            }
        }
        return seen;
    }

    private boolean regionFits(long child, int type) {
        Integer found = tables.get(child);
        return found != null ? found == type : unused.computeIfAbsent(child, this::isEmptyOrAbsent);
    }

    private boolean isEmptyOrAbsent(long table) {
        for (int i = 0; i < ENTRIES; i++) {
            if (memory.window(table + (long) i * Long.BYTES) != null && entry(table, i) != TableEntry.EMPTY) {
                return false;
            }
        }
        return true;
    }

    private Look pageTable(long table) {
        if (memory.presence(table, PAGE_TABLE_BYTES) != PhysicalMemory.Presence.PRESENT) {
            return Look.NOTHING;
        }
        Look look = Look.NOTHING;
        for (int i = 0; i < PAGE_ENTRIES; i++) {
            long entry = entry(table, i);
            if ((entry & PAGE_FLAGS & ~(TableEntry.EMPTY_PAGE | TableEntry.PROTECT.put(1) | ZpciFormats.PAGE_IN_USE)) != 0 || entry == 0) {
                return Look.OTHER;
            }
            look = TableEntry.PAGE_INVALID.get(entry) == 0 ? Look.TABLE : look;
        }
        return look;
    }

    private long entry(long table, int index) {
        long address = table + (long) index * Long.BYTES;
        MemoryWindow window = memory.window(address);
        return Long.reverseBytes(window.getLong(address));
    }
}
