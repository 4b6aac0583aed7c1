// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.machine.AddressRange;

/**
 * The DMA remapping table of Intel machines. Immutable. Source: VT-d specification 4.1, chapter 8. Every record has the
 * {@code offset} of its structure in the table.
 *
 * @param hostAddressWidth bits of the physical addresses that DMA can reach
 * @param flags bit 0 interrupt remapping, bit 1 X2APIC opt-out, bit 2 DMA protection requested before the system starts
 * @param skipped structures of types not known here, or malformed beyond use: offset and why
 */
public record DmarTable(AcpiHeader header, int hostAddressWidth, int flags, List<Unit> units, List<ReservedMemory> reserved,
        List<Scoped> scoped, List<Affinity> affinities, List<NamespaceDevice> namespaceDevices, List<Skipped> skipped) {
    public static final String SIGNATURE = "DMAR";

    private static final int WIDTH = 36;
    private static final int FLAGS = 37;
    private static final int FIRST_STRUCTURE = 48;
    private static final int STRUCTURE_HEADER = 4;
    private static final int SCOPE_HEADER = 6;
    private static final int PAGE = 4096;

    /** DRHD: a remapping unit. {@code registerBytes} is the size of its register block. */
    public record Unit(int offset, boolean includeAll, int segment, long registerBase, int registerBytes, List<DmarScope> scopes) {
    }

    /** RMRR: memory that devices use without the operating system's knowledge; {@code last} is inclusive. */
    public record ReservedMemory(int offset, int segment, long start, long last, List<DmarScope> scopes) {
        /** The range, if it is one. */
        public Optional<AddressRange> range() {
            return Long.compareUnsigned(start, last) <= 0 ? Optional.of(new AddressRange(start, last)) : Optional.empty();
        }
    }

    /** What a structure of scopes says of its devices. */
    public enum ScopedKind {
        /** Root ports that let translation requests through; flag bit 0: all of the segment. */
        ATSR,
        /** Built-in devices with a translation cache; flag bit 0: their cache is required. */
        SATC,
        /** Built-in devices with properties in the scopes' flags. */
        SIDP
    }

    /** ATSR, SATC or SIDP. */
    public record Scoped(int offset, ScopedKind kind, int flags, int segment, List<DmarScope> scopes) {
    }

    /** RHSA: the proximity domain of the unit with that register base. */
    public record Affinity(int offset, long registerBase, long proximityDomain) {
    }

    /** ANDD: a device with a name in the ACPI namespace and no PCI address. */
    public record NamespaceDevice(int offset, int number, String path) {
    }

    /** A structure that was not used. */
    public record Skipped(int offset, int type, String why) {
    }

    public DmarTable {
        units = List.copyOf(units);
        reserved = List.copyOf(reserved);
        scoped = List.copyOf(scoped);
        affinities = List.copyOf(affinities);
        namespaceDevices = List.copyOf(namespaceDevices);
        skipped = List.copyOf(skipped);
    }

    /** Whether the platform has interrupt remapping. */
    public boolean interruptRemapping() {
        return (flags & 1) != 0;
    }

    /**
     * @throws org.sluice.machine.IommuException {@code TRUNCATED} or {@code BAD_FORMAT} with the offset
     */
    public static DmarTable read(byte[] bytes) {
        return new Reader(new TableBytes(SIGNATURE, bytes)).read();
    }

    private static final class Reader {
        private final TableBytes table;
        private final List<Unit> units = new ArrayList<>();
        private final List<ReservedMemory> reserved = new ArrayList<>();
        private final List<Scoped> scoped = new ArrayList<>();
        private final List<Affinity> affinities = new ArrayList<>();
        private final List<NamespaceDevice> namespaceDevices = new ArrayList<>();
        private final List<Skipped> skipped = new ArrayList<>();

        Reader(TableBytes table) {
            this.table = table;
        }

        DmarTable read() {
            int width = table.u8(WIDTH) + 1;
            int flags = table.u8(FLAGS);
            for (int at = FIRST_STRUCTURE; at < table.length();) {
                int length = table.u16(at + 2);
                table.structure(at, length, STRUCTURE_HEADER, table.length(), "the structure");
                structure(at, table.u16(at), at + length);
                at += length;
            }
            return new DmarTable(table.header(), width, flags, units, reserved, scoped, affinities, namespaceDevices, skipped);
        }

        private void structure(int at, int type, int end) {
            switch (type) {
                case 0 -> {
                    need(at, end, 16, "the unit (DRHD)");
                    // Bits 3:0 of the size are the power of two of 4 KiB pages; older tables have 0: one page.
                    int bytes = PAGE << (table.u8(at + 5) & 0xf);
                    units.add(new Unit(at, (table.u8(at + 4) & 1) != 0, table.u16(at + 6), table.u64(at + 8), bytes, scopes(at + 16, end)));
                }
                case 1 -> {
                    need(at, end, 24, "the reserved memory (RMRR)");
                    reserved.add(new ReservedMemory(at, table.u16(at + 6), table.u64(at + 8), table.u64(at + 16), scopes(at + 24, end)));
                }
                case 2 -> scoped(at, end, ScopedKind.ATSR);
                case 3 -> {
                    need(at, end, 20, "the affinity (RHSA)");
                    affinities.add(new Affinity(at, table.u64(at + 8), table.u32(at + 16)));
                }
                case 4 -> {
                    need(at, end, 8, "the namespace device (ANDD)");
                    namespaceDevices.add(new NamespaceDevice(at, table.u8(at + 7), table.text(at + 8, end)));
                }
                case 5 -> scoped(at, end, ScopedKind.SATC);
                case 6 -> scoped(at, end, ScopedKind.SIDP);
                default -> skipped.add(new Skipped(at, type, "its type is not known"));
            }
        }

        private void scoped(int at, int end, ScopedKind kind) {
            need(at, end, 8, "the structure (" + kind + ")");
            scoped.add(new Scoped(at, kind, table.u8(at + 4), table.u16(at + 6), scopes(at + 8, end)));
        }

        private List<DmarScope> scopes(int from, int end) {
            List<DmarScope> scopes = new ArrayList<>();
            for (int at = from; at < end;) {
                if (end - at < SCOPE_HEADER) {
                    throw table.bad(at, "the device scope is cut off by the end of its structure");
                }
                int length = table.u8(at + 1);
                table.structure(at, length, SCOPE_HEADER + 2, end, "the device scope");
                List<DmarScope.Step> path = new ArrayList<>();
                for (int step = at + SCOPE_HEADER; step + 2 <= at + length; step += 2) {
                    path.add(new DmarScope.Step(table.u8(step), table.u8(step + 1)));
                }
                scopes.add(new DmarScope(at, table.u8(at), table.u16(at + 2), table.u8(at + 4), table.u8(at + 5), path));
                at += length;
            }
            return scopes;
        }

        private void need(int at, int end, int minimum, String what) {
            table.structure(at, end - at, minimum, end, what);
        }
    }
}
