// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.backend.riscv.layout.DirectoryEntries;

/**
 * A device or process directory: tables of 4 KiB, indexed by slices of an id, whose last one holds contexts. Immutable.
 *
 * @param root address of the top table; a guest address if there is a second stage
 * @param idBits width of the ids of this kind; the top slice is what the others leave
 * @param guest the second stage that its tables are read through, or null
 */
public record Directory(Kind kind, long root, int levels, int idBits, StructureLayout leaf, boolean bigEndian, Finding.Stage guest) {
    private static final int PAGE_BYTES = 1 << Riscv.PAGE_SHIFT;
    private static final int STRIDE = 9;

    /** The layouts of pointers, and the causes of what is wrong with an entry. */
    public enum Kind {
        DEVICE(DirectoryEntries.DEVICE_TABLE, Cause.DDT_ENTRY_LOAD_ACCESS_FAULT, Cause.DDT_ENTRY_NOT_VALID, Cause.DDT_ENTRY_MISCONFIGURED),
        PROCESS(DirectoryEntries.PROCESS_TABLE, Cause.PDT_ENTRY_LOAD_ACCESS_FAULT, Cause.PDT_ENTRY_NOT_VALID, Cause.PDT_ENTRY_MISCONFIGURED);

        public final StructureLayout table;
        final Cause unreadable;
        final Cause invalid;
        final Cause misconfigured;

        Kind(StructureLayout table, Cause unreadable, Cause invalid, Cause misconfigured) {
            this.table = table;
            this.unreadable = unreadable;
            this.invalid = invalid;
            this.misconfigured = misconfigured;
        }
    }

    private int leafBits() {
        return Integer.numberOfTrailingZeros(PAGE_BYTES / leaf.bytes());
    }

    /** Lowest bit of the id that indexes tables of a level; level 0 holds contexts. */
    public int shift(int level) {
        return level == 0 ? 0 : leafBits() + STRIDE * (level - 1);
    }

    /** Ids that this many levels reach. */
    public long ids() {
        return 1L << Math.min(idBits, leafBits() + STRIDE * (levels - 1));
    }

    /** Entries of a table of a level that an id can reach. */
    public int entries(int level) {
        int bits = level == 0 ? leafBits() : STRIDE;
        return (int) Math.min(1L << bits, ids() >>> shift(level));
    }

    public int entryBytes(int level) {
        return level == 0 ? leaf.bytes() : kind.table.bytes();
    }

    /** Where, from the start of its table, the entry of an id stands. */
    long offset(long id, int level) {
        return (id >>> shift(level) & entries(level) - 1) * entryBytes(level);
    }
}
