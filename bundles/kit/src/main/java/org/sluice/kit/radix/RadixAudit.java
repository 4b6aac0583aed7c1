// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.api.Permissions;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DefectSink;

/**
 * Looks for defects in the radix tables of one unit, over all its requesters: bits that must not be so, tables outside RAM, loops,
 * tables with two owners, leaves that point at tables, registers or doorbells. Each table is read once, so the work is linear in
 * the tables present however they point at each other. Not thread-safe; one audit serves one {@code verify}.
 */
public final class RadixAudit {
    private static final long NO_TABLE = -1;

    private final PhysicalMemory memory;
    private final AuditRules rules;
    private final DefectSink out;
    private final Map<Long, Owner> tables = new HashMap<>();
    private final Map<Long, Root> roots = new LinkedHashMap<>();

    /**
     * A requester's table and the entry that names it.
     *
     * @param domain of the table, or {@link #PARENT}
     * @param base input address at which the table starts; not 0 for the upper of two halves
     */
    public record Root(DeviceId device, int domain, RadixFormat format, long table, long entryAddress, List<Long> entry, long base) {
        /** In place of a domain: a table below tables of guests, each of which may have a domain id of its own over it. */
        public static final int PARENT = -1;

        public Root(DeviceId device, int domain, RadixFormat format, long table, long entryAddress, List<Long> entry) {
            this(device, domain, format, table, entryAddress, entry, 0);
        }

        private boolean isDomainOf(Root other) {
            return domain == other.domain || domain == PARENT || other.domain == PARENT;
        }

        /** Below a guest's tables entries are read with other rules, to the same depth. */
        private boolean isReadAs(Root other) {
            return format == other.format || (domain == PARENT || other.domain == PARENT) && format.levels() == other.format.levels();
        }

        private String name() {
            return domain == PARENT ? "a parent" : "domain " + domain;
        }
    }

    /** The tree that reached a table first. */
    private record Owner(Root root, int level) {
    }

    public RadixAudit(PhysicalMemory memory, AuditRules rules, DefectSink out) {
        this.memory = memory;
        this.rules = rules;
        this.out = out;
    }

    /** Audits the tree behind one requester; a tree seen before is only checked for being shared rightly. */
    public void add(Root root) {
        Owner owner = tables.get(root.table());
        if (owner != null) {
            shared(root, owner);
            return;
        }
        if (!memory.isRam(root.table())) {
            report(root, "table-outside-ram", root.entryAddress(), root.entry(),
                    "the root table at " + Hex.of(root.table()) + " is not in RAM");
            return;
        }
        roots.put(root.table(), root);
        tables.put(root.table(), new Owner(root, root.format().levels() - 1));
        new RadixSweep(memory, root.format(), new Tree(root)).run(root.table());
    }

    private void shared(Root root, Owner owner) {
        boolean isRoot = owner.root().table() == root.table();
        if (isRoot && owner.root().isDomainOf(root) && owner.root().isReadAs(root)) {
            return;
        }
        String other = owner.root().name() + " (" + owner.root().device() + ")";
        if (!isRoot) {
            report(root, "table-shared", root.entryAddress(), root.entry(), "the root table at " + Hex.of(root.table())
                    + " is also a level-" + owner.root().format().vendorLevel(owner.level()) + " table of " + other);
        } else if (!owner.root().isDomainOf(root)) {
            report(root, "table-shared", root.entryAddress(), root.entry(),
                    "the root table at " + Hex.of(root.table()) + " of " + root.name() + " is also that of " + other);
        } else {
            report(root, "table-depth-conflict", root.entryAddress(), root.entry(), root.name() + " reads the table at "
                    + Hex.of(root.table()) + " with " + root.format().levels() + " levels here and "
                    + owner.root().format().levels() + " for " + owner.root().device());
        }
    }

    /** Checks that need all trees: leaves that let a device write tables. */
    public void finish() {
        long[] pages = tables.keySet().stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(pages);
        for (Root root : roots.values()) {
            new RadixSweep(memory, root.format(), new LeavesOnTables(root, pages)).run(root.table());
        }
    }

    private void report(Root root, String defect, long address, List<Long> entry, String rule) {
        out.defect(new Defect(root.device(), rules.unit(), defect, address, entry, rule, root.format().description().clause()));
    }

    /** First visit of a tree. */
    private final class Tree implements RadixSweep.Visitor {
        private final Root root;
        private final RadixFormat format;
        /** Table on the way down, by level; a level that was skipped has none. */
        private final long[] path = new long[RadixFormat.MAX_LEVELS];
        /** Input address of the last page whose entries were found to differ. */
        private long tornPage = -1;

        Tree(Root root) {
            this.root = root;
            this.format = root.format();
            path[format.levels() - 1] = root.table();
        }

        @Override
        public boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
            out.looked(1);
            unchecked(iova, level, entryAddress, entry, false);
            if (!memory.isRam(table)) {
                report(root, "table-outside-ram", entryAddress, List.of(entry), at(level, iova) + " points to a table at "
                        + Hex.of(table) + ", which is not in RAM");
                return false;
            }
            for (int up = level; up < format.levels(); up++) {
                if (path[up] == table) {
                    report(root, "table-loop", entryAddress, List.of(entry), at(level, iova) + " points back to the level-"
                            + format.vendorLevel(up) + " table at " + Hex.of(table) + " above it");
                    return false;
                }
            }
            Owner owner = tables.putIfAbsent(table, new Owner(root, below));
            if (owner != null) {
                boolean same = owner.root().table() == root.table();
                report(root, same ? "table-aliased" : "table-shared", entryAddress, List.of(entry), at(level, iova)
                        + " points to the table at " + Hex.of(table) + ", which "
                        + (same ? "another entry of this domain points to" : "belongs to " + owner.root().name() + " (" + owner.root().device() + ")"));
                return false;
            }
            Arrays.fill(path, below, level, NO_TABLE);
            path[below] = table;
            return true;
        }

        @Override
        public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
            out.looked(1);
            long violations = format.violations(level, true, entry);
            if (violations != 0) {
                broken(iova, level, entryAddress, entry, violations);
                return true;
            }
            unchecked(iova, level, entryAddress, entry, true);
            size(iova, level, pageShift, entryAddress, entry);
            AddressRange to = range(output, pageShift);
            AddressRange from = range(root.base() + iova, pageShift);
            if (overlapping(rules.untranslated(), from) != null) {
                report(root, "iova-in-interrupt-window", entryAddress, List.of(entry), "IOVA " + from + " overlaps the window "
                        + overlapping(rules.untranslated(), from) + ", which is never translated");
            }
            AddressRange doorbell = overlapping(rules.doorbells(), to);
            AddressRange registers = overlapping(rules.registers(), to);
            if (doorbell != null) {
                report(root, "doorbell-grant", entryAddress, List.of(entry), "IOVA " + from + " maps the doorbell " + doorbell
                        + ": the device can raise interrupts by DMA");
            } else if (registers != null) {
                report(root, "leaf-on-registers", entryAddress, List.of(entry), "IOVA " + from + " maps registers of an IOMMU at " + registers);
            } else if (memory.ramKnown() && !(memory.isRam(to.start()) && memory.isRam(to.last()))) {
                report(root, "leaf-outside-ram", entryAddress, List.of(entry), "IOVA " + from + " maps " + to + ", which is not RAM");
            }
            return true;
        }

        /** A page larger than an entry must stand in all entries that it covers; a page should start at a multiple of its size. */
        private void size(long iova, int level, int pageShift, long entryAddress, long entry) {
            int coded = format.pageShift(level, RadixFormat.code(format.step(level, entry)), entry);
            long page = iova & -(1L << coded);
            if (coded > pageShift && page != tornPage) {
                tornPage = page;
                report(root, "page-entries-differ", entryAddress, List.of(entry), at(level, iova) + " is for a page of " + Hex.of(1L << coded)
                        + " bytes at " + Hex.of(page) + ", but not all entries that the page covers hold the same");
            }
            long low = format.leafAddress(entry) & (1L << coded) - 1;
            if (format.alignmentUnchecked && coded == format.shift(level) && low != 0) {
                report(root, "superpage-misaligned", entryAddress, List.of(entry), at(level, iova) + " has address bits " + Hex.of(low)
                        + " set below the size of its page; hardware ignores them");
            }
        }

        @Override
        public boolean bad(long iova, int level, long entryAddress, long entry) {
            out.looked(1);
            broken(iova, level, entryAddress, entry, format.violations(level, false, entry));
            return true;
        }

        /** Hardware goes on past these, and so does the audit. */
        private void unchecked(long iova, int level, long entryAddress, long entry, boolean leaf) {
            long violations = format.uncheckedViolations(level, leaf, entry);
            if (violations != 0) {
                broken(iova, level, entryAddress, entry, violations);
            }
        }

        private void broken(long iova, int level, long entryAddress, long entry, long violations) {
            long low = violations & format.leafAddressMask & (1L << format.shift(level)) - 1;
            long beyond = violations & format.leafAddressMask & -1L << format.description().outputBits();
            String defect = low != 0 ? "superpage-misaligned" : beyond != 0 ? "address-beyond-width" : "reserved-bit";
            String what = violations == 0 ? "has a forbidden combination of type bits" : "has bits " + Hex.of(violations) + " set, which must be "
                    + (low != 0 ? "zero in a page of that size" : beyond != 0 ? "zero: the host has fewer address bits" : "as reserved");
            report(root, defect, entryAddress, List.of(entry), at(level, iova) + " " + what);
        }

        @Override
        public boolean absent(long iova, long last, int level, long table) {
            out.unknown(table);
            return true;
        }

        private String at(int level, long iova) {
            return "the level-" + format.vendorLevel(level) + " entry for IOVA " + Hex.of(root.base() + iova);
        }
    }

    /** Second visit: a writable leaf over a table lets the device change its own translations; told once a domain. */
    private final class LeavesOnTables implements RadixSweep.Visitor {
        private final Root root;
        private final long[] pages;
        private final Set<Long> seen = new HashSet<>();

        LeavesOnTables(Root root, long[] pages) {
            this.root = root;
            this.pages = pages;
        }

        @Override
        public boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
            Owner owner = tables.get(table);
            return owner != null && owner.root() == root && owner.level() == below && seen.add(table);
        }

        @Override
        public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
            AddressRange to = range(output, pageShift);
            int i = Arrays.binarySearch(pages, to.start());
            int first = i >= 0 ? i : -i - 1;
            if ((permissions & Permissions.WRITE) == 0 || first == pages.length || !to.contains(pages[first])) {
                return true;
            }
            report(root, "leaf-on-table", entryAddress, List.of(entry), "IOVA " + range(root.base() + iova, pageShift)
                    + " lets the device write the page table at " + Hex.of(pages[first]) + " (first of this domain)");
            return false;
        }

        @Override
        public boolean absent(long iova, long last, int level, long table) {
            return true;
        }
    }

    private static AddressRange range(long start, int shift) {
        return shift >= Long.SIZE ? new AddressRange(0, -1L) : AddressRange.ofSize(start, 1L << shift);
    }

    private static AddressRange overlapping(List<AddressRange> ranges, AddressRange range) {
        for (AddressRange candidate : ranges) {
            if (candidate.overlaps(range)) {
                return candidate;
            }
        }
        return null;
    }
}
