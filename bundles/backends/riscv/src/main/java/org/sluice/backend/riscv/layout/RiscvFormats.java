// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/** Sv39, Sv48, Sv57 and their x4 forms as data. Levels are numbered as the specification numbers them, 0 for 4 KiB pages. */
public final class RiscvFormats {
    /** Addresses in entries: 44 bits of page number, which stand two bits below their place. */
    private static final int ADDRESS_BITS = 56;
    private static final int ADDRESS_SHIFT = 2;
    private static final int STRIDE = 9;
    /** The x4 forms have a root of four pages. */
    private static final int WIDENED = 2;
    private static final int NAPOT_SHIFT = 16;
    private static final int LEAF_SHIFT = 1;
    private static final int WRITE_ONLY = 2;
    private static final int HIGH_SHIFT = 52;
    private static final int RESERVED_TYPE = 3;
    private static final long VALID = PageTableEntry.VALID.put(1);
    private static final long USER = PageTableEntry.USER.put(1);
    private static final long ACCESSED = PageTableEntry.ACCESSED.put(1);
    private static final long DIRTY = PageTableEntry.DIRTY.put(1);

    private RiscvFormats() {
    }

    /**
     * What decides how tables are read.
     *
     * @param second whether this is the second stage, with its root of 16 KiB
     * @param levels 3, 4 or 5
     * @param updates whether hardware sets A and D (SADE, GADE); if not, they decide like permissions
     * @param memoryTypes whether entries have memory types (capabilities.Svpbmt)
     * @param softwareBits whether bits 60:59 are free (capabilities.Svrsw60t59b)
     */
    public record Shape(boolean second, int levels, boolean updates, boolean bigEndian, boolean memoryTypes, boolean softwareBits) {
        int inputBits() {
            return Riscv.PAGE_SHIFT + STRIDE * levels + (second ? WIDENED : 0);
        }

        /** {@code sv39}, {@code sv48x4}. */
        String scheme() {
            return "sv" + (Riscv.PAGE_SHIFT + STRIDE * levels) + (second ? "x4" : "");
        }
    }

    public static RadixFormat build(Shape shape) {
        RadixFormatBuilder b = RadixFormat.builder(Riscv.BACKEND, shape.scheme() + (shape.bigEndian() ? "-big-endian" : ""))
                .title((shape.second() ? "second stage, " : "first stage, ") + "S" + shape.scheme().substring(1),
                        Riscv.PRIVILEGED + (shape.second() ? "section Two-Stage Address Translation" : "section Virtual Address Translation Process"));
        for (int level = 0; level < shape.levels(); level++) {
            boolean widened = shape.second() && level == shape.levels() - 1;
            b.level(level, Riscv.PAGE_SHIFT + STRIDE * level, STRIDE + (widened ? WIDENED : 0), PageTableEntry.LAYOUT.name());
            fixed(b, shape, level);
            b.encodeLeaf(level, VALID | ACCESSED | DIRTY);
        }
        // First-stage addresses are sign-extended, guest addresses zero-extended.
        b.input(shape.inputBits(), !shape.second()).addresses(0, 0, ADDRESS_BITS)
                .addressPiece(ADDRESS_SHIFT, (1L << ADDRESS_BITS) - (1L << Riscv.PAGE_SHIFT))
                .classify(RiscvFormats::step)
                .lowPermissions((level, leaf, low) -> leaf ? permissions(shape, low) : Permissions.ALL)
                .highPermissions((level, leaf, high) -> leaf && type(high) == RESERVED_TYPE ? 0 : Permissions.ALL)
                .groupedPages(PageTableEntry.NAPOT.put(1), NAPOT_SHIFT)
                .encodeTable(VALID)
                .encodePermissions(RiscvFormats::encode);
        return (shape.bigEndian() ? b.bigEndian() : b).build();
    }

    private static Step step(int level, int low) {
        int rights = low >>> LEAF_SHIFT & Permissions.ALL;
        if ((low & VALID) == 0) {
            return Step.NONE;
        }
        if (rights == 0) {
            // A pointer has U, A and D clear, and there is nothing below level 0 (steps 3 and 4).
            return level > 0 && (low & (USER | ACCESSED | DIRTY)) == 0 ? Step.table(level - 1) : Step.FORBIDDEN;
        }
        return (rights & Permissions.READ_WRITE) == WRITE_ONLY ? Step.FORBIDDEN : Step.PAGE;
    }

    /** R, W and X stand in the order of {@link Permissions}; devices ask without privilege, so U has to be set. */
    private static int permissions(Shape shape, int low) {
        if ((low & USER) == 0 || !shape.updates() && (low & ACCESSED) == 0) {
            return 0;
        }
        int rights = low >>> LEAF_SHIFT & Permissions.ALL;
        return !shape.updates() && (low & DIRTY) == 0 ? rights & ~Permissions.WRITE : rights;
    }

    private static int type(int high) {
        return (int) PageTableEntry.MEMORY_TYPE.get((long) high << HIGH_SHIFT);
    }

    private static void fixed(RadixFormatBuilder b, Shape shape, int level) {
        long reserved = PageTableEntry.RESERVED.put(-1) | (shape.softwareBits() ? 0 : PageTableEntry.SOFTWARE.put(-1));
        long types = PageTableEntry.MEMORY_TYPE.put(-1);
        long napot = PageTableEntry.NAPOT.put(1);
        long belowPage = PageTableEntry.PAGE.put((1L << STRIDE * level) - 1);
        b.fixedInTable(level, reserved | types | napot, 0)
                .fixedInLeaf(level, reserved | (shape.memoryTypes() ? 0 : types) | (level > 0 ? napot | belowPage : 0), 0);
        if (shape.second()) {
            // Should be zero in the second stage, and hardware ignores it.
            b.uncheckedInLeaf(level, PageTableEntry.GLOBAL.put(1)).uncheckedInTable(level, PageTableEntry.GLOBAL.put(1));
        }
    }

    /** Write needs read. A page without permission is a readable one that only privilege reaches: all clear would be a pointer. */
    private static long encode(int permissions) {
        int rights = (permissions & Permissions.WRITE) != 0 || permissions == 0 ? permissions | Permissions.READ : permissions;
        return (long) rights << LEAF_SHIFT | (permissions == 0 ? 0 : USER);
    }

    /** All schemes as Linux sets them up, for people. */
    public static List<TableFormat> examples() {
        List<TableFormat> list = new ArrayList<>();
        for (int levels = 3; levels <= 5; levels++) {
            list.add(build(new Shape(false, levels, false, false, true, false)).description());
            list.add(build(new Shape(true, levels, false, false, true, false)).description());
        }
        return list;
    }
}
