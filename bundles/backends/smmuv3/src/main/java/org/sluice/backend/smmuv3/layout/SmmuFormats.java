// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/** The VMSAv8-64 translation table formats of both stages as data. Level 3 of the architecture is level 0 here. */
public final class SmmuFormats {
    /** Widest address without the 52-bit extensions. */
    public static final int PLAIN_BITS = 48;
    public static final int WIDE_BITS = 52;
    private static final int LAST_LEVEL = 3;
    private static final int AP_SHIFT = 6;
    private static final int HIGH_SHIFT = 52;
    private static final long ACCESS_FLAG = TableDescriptor.ACCESS_FLAG.put(1);
    private static final long DIRTY_MANAGED = TableDescriptor.DIRTY_MANAGED.put(1);
    /** Upper bit of AP and S2AP: a page that hardware may mark dirty is writable whatever it says. */
    private static final int WRITE_BIT = 1 << AP_SHIFT + 1;
    private static final long BLOCK_MARK = 1L << 16;
    /** Memory types by index in MAIR, as Linux numbers them: non-cacheable, write-back, device nGnRE, inner non-cacheable. */
    public static final long MAIR = 0xf404_ff44L;
    private static final int WRITE_BACK_INDEX = 1;
    private static final int DEVICE_INDEX = 2;
    private static final int OUTER = 2;
    private static final int INNER = 3;
    /** Of shapes with rules: drivers use few, and building one takes a millisecond. */
    private static final Map<List<Record>, RadixFormat> UNTYPED = new ConcurrentHashMap<>();

    private SmmuFormats() {
    }

    /**
     * Where a table's addresses stand and how far it reaches.
     *
     * @param stage 1 or 2
     * @param granule log2 of the page size: 12, 14 or 16
     * @param inputBits width of input addresses
     * @param startLevel the architecture's number of the first level, -1 to 3
     * @param outputBits wider addresses in entries are an address-size fault
     * @param wide whether entries hold 52-bit addresses
     * @param marksBlocks whether bit 16 of a block is nT, not address (IDR3.BBML)
     */
    public record Shape(int stage, int granule, int inputBits, int startLevel, int outputBits, boolean wide, boolean marksBlocks, boolean bigEndian) {
        int stride() {
            return granule - 3;
        }

        /** Lowest input bit that indexes the tables of a level. */
        public int shift(int level) {
            return granule + stride() * (LAST_LEVEL - level);
        }

        /** Index bits of the first level; above the stride where tables are concatenated. */
        public int startBits() {
            return inputBits - shift(startLevel);
        }

        String name() {
            return "stage" + stage + "-" + (1 << granule - 10) + "k-" + inputBits + (wide ? "-wide" : "") + (bigEndian ? "-big-endian" : "");
        }
    }

    /** Who asks, as far as table permissions distinguish. */
    public enum Regime {
        /** EL1 (or EL2 with E2H), unprivileged: the default of PCIe. */
        UNPRIVILEGED,
        /** EL1 (or EL2 with E2H), privileged. */
        PRIVILEGED,
        /** EL2 without E2H: one privilege level. */
        SINGLE
    }

    /**
     * What besides the entry decides about permissions.
     *
     * @param checksAccessFlag whether an access flag of 0 faults
     * @param managesDirty whether a write to a page with DBM makes it writable
     * @param hierarchical whether table entries restrict what is below (stage 1)
     * @param writeNotExecute CD.WXN
     * @param privilegedNever CD.PAN
     * @param executeByPrivilege whether the stage-2 XN field has two bits (IDR3.XNX)
     * @param guard whether Device memory refuses (stage-2 walks for stage-1 tables, STE.S2PTW)
     */
    public record Rules(Regime regime, boolean checksAccessFlag, boolean managesDirty, boolean hierarchical, boolean writeNotExecute,
            boolean privilegedNever, boolean executeByPrivilege, Guard guard) {
        /** Unprivileged accesses, access flag checked, nothing special: what Linux sets up. */
        public static final Rules PLAIN = new Rules(Regime.UNPRIVILEGED, true, false, true, false, false, false, Guard.NONE);

        /** The same for reads of stage-1 tables. */
        public Rules guarded(boolean forcedCacheability) {
            return new Rules(regime, checksAccessFlag, managesDirty, hierarchical, writeNotExecute, privilegedNever, executeByPrivilege,
                    forcedCacheability ? Guard.DEVICE_FORCED : Guard.DEVICE);
        }
    }

    /** Which memory refuses: none, Device memory, Device memory as MemAttr tells it with STE.S2FWB. */
    public enum Guard { NONE, DEVICE, DEVICE_FORCED }

    /** The start level of stage 1, which follows from the width (DDI 0487, initial lookup level). */
    public static int startLevel(int granule, int inputBits) {
        int stride = granule - 3;
        return LAST_LEVEL + 1 - (inputBits - granule + stride - 1) / stride;
    }

    /** A format whose leaves are written as normal memory. */
    public static RadixFormat build(Shape shape, Rules rules) {
        return build(shape, rules, normalMemory(shape));
    }

    /** A format whose leaves get their memory type from whoever writes them: {@link #normalMemory} or {@link #deviceMemory}. */
    public static RadixFormat untyped(Shape shape, Rules rules) {
        return UNTYPED.computeIfAbsent(List.of(shape, rules), key -> build(shape, rules, 0));
    }

    private static RadixFormat build(Shape shape, Rules rules, long memoryType) {
        RadixFormatBuilder b = RadixFormat.builder(Smmu.BACKEND, shape.name())
                .title("VMSAv8-64 stage " + shape.stage() + ", " + (1 << shape.granule() - 10) + " KiB granule, " + shape.inputBits() + "-bit input",
                        Smmu.TABLE_SPECIFICATION + "translation table descriptors; IHI 0070 section 3.4");
        String entry = (shape.stage() == 1 ? TableDescriptor.STAGE_1 : TableDescriptor.STAGE_2).name();
        for (int level = LAST_LEVEL; level >= shape.startLevel(); level--) {
            b.level(level, shape.shift(level), level == shape.startLevel() ? shape.startBits() : shape.stride(), entry);
        }
        addresses(b, shape);
        reserved(b, shape);
        b.input(shape.inputBits(), false).classify((level, low) -> step(shape, level, low));
        if (shape.stage() == 1) {
            b.lowPermissions((level, leaf, low) -> leaf ? stage1(rules, low) : Permissions.ALL)
                    .highPermissions((level, leaf, high) -> leaf ? executable1(rules.regime(), high) : hierarchical(rules, high));
            if (rules.managesDirty()) {
                b.modifiedPermissions(DIRTY_MANAGED, (level, leaf, low) -> stage1(rules, low & ~WRITE_BIT));
            }
        } else {
            b.lowPermissions((level, leaf, low) -> leaf ? stage2(rules, low) : Permissions.ALL)
                    .highPermissions((level, leaf, high) -> leaf ? executable2(rules, high) : Permissions.ALL);
            if (rules.managesDirty()) {
                b.modifiedPermissions(DIRTY_MANAGED, (level, leaf, low) -> stage2(rules, low | WRITE_BIT));
            }
        }
        if (shape.bigEndian()) {
            b.bigEndian();
        }
        encoding(b, shape, memoryType);
        return b.build();
    }

    private static Step step(Shape shape, int level, int low) {
        int type = (int) TableDescriptor.TYPE.get(low);
        if ((type & 1) == 0) {
            return Step.NONE;
        }
        if (type == TableDescriptor.TABLE_OR_PAGE) {
            return level == 0 ? Step.PAGE : Step.table(level - 1);
        }
        return level > 0 && allowsBlock(shape, LAST_LEVEL - level) ? Step.PAGE : Step.FORBIDDEN;
    }

    /** Blocks by granule and level; the largest of each granule only with 52-bit addresses. */
    private static boolean allowsBlock(Shape shape, int level) {
        int highest = shape.granule() == Smmu.GRANULE_4K ? 1 : 2;
        return level >= (shape.wide() ? highest - 1 : highest);
    }

    /** 52-bit addresses: with 64K bits 51:48 stand in 15:12, otherwise 51:50 in 9:8 and 49:48 in place. */
    private static void addresses(RadixFormatBuilder b, Shape shape) {
        boolean large = shape.granule() == Smmu.GRANULE_64K;
        int inPlace = shape.wide() && !large ? 50 : PLAIN_BITS;
        long mask = (1L << inPlace) - (1L << shape.granule());
        int pieceShift = large ? 36 : 42;
        long piece = !shape.wide() ? 0 : (1L << WIDE_BITS) - (1L << inPlace);
        b.addresses(mask, mask, shape.outputBits());
        if (piece != 0) {
            b.addressPiece(pieceShift, piece);
        }
        long beyond = -1L << shape.outputBits();
        long fixed = mask & beyond | (piece & beyond) >>> pieceShift;
        for (int level = 0; level <= LAST_LEVEL - shape.startLevel(); level++) {
            b.fixedInTable(level, fixed, 0).fixedInLeaf(level, fixed, 0);
        }
    }

    /** Bits of entries that are RES0 and that no hardware looks at: address bits that the granule, the block or the width leave over. */
    private static void reserved(RadixFormatBuilder b, Shape shape) {
        long above = shape.wide() ? 0 : 3L << PLAIN_BITS;
        long piece = shape.wide() && shape.granule() == Smmu.GRANULE_64K ? 0xf000 : 0;
        long belowPage = (1L << shape.granule()) - (1L << Smmu.GRANULE_4K) & ~piece;
        for (int level = 0; level <= LAST_LEVEL - shape.startLevel(); level++) {
            long belowBlock = (1L << shape.shift(LAST_LEVEL - level)) - (1L << Smmu.GRANULE_4K) & ~piece;
            b.uncheckedInTable(level, above | belowPage)
                    .uncheckedInLeaf(level, above | (level > 0 && shape.marksBlocks() ? belowBlock & ~BLOCK_MARK : belowBlock));
        }
    }

    /** AP and AF; an entry without its access flag grants nothing, so that the walk stops at it and the flag can be looked at. */
    private static int stage1(Rules rules, int low) {
        if (rules.checksAccessFlag() && (low & ACCESS_FLAG) == 0) {
            return 0;
        }
        int ap = low >>> AP_SHIFT & 3;
        boolean everyone = (ap & 1) != 0;
        boolean readable = switch (rules.regime()) {
            case UNPRIVILEGED -> everyone;
            case PRIVILEGED -> !(everyone && rules.privilegedNever());
            case SINGLE -> true;
        };
        boolean writable = readable && (ap & 2) == 0;
        // Pages that anyone may write are never executed with privilege, and no writable page is with WXN.
        boolean executable = !(writable && rules.writeNotExecute()) && !(rules.regime() == Regime.PRIVILEGED && ap == 1);
        return (readable ? Permissions.READ : 0) | (writable ? Permissions.WRITE : 0) | (executable ? Permissions.EXECUTE : 0);
    }

    private static int executable1(Regime regime, int high) {
        int never = regime == Regime.PRIVILEGED ? highBits(TableDescriptor.PXN.put(1)) : highBits(TableDescriptor.UXN.put(1));
        return (high & never) != 0 ? Permissions.READ_WRITE : Permissions.ALL;
    }

    private static int hierarchical(Rules rules, int high) {
        if (!rules.hierarchical()) {
            return Permissions.ALL;
        }
        boolean privileged = rules.regime() == Regime.PRIVILEGED;
        int granted = Permissions.ALL;
        if ((high & highBits((privileged ? TableDescriptor.PXN_TABLE : TableDescriptor.UXN_TABLE).put(1))) != 0) {
            granted &= ~Permissions.EXECUTE;
        }
        if ((high & highBits(TableDescriptor.AP_TABLE.put(1))) != 0 && rules.regime() == Regime.UNPRIVILEGED) {
            granted &= ~Permissions.READ_WRITE;
        }
        if ((high & highBits(TableDescriptor.AP_TABLE.put(2))) != 0) {
            granted &= ~Permissions.WRITE;
        }
        return granted;
    }

    private static int stage2(Rules rules, int low) {
        if (rules.checksAccessFlag() && (low & ACCESS_FLAG) == 0) {
            return 0;
        }
        int type = (int) TableDescriptor.MEMORY_ATTRIBUTE.get(low);
        boolean device = rules.guard() == Guard.DEVICE_FORCED ? (type & 4) == 0 : rules.guard() == Guard.DEVICE && type >>> 2 == 0;
        return device ? 0 : low >>> AP_SHIFT & Permissions.READ_WRITE | Permissions.EXECUTE;
    }

    /** XN: bit 1 alone without XNX; with it 0 all, 1 unprivileged, 2 none, 3 privileged. */
    private static int executable2(Rules rules, int high) {
        int xn = high >>> TableDescriptor.S2XN.low() - HIGH_SHIFT & 3;
        boolean executable = rules.executeByPrivilege() ? xn == 0 || xn == (rules.regime() == Regime.UNPRIVILEGED ? 1 : 3) : (xn & 2) == 0;
        return executable ? Permissions.ALL : Permissions.READ_WRITE;
    }

    private static int highBits(long mask) {
        return (int) (mask >>> HIGH_SHIFT);
    }

    /** Normal write-back memory, inner shareable: bits of a leaf that an operating system maps RAM with. */
    public static long normalMemory(Shape shape) {
        return shape.stage() == 1 ? TableDescriptor.ATTRIBUTE_INDEX.put(WRITE_BACK_INDEX) | share(shape, INNER)
                : TableDescriptor.MEMORY_ATTRIBUTE.put(0xf) | share(shape, INNER);
    }

    /** Device memory (nGnRE), for doorbells. */
    public static long deviceMemory(Shape shape) {
        return shape.stage() == 1 ? TableDescriptor.ATTRIBUTE_INDEX.put(DEVICE_INDEX) | share(shape, OUTER)
                : TableDescriptor.MEMORY_ATTRIBUTE.put(1) | share(shape, OUTER);
    }

    /** With 52-bit 4K and 16K tables the shareability bits are address bits. */
    private static long share(Shape shape, int shareability) {
        return shape.wide() && shape.granule() != Smmu.GRANULE_64K ? 0 : field(TableDescriptor.STAGE_1, "SH", shareability);
    }

    private static void encoding(RadixFormatBuilder b, Shape shape, long memoryType) {
        boolean one = shape.stage() == 1;
        long leaf = ACCESS_FLAG | memoryType | (one ? TableDescriptor.NOT_GLOBAL.put(1) : 0);
        b.encodeTable(TableDescriptor.TABLE_OR_PAGE);
        for (int level = 0; level <= LAST_LEVEL - shape.startLevel(); level++) {
            b.encodeLeaf(level, leaf | (level == 0 ? TableDescriptor.TABLE_OR_PAGE : TableDescriptor.BLOCK));
        }
        b.encodePermissions(p -> {
            boolean execute = (p & Permissions.EXECUTE) != 0;
            long ap = one ? TableDescriptor.AP.put((p & Permissions.WRITE) != 0 ? 1 : 3) : TableDescriptor.S2AP.put(p & Permissions.READ_WRITE);
            long never = one ? TableDescriptor.UXN.put(1) | TableDescriptor.PXN.put(1) : TableDescriptor.S2XN.put(2);
            return ap | (execute ? 0 : never);
        });
    }

    private static long field(org.sluice.api.layout.StructureLayout layout, String name, long value) {
        return Smmu.field(layout, name).put(value);
    }

    /** The formats that operating systems use most, for people; a unit's own may be narrower or start lower. */
    public static List<TableFormat> examples() {
        List<TableFormat> list = new ArrayList<>();
        for (int granule : new int[] {Smmu.GRANULE_4K, Smmu.GRANULE_16K, Smmu.GRANULE_64K}) {
            list.add(build(new Shape(1, granule, PLAIN_BITS, startLevel(granule, PLAIN_BITS), PLAIN_BITS, false, false, false), Rules.PLAIN).description());
            // 40-bit intermediate addresses, start level 1 or 2: two or more concatenated tables.
            int start = granule == Smmu.GRANULE_4K ? 1 : 2;
            list.add(build(new Shape(2, granule, 40, start, 40, false, false, false), Rules.PLAIN).description());
            list.add(build(new Shape(1, granule, WIDE_BITS, startLevel(granule, WIDE_BITS), WIDE_BITS, true, false, false), Rules.PLAIN).description());
        }
        return list;
    }
}
