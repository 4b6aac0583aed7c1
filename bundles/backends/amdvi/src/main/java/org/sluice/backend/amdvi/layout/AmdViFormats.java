// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/**
 * The page-table formats of AMD-Vi as data: host (v1) tables by Mode, guest (v2) tables, and the tables that find a guest table by
 * PASID. Levels count from the leaves here; the vendor's numbers are one higher.
 */
public final class AmdViFormats {
    public static final int MAX_HOST_LEVELS = 6;
    public static final int MIN_GUEST_LEVELS = 4;
    public static final int MAX_GUEST_LEVELS = 5;
    public static final int MAX_GCR3_LEVELS = 3;

    /** A GCR3 table is indexed by PASID; as a radix table it takes the PASID shifted by this and answers the guest table's root. */
    public static final int PASID_SHIFT = 12;

    private static final int PAGE_SHIFT = 12;
    private static final int INDEX_BITS = 9;
    private static final int ADDRESS_END = 52;
    private static final long ADDRESS = PagingEntry.ADDRESS.put(-1L);
    /** Level of 1 GiB pages, the largest of guest tables, counted from the leaves. */
    private static final int GUEST_TOP_PAGE = 2;

    private static final List<RadixFormat> HOST = hosts(false);
    private static final List<RadixFormat> HOST_BELOW_GUEST = hosts(true);
    private static final List<RadixFormat> GUEST = List.of(guest(4, true), guest(5, true), guest(4, false), guest(5, false));
    private static final List<RadixFormat> GCR3 = List.of(gcr3(1), gcr3(2), gcr3(3));

    private AmdViFormats() {
    }

    /** Host tables with {@code mode} levels, 1 to 6. */
    public static RadixFormat host(int mode) {
        return HOST.get(mode - 1);
    }

    /** The same below guest tables, which alone decide about execution: what can be read can be executed. */
    public static RadixFormat hostBelowGuest(int mode) {
        return HOST_BELOW_GUEST.get(mode - 1);
    }

    /**
     * Guest tables.
     *
     * @param levels 4 or 5
     * @param noExecute the NX bit is in use (EFR.NXSup); otherwise it is reserved
     */
    public static RadixFormat guestTables(int levels, boolean noExecute) {
        return GUEST.get(levels - MIN_GUEST_LEVELS + (noExecute ? 0 : 2));
    }

    /** GCR3 tables with {@code levels} levels, 1 to 3. */
    public static RadixFormat gcr3Tables(int levels) {
        return GCR3.get(levels - 1);
    }

    public static List<TableFormat> descriptions() {
        List<TableFormat> all = new ArrayList<>();
        HOST.forEach(f -> all.add(f.description()));
        GUEST.subList(0, 2).forEach(f -> all.add(f.description()));
        GCR3.forEach(f -> all.add(f.description()));
        return List.copyOf(all);
    }

    private static List<RadixFormat> hosts(boolean executes) {
        List<RadixFormat> list = new ArrayList<>();
        for (int mode = 1; mode <= MAX_HOST_LEVELS; mode++) {
            list.add(hostTables(mode, executes ? Permissions.READ | Permissions.EXECUTE : Permissions.READ));
        }
        return List.copyOf(list);
    }

    private static RadixFormat hostTables(int mode, int readable) {
        RadixFormatBuilder b = RadixFormat.builder(AmdVi.BACKEND, "host-" + mode)
                .title("Host tables with Mode " + mode, AmdVi.SPECIFICATION + "section 2.2.3");
        long sized = 0;
        for (int level = 0; level < mode; level++) {
            int shift = PAGE_SHIFT + INDEX_BITS * level;
            // A level-6 table is a page like the others, although only 7 address bits are left to index it.
            b.level(level + 1, shift, INDEX_BITS, PagingEntry.HOST_PAGE.name());
            b.fixedInTable(level, PagingEntry.reservedMask(PagingEntry.HOST_TABLE), 0);
            b.fixedInLeaf(level, PagingEntry.reservedMask(PagingEntry.HOST_PAGE), 0);
            b.encodeLeaf(level, PagingEntry.PRESENT.put(1));
            b.encodeTable(level, PagingEntry.PRESENT.put(1) | PagingEntry.NEXT_LEVEL.put(level) | PagingEntry.READ.put(1) | PagingEntry.WRITE.put(1));
            for (int size = shift + 1; size < Math.min(shift + INDEX_BITS, ADDRESS_END + 1); size++) {
                sized |= 1L << size;
            }
        }
        return b.input(Math.min(Long.SIZE, PAGE_SHIFT + INDEX_BITS * mode), false)
                .classify(AmdViFormats::hostStep)
                .highPermissions((level, leaf, high) -> hostPermissions(high, readable))
                .permissionsAtEachLevel()
                .alignmentUnchecked()
                .addresses(ADDRESS, ADDRESS, ADDRESS_END)
                .sizedPages(sized)
                .encodePermissions(AmdViFormats::encodeHostPermissions)
                .build();
    }

    private static Step hostStep(int level, int low) {
        if (PagingEntry.PRESENT.get(low) == 0) {
            return Step.NONE;
        }
        long next = PagingEntry.NEXT_LEVEL.get(low);
        if (next == PagingEntry.PAGE) {
            return level < MAX_HOST_LEVELS - 1 ? Step.PAGE : Step.FORBIDDEN;
        }
        if (next == PagingEntry.SIZED_PAGE) {
            return level < MAX_HOST_LEVELS - 1 ? Step.SIZED_PAGE : Step.FORBIDDEN;
        }
        return next <= level ? Step.table((int) next - 1) : Step.FORBIDDEN;
    }

    private static int hostPermissions(int high, int readable) {
        long entry = (long) high << ADDRESS_END;
        return (PagingEntry.READ.get(entry) != 0 ? readable : 0) | (PagingEntry.WRITE.get(entry) != 0 ? Permissions.WRITE : 0);
    }

    private static long encodeHostPermissions(int permissions) {
        return PagingEntry.READ.put(permissions & Permissions.READ) | PagingEntry.WRITE.put((permissions & Permissions.WRITE) != 0 ? 1 : 0);
    }

    private static RadixFormat guest(int levels, boolean noExecute) {
        RadixFormatBuilder b = RadixFormat.builder(AmdVi.BACKEND, "guest-" + levels + (noExecute ? "" : "-without-nx"))
                .title("Guest tables with " + levels + " levels: x86-64 paging", AmdVi.SPECIFICATION + "section 2.2.6.2");
        long nx = noExecute ? 0 : PagingEntry.GUEST_NO_EXECUTE.put(1);
        for (int level = 0; level < levels; level++) {
            int shift = PAGE_SHIFT + INDEX_BITS * level;
            // Bit 12 of a large page is part of its memory type; the other address bits below its size are reserved.
            long inside = level == 0 ? 0 : (1L << shift) - 1 & ADDRESS & ~(1L << PAGE_SHIFT);
            b.level(level + 1, shift, INDEX_BITS, PagingEntry.GUEST.name());
            b.fixedInTable(level, nx, 0).fixedInLeaf(level, nx | inside, 0);
            b.encodeLeaf(level, level == 0 ? 0 : PagingEntry.GUEST_PAGE.put(1));
        }
        long used = PagingEntry.GUEST_PRESENT.put(1) | PagingEntry.GUEST_USER.put(1) | PagingEntry.GUEST_ACCESSED.put(1);
        return b.input(PAGE_SHIFT + INDEX_BITS * levels, true)
                .classify(AmdViFormats::guestStep)
                .lowPermissions((level, leaf, low) -> guestPermissions(low))
                .highPermissions((level, leaf, high) -> PagingEntry.GUEST_NO_EXECUTE.get((long) high << ADDRESS_END) == 0
                        ? Permissions.ALL : Permissions.READ_WRITE)
                .addresses(ADDRESS, ADDRESS, ADDRESS_END)
                .encodeTable(used | PagingEntry.GUEST_WRITE.put(1))
                .encodePermissions(p -> used | PagingEntry.GUEST_DIRTY.put(1) | PagingEntry.GUEST_WRITE.put((p & Permissions.WRITE) != 0 ? 1 : 0)
                        | PagingEntry.GUEST_NO_EXECUTE.put(noExecute && (p & Permissions.EXECUTE) == 0 ? 1 : 0))
                .build();
    }

    private static Step guestStep(int level, int low) {
        if (PagingEntry.GUEST_PRESENT.get(low) == 0) {
            return Step.NONE;
        }
        if (level == 0) {
            return Step.PAGE;
        }
        if (PagingEntry.GUEST_PAGE.get(low) == 0) {
            return Step.table(level - 1);
        }
        return level <= GUEST_TOP_PAGE ? Step.PAGE : Step.FORBIDDEN;
    }

    /** An entry for supervisors permits nothing to the user requests that devices make. */
    private static int guestPermissions(int low) {
        if (PagingEntry.GUEST_USER.get(low) == 0) {
            return 0;
        }
        return Permissions.READ | Permissions.EXECUTE | (PagingEntry.GUEST_WRITE.get(low) != 0 ? Permissions.WRITE : 0);
    }

    private static RadixFormat gcr3(int levels) {
        RadixFormatBuilder b = RadixFormat.builder(AmdVi.BACKEND, "gcr3-" + levels)
                .title("GCR3 tables with " + levels + " levels; input is the PASID, shifted by 12", AmdVi.SPECIFICATION + "section 2.2.6.3");
        long reserved = PagingEntry.reservedMask(PagingEntry.GCR3);
        for (int level = 0; level < levels; level++) {
            b.level(level, PASID_SHIFT + INDEX_BITS * level, INDEX_BITS, PagingEntry.GCR3.name());
            b.fixedInTable(level, reserved, 0).fixedInLeaf(level, reserved, 0);
            b.encodeLeaf(level, PagingEntry.GCR3_VALID.put(1));
        }
        return b.input(PASID_SHIFT + INDEX_BITS * levels, false)
                .classify((level, low) -> PagingEntry.GCR3_VALID.get(low) == 0 ? Step.NONE : level == 0 ? Step.PAGE : Step.table(level - 1))
                .addresses(ADDRESS, ADDRESS, ADDRESS_END)
                .encodeTable(PagingEntry.GCR3_VALID.put(1))
                .encodePermissions(p -> 0)
                .build();
    }
}
