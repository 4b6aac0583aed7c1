// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import org.sluice.api.Permissions;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;

/** Reads structures of a unit in its byte order, and visits the entries of directories, a million at most. One reader serves one thread. */
public final class DirectoryReader {
    /** Directories that point at themselves could name as many contexts as there are ids; all visits of one reader share this many. */
    private static final int MAX_ENTRIES = 1 << 20;

    private final PhysicalMemory memory;
    private final RadixWalker outer;
    private int left = MAX_ENTRIES;

    /** Takes what a visit finds. */
    public interface Visitor {
        /** A context with its valid bit set. */
        void context(long id, Structure context);

        /** A pointer with its valid bit set; returns whether to go on below it. */
        boolean pointer(long id, Structure pointer);

        /** Entries from {@code id} on that cannot be read; {@code unknown}: the image lacks them, else there is no memory. */
        void absent(long id, long address, boolean unknown);
    }

    public DirectoryReader(PhysicalMemory memory) {
        this.memory = memory;
        this.outer = new RadixWalker(memory);
    }

    static Structure read(PhysicalMemory memory, StructureLayout layout, long address, boolean bigEndian) {
        Structure read = Structure.read(memory, layout, address);
        if (!bigEndian) {
            return read;
        }
        return Structure.of(layout, address, read.words().stream().mapToLong(Long::reverseBytes).toArray());
    }

    /** Where a table of the directory lies, or {@code -1 - outcome} of the walk through the second stage. */
    long locate(Directory directory, long table) {
        return directory.guest() == null ? table : outer.walk(directory.guest().format(), directory.guest().root(), table, Permissions.READ);
    }

    /** The walk of the last {@link #locate} that failed. */
    RadixWalker outer() {
        return outer;
    }

    public void visit(Directory directory, Visitor visitor) {
        table(directory, directory.root(), directory.levels() - 1, 0, visitor);
    }

    private void table(Directory directory, long table, int level, long first, Visitor visitor) {
        long at = locate(directory, table);
        if (at < 0) {
            boolean unknown = RadixWalker.outcome(at) == RadixWalker.UNKNOWN_MEMORY;
            visitor.absent(first, unknown ? outer.entryAddress() : table, unknown);
            return;
        }
        StructureLayout layout = level == 0 ? directory.leaf() : directory.kind().table;
        // Tables are pages: what is known of one byte is known of all, unless pieces of a page were captured.
        for (int i = 0; i < directory.entries(level) && left > 0; i++) {
            long address = at + (long) i * layout.bytes();
            long id = first + ((long) i << directory.shift(level));
            Presence presence = Structure.presence(memory, layout, address);
            if (presence != Presence.PRESENT) {
                visitor.absent(id, address, presence == Presence.UNKNOWN);
                return;
            }
            left--;
            if (DirectoryEntries.VALID.get(directory.bigEndian() ? Long.reverseBytes(memory.readLong(address)) : memory.readLong(address)) == 0) {
                continue;
            }
            Structure entry = read(memory, layout, address, directory.bigEndian());
            if (level == 0) {
                visitor.context(id, entry);
            } else if (visitor.pointer(id, entry)) {
                table(directory, Riscv.page(entry.get(DirectoryEntries.NEXT)), level - 1, id, visitor);
            }
        }
    }
}
