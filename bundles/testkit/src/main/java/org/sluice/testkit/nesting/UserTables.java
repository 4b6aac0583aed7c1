// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.nesting;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;

import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.DeviceId;
import org.sluice.machine.PhysicalMemory;

/**
 * A page table of four levels that a user keeps in memory of its own: all addresses in it are the user's, which a parent maps. Bit numbers are
 * those of the sheets (smmuv3.md 3 to 5, vtd.md 4 and 5, amdvi.md 4). Not thread-safe.
 */
public abstract class UserTables {
    /** Backends that can nest. */
    public static final List<String> BACKENDS = List.of("smmuv3", "vtd", "amdvi");
    public static final int PAGE = 4096;
    private static final int LEVELS = 4;
    private static final int INDEX_BITS = 9;
    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

    private final PhysicalMemory memory;
    private final LongUnaryOperator physical;
    private long next;
    private final long root;

    /**
     * @param physical where an address of the user lies
     * @param first address of the user from which on pages are free
     */
    UserTables(PhysicalMemory memory, LongUnaryOperator physical, long first) {
        this.memory = memory;
        this.physical = physical;
        this.next = first;
        this.root = page();
    }

    /** An empty table as the backend's hardware reads it. */
    public static UserTables of(String backend, PhysicalMemory memory, LongUnaryOperator physical, long first) {
        return switch (backend) {
            case "smmuv3" -> new Smmuv3Tables(memory, physical, first);
            case "vtd" -> new VtdTables(memory, physical, first);
            case "amdvi" -> new AmdViTables(memory, physical, first);
            default -> throw new IllegalArgumentException(backend);
        };
    }

    /** A zeroed page of the user. */
    final long page() {
        long page = next;
        next += PAGE;
        for (int at = 0; at < PAGE; at += Long.BYTES) {
            write(page + at, 0);
        }
        return page;
    }

    public final long root() {
        return root;
    }

    /** Where the user's next page will be. */
    public final long end() {
        return next;
    }

    final void write(long address, long word) {
        memory.writeLong(physical.applyAsLong(address), word);
    }

    private long read(long address) {
        return memory.readLong(physical.applyAsLong(address));
    }

    /** Leads a page of 4 KiB to an address of the user, whatever it led to. */
    public final void map(long iova, long address, boolean writable) {
        write(entry(iova), address | leaf(writable));
    }

    public final void unmap(long iova) {
        write(entry(iova), 0);
    }

    /** The table of level 0 that has the page's entry. */
    public final long tableOf(long iova) {
        return entry(iova) & -PAGE;
    }

    private long entry(long iova) {
        long table = root;
        for (int level = LEVELS - 1; level > 0; level--) {
            long at = table + index(iova, level);
            if (read(at) == 0) {
                write(at, page() | link());
            }
            table = read(at) & ADDRESS;
        }
        return table + index(iova, 0);
    }

    private static long index(long iova, int level) {
        return (iova >>> 12 + INDEX_BITS * level & (1 << INDEX_BITS) - 1) * Long.BYTES;
    }

    /** Bits of an entry that leads to a table. */
    abstract long link();

    /** Bits of an entry that leads to a page. */
    abstract long leaf(boolean writable);

    /** The anchor that the user hands over; a new one each time. */
    public abstract UserTable anchor();

    /** What the user says when it has changed anything. */
    public abstract UserEntries everything();

    /** What the user says when it has changed these pages. */
    public abstract UserEntries pages(long... iovas);

    /** An entry that no unit takes, behind good ones for these pages. */
    public abstract UserEntries pagesAndBad(long... iovas);

    static byte[] bytes(long... words) {
        ByteBuffer out = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            out.putLong(word);
        }
        return out.array();
    }

    static UserEntries entries(int type, int wordsOfOne, LongFunction<DeviceId> devices, long... words) {
        return new UserEntries(type, bytes(words), words.length / wordsOfOne, devices);
    }
}
