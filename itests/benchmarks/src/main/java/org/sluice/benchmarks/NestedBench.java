// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * W6m: a user page table of four levels (VT-d: first stage) over a parent of four levels (second stage), all in pages of 4 KiB, each read of the user's tables
 * translated by the parent, nothing cached. Not thread-safe.
 */
final class NestedBench {
    static final int WALKS = 500_000;
    private static final int PAGES = 262_144;
    private static final int GUEST_PAGES = 0x7_FFFF;
    private static final long SUM = 0x8951_ab0e_c3a1_90L;
    /** Where the guest has its tables; the parent maps them one to one. */
    private static final AddressRange GUEST_TABLES = AddressRange.ofSize(0x4000_0000L, 4L << 20);
    private static final AddressRange PARENT_TABLES = AddressRange.ofSize(0x4040_0000L, 12L << 20);

    private final RadixFormat user = new VtdFormats.FirstStage(4, 52, true, true, true).format();
    private final RadixFormat parent = Bench.secondStage();
    private final NestedWalker walker;
    private final long userRoot;
    private final long parentRoot;

    NestedBench() {
        PhysicalMemory memory = PhysicalMemory.allocate(AddressRange.ofSize(GUEST_TABLES.start(), GUEST_TABLES.size() + PARENT_TABLES.size()));
        walker = new NestedWalker(memory);
        RadixEditor userTable = RadixEditor.create(memory, new PageAllocator(memory, GUEST_TABLES), user, Bench.PAGE);
        RadixEditor parentTable = RadixEditor.create(memory, new PageAllocator(memory, PARENT_TABLES), parent, Bench.PAGE);
        userRoot = userTable.root();
        parentRoot = parentTable.root();
        map(parentTable, GUEST_TABLES.start(), GUEST_TABLES.start(), GUEST_TABLES.size());
        for (int i = 0; i < PAGES; i++) {
            map(userTable, Bench.B + i * Bench.PAGE, guest(i), Bench.PAGE);
            map(parentTable, guest(i), Bench.scattered(i), Bench.PAGE);
        }
    }

    private static long guest(int i) {
        return Bench.B + ((i * 0x9E37_79B1L & GUEST_PAGES) << 12);
    }

    private static void map(RadixEditor table, long address, long output, long size) {
        if (table.map(address, output, size, Permissions.READ_WRITE, 0) != RadixEditor.OK) {
            throw new IllegalStateException("not mapped: " + Long.toHexString(address));
        }
    }

    /** Does the work once and checks the sum. */
    void many() {
        SplitMix random = new SplitMix(61);
        long sum = 0;
        for (int i = 0; i < WALKS; i++) {
            long x = random.next();
            sum += walker.walk(user, userRoot, parent, parentRoot, Bench.B + (x & PAGES - 1) * Bench.PAGE + (x >>> 52), Permissions.READ);
        }
        Bench.check("W6m", sum, SUM);
    }
}
