// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.sluice.api.Permissions;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/**
 * The page-table formats of VT-d as data. A unit's capabilities decide which bits are reserved and which levels may hold leaves, so
 * formats are built per combination of them and shared. Levels count from the leaves here; the vendor's numbers are one higher.
 */
public final class VtdFormats {
    private static final int PAGE_SHIFT = 12;
    private static final int INDEX_BITS = 9;
    /** Counted from the leaves: the level whose leaves are 2 MiB, and the one with 1 GiB. */
    private static final int LEVEL_2M = 1;
    private static final int LEVEL_1G = 2;
    /** Address field of all paging entries. */
    private static final long ADDRESS = PagingEntry.ADDRESS.put(-1L);
    private static final int ADDRESS_END = 52;
    /** XD among bits 63:52. */
    private static final int XD_OF_HIGH_BITS = (int) (PagingEntry.FS_NO_EXECUTE.put(1) >>> ADDRESS_END);

    private static final Map<Record, RadixFormat> BUILT = new ConcurrentHashMap<>();

    private VtdFormats() {
    }

    /**
     * Second-stage tables (section 4.2 of the data, 9.8 of the entries).
     *
     * @param levels 3 to 5
     * @param inputBits lower of the table's and the unit's width (MGAW)
     * @param hostBits host address width; address bits above are reserved
     * @param pages2M leaves at level 2 allowed
     * @param pages1G leaves at level 3 allowed
     * @param snoop the SNP bit of leaves is defined
     * @param executes readable pages may be executed: only below a first stage, which decides about execution
     */
    public record SecondStage(int levels, int inputBits, int hostBits, boolean pages2M, boolean pages1G, boolean snoop,
            boolean executes) {
        public RadixFormat format() {
            return BUILT.computeIfAbsent(this, key -> build());
        }

        private RadixFormat build() {
            long none = PagingEntry.SS_SNOOP.put(1);
            RadixFormatBuilder b = RadixFormat.builder(Vtd.BACKEND, "second-stage-" + levels)
                    .title("Second-stage tables with " + levels + " levels", Vtd.SPECIFICATION + "section 9.8, second-stage paging entries");
            addLevels(b, levels, PagingEntry.SECOND_STAGE.name(), hostBits);
            for (int level = 0; level < levels; level++) {
                // SNP is reserved in entries that are not leaves, and in leaves of units without snoop control.
                b.fixedInTable(level, none, 0).fixedInLeaf(level, snoop ? 0 : none, 0);
                b.fixedInLeaf(level, offset(level) & ADDRESS, 0);
                b.encodeLeaf(level, level == 0 ? 0 : PagingEntry.SS_PAGE.put(1));
            }
            return b.input(inputBits, false)
                    .classify(this::step)
                    .lowPermissions((level, leaf, low) -> permissions(low))
                    .permissionsAtEachLevel()
                    .addresses(ADDRESS, ADDRESS, hostBits)
                    .encodeTable(PagingEntry.SS_READ.put(1) | PagingEntry.SS_WRITE.put(1))
                    .encodePermissions(p -> PagingEntry.SS_READ.put(p & Permissions.READ) | PagingEntry.SS_WRITE.put(p >> 1))
                    .build();
        }

        /** No permission is "not present" whatever the other bits are: the check of permissions comes first at every level. */
        private Step step(int level, int low) {
            if (permissions(low) == 0) {
                return Step.NONE;
            }
            return level == 0 ? Step.PAGE : below(level, has(PagingEntry.SS_PAGE, low), pages2M, pages1G);
        }

        private int permissions(int low) {
            boolean read = has(PagingEntry.SS_READ, low);
            return (read ? Permissions.READ : 0) | (has(PagingEntry.SS_WRITE, low) ? Permissions.WRITE : 0)
                    | (read && executes ? Permissions.EXECUTE : 0);
        }
    }

    /**
     * First-stage tables: x86-64 paging (section 9.7). Permissions are judged at the leaf, as processors do; entries on the way are
     * checked for presence and reserved bits.
     *
     * @param levels 4 or 5
     * @param hostBits host address width; address bits above are reserved
     * @param pages1G leaves at level 3 allowed
     * @param noExecute the XD bit is in use (NXE); otherwise it is reserved
     * @param executes execute requests are allowed (ERE)
     */
    public record FirstStage(int levels, int hostBits, boolean pages1G, boolean noExecute, boolean executes) {
        public RadixFormat format() {
            return BUILT.computeIfAbsent(this, key -> build());
        }

        private RadixFormat build() {
            RadixFormatBuilder b = RadixFormat.builder(Vtd.BACKEND, "first-stage-" + levels)
                    .title("First-stage tables with " + levels + " levels", Vtd.SPECIFICATION + "section 9.7, first-stage paging entries");
            addLevels(b, levels, PagingEntry.FIRST_STAGE.name(), hostBits);
            long memoryTypeBit = 1L << PAGE_SHIFT;
            long unused = noExecute ? 0 : PagingEntry.FS_NO_EXECUTE.put(1);
            for (int level = 0; level < levels; level++) {
                b.fixedInTable(level, unused, 0).fixedInLeaf(level, unused, 0);
                // Bit 12 of a superpage is part of its memory type.
                b.fixedInLeaf(level, offset(level) & ADDRESS & ~memoryTypeBit, 0);
                b.encodeLeaf(level, level == 0 ? 0 : PagingEntry.FS_PAGE.put(1));
            }
            long leaf = PagingEntry.FS_PRESENT.put(1) | PagingEntry.FS_USER.put(1) | PagingEntry.FS_ACCESSED.put(1);
            return b.input(PAGE_SHIFT + INDEX_BITS * levels, true)
                    .classify((level, low) -> !has(PagingEntry.FS_PRESENT, low) ? Step.NONE
                            : level == 0 ? Step.PAGE : below(level, has(PagingEntry.FS_PAGE, low), true, pages1G))
                    .lowPermissions((level, isLeaf, low) -> permissions(low))
                    .highPermissions((level, isLeaf, high) -> (high & XD_OF_HIGH_BITS) == 0 ? Permissions.ALL : Permissions.READ_WRITE)
                    .addresses(ADDRESS, ADDRESS, hostBits)
                    .encodeTable(leaf | PagingEntry.FS_WRITE.put(1))
                    .encodePermissions(p -> leaf | PagingEntry.FS_WRITE.put(p >> 1)
                            | (noExecute && (p & Permissions.EXECUTE) == 0 ? PagingEntry.FS_NO_EXECUTE.put(1) : 0))
                    .build();
        }

        /** An entry for supervisors permits nothing to the user requests that devices make here. */
        private int permissions(int low) {
            if (!has(PagingEntry.FS_USER, low)) {
                return 0;
            }
            return Permissions.READ | (has(PagingEntry.FS_WRITE, low) ? Permissions.WRITE : 0) | (executes ? Permissions.EXECUTE : 0);
        }
    }

    /** All formats, as a unit with every capability and 52 address bits has them. */
    public static List<TableFormat> descriptions() {
        List<TableFormat> list = new ArrayList<>();
        for (int levels = 3; levels <= 5; levels++) {
            list.add(new SecondStage(levels, PAGE_SHIFT + INDEX_BITS * levels, ADDRESS_END, true, true, true, false).format().description());
        }
        for (int levels = 4; levels <= 5; levels++) {
            list.add(new FirstStage(levels, ADDRESS_END, true, true, true).format().description());
        }
        return list;
    }

    private static void addLevels(RadixFormatBuilder b, int levels, String entry, int hostBits) {
        long beyondHost = ADDRESS & -(1L << hostBits);
        for (int level = 0; level < levels; level++) {
            b.level(level + 1, PAGE_SHIFT + INDEX_BITS * level, INDEX_BITS, entry);
            b.fixedInTable(level, beyondHost, 0).fixedInLeaf(level, beyondHost, 0);
        }
    }

    private static Step below(int level, boolean page, boolean pages2M, boolean pages1G) {
        if (!page) {
            return Step.table(level - 1);
        }
        return level == LEVEL_2M && pages2M || level == LEVEL_1G && pages1G ? Step.PAGE : Step.FORBIDDEN;
    }

    /** Address bits within a page of a level. */
    private static long offset(int level) {
        return (1L << PAGE_SHIFT + INDEX_BITS * level) - 1;
    }

    private static boolean has(BitField flag, int low) {
        return flag.get((long) low) != 0;
    }
}
