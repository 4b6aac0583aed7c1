// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/**
 * Formats that differ in everything the algorithms could be tempted to take for granted: granule, table sizes, byte order,
 * polarity, where permissions and sizes stand. Each resembles a real one and is none. Stateless.
 */
public final class SampleFormats {
    private static final long BITS_51_12 = 0x000f_ffff_ffff_f000L;

    private SampleFormats() {
    }

    public static List<RadixFormat> all() {
        return List.of(plain(4), twoKibibytePages(), sizedLeaves(), bigEndian(), signExtended(), splitAddress(), managedDirty());
    }

    /** Levels of nine bits, 4 KiB; read and write in bits 0 and 1 of each entry, checked at each level. */
    public static RadixFormat plain(int levels) {
        RadixFormatBuilder b = RadixFormat.builder("sample", "plain-" + levels).title("Plain", "none")
                .input(12 + 9 * levels, false)
                .addresses(BITS_51_12, BITS_51_12, 52)
                .permissionsAtEachLevel()
                .lowPermissions((level, leaf, low) -> low & Permissions.READ_WRITE)
                .encodePermissions(p -> p & Permissions.READ_WRITE)
                .encodeTable(Permissions.READ_WRITE)
                .classify((level, low) -> {
                    if ((low & Permissions.READ_WRITE) == 0) {
                        return Step.NONE;
                    }
                    return level == 0 || level < 3 && (low & 0x80) != 0 ? Step.PAGE : Step.table(level - 1);
                });
        for (int level = 0; level < levels; level++) {
            b.level(level + 1, 12 + 9 * level, 9, "sample").fixedInTable(level, 0x800, 0);
            b.fixedInLeaf(level, (1L << 12 + 9 * level) - 1 & BITS_51_12, 0).encodeLeaf(level, level == 0 ? 0 : 0x80);
        }
        return b.build();
    }

    /** Bit 51 makes a read-only leaf writable; bits 50:48 are reserved, but no hardware looks at them. */
    public static RadixFormat managedDirty() {
        long address = 0x0000_ffff_ffff_f000L;
        RadixFormatBuilder b = RadixFormat.builder("sample", "managed-dirty").title("Second set of permissions, unchecked bits", "none")
                .input(30, false)
                .addresses(address, address, 48)
                .lowPermissions((level, leaf, low) -> leaf ? low >>> 1 & Permissions.READ_WRITE : Permissions.ALL)
                .modifiedPermissions(1L << 51, (level, leaf, low) -> (low & 2) != 0 ? Permissions.READ_WRITE : 0)
                .encodePermissions(p -> (long) (p & Permissions.READ_WRITE) << 1)
                .encodeTable(1)
                .classify((level, low) -> (low & 1) == 0 ? Step.NONE : level == 0 || (low & 0x80) != 0 ? Step.PAGE : Step.table(level - 1));
        for (int level = 0; level < 2; level++) {
            b.level(level, 12 + 9 * level, 9, "sample").encodeLeaf(level, level == 0 ? 1 : 0x81).uncheckedInTable(level, 7L << 48).uncheckedInLeaf(level, 7L << 48);
        }
        return b.build();
    }

    /** Pages of 2 KiB; tables of 2 KiB, 512 bytes and 16 KiB; a write-protect bit; leaves at two levels. */
    public static RadixFormat twoKibibytePages() {
        long address = 0x0000_00ff_ffff_fc00L;
        return RadixFormat.builder("sample", "two-kib").title("Uneven levels", "none")
                .level(0, 11, 8, "sample").level(1, 19, 6, "sample").level(2, 25, 11, "sample")
                .input(36, false)
                .addresses(address, address, 40)
                .lowPermissions((level, leaf, low) -> (low & 4) != 0 ? Permissions.READ | Permissions.EXECUTE : Permissions.ALL)
                .encodePermissions(p -> (p & Permissions.WRITE) != 0 ? 0 : 4)
                .encodeTable(1).encodeLeaf(0, 3).encodeLeaf(1, 3)
                .fixedInLeaf(0, 0xffff_ff00_0000_0400L, 0)
                .fixedInLeaf(1, 0xffff_ff00_0000_0400L, 0)
                .classify((level, low) -> {
                    if ((low & 1) == 0) {
                        return Step.NONE;
                    }
                    return (low & 2) == 0 ? Step.table(level - 1) : level < 2 ? Step.PAGE : Step.FORBIDDEN;
                })
                .build();
    }

    /** The next level stands in the entry, levels may be skipped, leaves may say their size; permissions in bits 61 and 62. */
    public static RadixFormat sizedLeaves() {
        RadixFormatBuilder b = RadixFormat.builder("sample", "sized").title("Sized leaves, skipped levels", "none")
                .input(48, false)
                .addresses(BITS_51_12, BITS_51_12, 52)
                .permissionsAtEachLevel()
                .alignmentUnchecked()
                .highPermissions((level, leaf, high) -> high >> 9 & Permissions.READ_WRITE)
                .encodePermissions(p -> (long) (p & Permissions.READ_WRITE) << 61)
                .sizedPages(sizes(13, 20) | sizes(22, 29) | sizes(31, 38))
                .classify((level, low) -> {
                    int next = low >> 9;
                    if ((low & 1) == 0) {
                        return Step.NONE;
                    }
                    return switch (next) {
                        case 0 -> Step.PAGE;
                        case 7 -> Step.SIZED_PAGE;
                        default -> next <= level ? Step.table(next - 1) : Step.FORBIDDEN;
                    };
                });
        for (int level = 0; level < 4; level++) {
            b.level(level + 1, 12 + 9 * level, 9, "sample").fixedInTable(level, 0x07f0_0000_0000_0000L, 0)
                    .fixedInLeaf(level, 0x07f0_0000_0000_0000L, 0);
            b.encodeTable(level, 0x6000_0000_0000_0001L | (long) level << 9).encodeLeaf(level, 1);
        }
        return b.build();
    }

    private static long sizes(int smallest, int largest) {
        return (2L << largest) - (1L << smallest);
    }

    /** Big-endian; 16 KiB tables above one of 2 KiB; invalid and protect bits, so that an empty entry is not zero. */
    public static RadixFormat bigEndian() {
        long address = 0x7fff_ffff_ffff_f800L;
        RadixFormatBuilder b = RadixFormat.builder("sample", "big-endian").title("Big-endian", "none")
                .level(0, 12, 8, "sample").level(1, 20, 11, "sample").level(2, 31, 11, "sample")
                .input(42, false).bigEndian()
                .addresses(address, address & -4096L, 63)
                .lowPermissions((level, leaf, low) -> (low & 0x200) != 0 ? Permissions.READ : Permissions.READ_WRITE)
                .encodePermissions(p -> (p & Permissions.WRITE) != 0 ? 0 : 0x200)
                .encodeEmpty(0, 0x400).encodeEmpty(1, 0x20).encodeEmpty(2, 0x20)
                .encodeTable(2, 0x7).encodeTable(1, 0).encodeLeaf(1, 0x400)
                .fixedInTable(2, 0x38cf, 0x7)
                .fixedInLeaf(1, 0xff000, 0)
                .fixedInLeaf(0, 0x800, 0)
                .classify((level, low) -> {
                    if ((low & (level == 0 ? 0x400 : 0x20)) != 0) {
                        return Step.NONE;
                    }
                    return level == 0 || level == 1 && (low & 0x400) != 0 ? Step.PAGE : Step.table(level - 1);
                });
        return b.build();
    }

    /** Canonical 48-bit input; a present bit, no-execute in bit 63, accessed bits that mean nothing here. */
    public static RadixFormat signExtended() {
        RadixFormatBuilder b = RadixFormat.builder("sample", "sign-extended").title("Canonical input", "none")
                .input(48, true)
                .addresses(BITS_51_12, BITS_51_12, 52)
                .lowPermissions((level, leaf, low) -> (low & 2) != 0 ? Permissions.ALL : Permissions.READ | Permissions.EXECUTE)
                .highPermissions((level, leaf, high) -> (high & 0x800) != 0 ? Permissions.READ_WRITE : Permissions.ALL)
                .encodePermissions(p -> 0x21 | p & 2 | ((p & Permissions.EXECUTE) != 0 ? 0 : 1L << 63))
                .encodeTable(0x23)
                .classify((level, low) -> {
                    if ((low & 1) == 0) {
                        return Step.NONE;
                    }
                    boolean large = (low & 0x80) != 0;
                    return level == 0 || level < 3 && large ? Step.PAGE : large ? Step.FORBIDDEN : Step.table(level - 1);
                });
        for (int level = 0; level < 4; level++) {
            b.level(level + 1, 12 + 9 * level, 9, "sample");
            b.fixedInLeaf(level, (1L << 12 + 9 * level) - 1 & BITS_51_12 & ~0x1000, 0).encodeLeaf(level, level == 0 ? 0 : 0x80);
        }
        return b.build();
    }

    /** Pages of 64 KiB, tables of 64 KiB, address bits 51:48 in bits 15:12 of the entry. */
    public static RadixFormat splitAddress() {
        long address = 0x0000_ffff_ffff_0000L;
        return RadixFormat.builder("sample", "split-address").title("Address in two pieces", "none")
                .level(3, 16, 13, "sample").level(2, 29, 13, "sample").level(1, 42, 6, "sample")
                .input(48, false)
                .addresses(address, address, 52).addressPiece(36, 0x000f_0000_0000_0000L)
                .lowPermissions((level, leaf, low) -> !leaf ? Permissions.ALL
                        : ((low & 0x40) != 0 ? Permissions.READ : 0) | ((low & 0x80) != 0 ? Permissions.WRITE : 0))
                .encodePermissions(p -> (long) (p & Permissions.READ_WRITE) << 6 | 0x400)
                .encodeTable(3).encodeLeaf(0, 3).encodeLeaf(1, 1)
                .classify((level, low) -> switch (low & 3) {
                    case 1 -> level == 1 ? Step.PAGE : Step.NONE;
                    case 3 -> level == 0 ? Step.PAGE : Step.table(level - 1);
                    default -> Step.NONE;
                })
                .build();
    }
}
