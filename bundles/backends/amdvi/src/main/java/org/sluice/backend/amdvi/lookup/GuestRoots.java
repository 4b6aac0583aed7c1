// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.Table;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixTable;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/**
 * Finds the root of a guest table by PASID: the GCR3 table (section 2.2.6.3) is itself a radix table. With a host table, it and the
 * roots it holds have addresses that the host table translates. Not thread-safe.
 */
public final class GuestRoots {
    /** Width of a PASID. */
    private static final int PASID_BITS = 20;

    private final PhysicalMemory memory;
    private final RadixWalker single;
    private final NestedWalker nested;
    private long root;

    public GuestRoots(PhysicalMemory memory) {
        this.memory = memory;
        single = new RadixWalker(memory, true);
        nested = new NestedWalker(memory);
    }

    /** Where the GCR3 table of a device table entry lies, and how deep it is. */
    static Table table(Structure dte) {
        RadixFormat format = AmdViFormats.gcr3Tables(1 + (int) dte.get(DeviceTableEntry.GUEST_LEVELS));
        return new Table(format, DeviceTableEntry.gcr3Root(dte.word(0), dte.word(1)));
    }

    /** Looks up one PASID and adds the entries read to the trail; null if there is a {@link #root}, else why not. */
    Finding find(Structure dte, Table host, int pasid, AddressRange excluded, List<Structure> trail) {
        Table table = table(dte);
        long input = (long) pasid << AmdViFormats.PASID_SHIFT;
        long answer = host == null ? single.walk(table.format(), table.root(), input, 0)
                : nested.walk(table.format(), table.root(), host.format(), host.root(), input, 0);
        int depth = host == null ? single.depth() : nested.depth();
        for (int i = 0; i < depth; i++) {
            trail.add(Structure.of(PagingEntry.GCR3, host == null ? single.pathAddress(i) : nested.pathPhysical(i),
                    host == null ? single.pathEntry(i) : nested.pathEntry(i)));
        }
        if (host != null && (answer >= 0 || nested.part() == NestedWalker.RESULT)) {
            // The root is what the GCR3 entry says; whether the host lets the guest table be read is found when it is walked.
            root = nested.between();
            return null;
        }
        if (answer >= 0) {
            root = answer;
            return null;
        }
        int outcome = RadixWalker.outcome(answer);
        if (host != null && nested.part() == NestedWalker.TABLE_READ) {
            return hostFailure(outcome, excluded, trail);
        }
        return failure(outcome, host == null ? single.entryAddress() : nested.entryAddress(), pasid, excluded, trail);
    }

    /** The host table does not lead to the GCR3 table. */
    private Finding hostFailure(int outcome, AddressRange excluded, List<Structure> trail) {
        RadixWalker walker = nested.outer();
        if (outcome == RadixWalker.UNKNOWN_MEMORY) {
            return new Unknown(walker.entryAddress(), PagingEntry.HOST_TABLE.name(), excluded, trail);
        }
        return new Blocked(DmaWalker.hostEvent(outcome, walker.entry(), Permissions.READ), walker.entryAddress(),
                "the host table, asked for the GCR3 entry at " + Hex.of(nested.between()), walker.level() + 1, nested.between(), excluded, trail);
    }

    private static Finding failure(int outcome, long fetched, int pasid, AddressRange excluded, List<Structure> trail) {
        Structure last = trail.get(trail.size() - 1);
        String what = "PASID " + pasid;
        return switch (outcome) {
            case RadixWalker.UNKNOWN_MEMORY -> new Unknown(fetched, PagingEntry.GCR3.name(), excluded, trail);
            case RadixWalker.OUTSIDE_MEMORY -> new Blocked(Event.PAGE_TAB_HARDWARE_ERROR, fetched, "the GCR3 table", 0, excluded, trail);
            case RadixWalker.BEYOND_WIDTH -> new Blocked(Event.GUEST_NOT_PRESENT, last.address(), what + " is beyond the GCR3 table", 0,
                    excluded, trail);
            case RadixWalker.NOT_PRESENT -> new Blocked(Event.GUEST_NOT_PRESENT, last.address(), "the GCR3 table has no entry for " + what,
                    0, excluded, trail);
            default -> new Blocked(Event.GUEST_RESERVED_BIT, last.address(), "reserved bits of the GCR3 entry for " + what, 0, excluded, trail);
        };
    }

    /** The root found. */
    long root() {
        return root;
    }

    /** PASIDs that have a guest table, ascending, at most {@code limit}; of a table that points at itself each once. */
    public List<Integer> pasids(Structure dte, int limit) {
        int mode = (int) dte.get(DeviceTableEntry.MODE);
        if (dte.get(DeviceTableEntry.GUEST_LEVELS) == DeviceTableEntry.GLX_RESERVED || mode == DeviceTableEntry.MODE_RESERVED) {
            return List.of();
        }
        Table table = table(dte);
        TableView view = mode == DeviceTableEntry.MODE_NONE ? new RadixTable(memory, table.format(), table.root(), entry -> "")
                : new NestedTable(memory, table.format(), table.root(), AmdViFormats.hostBelowGuest(mode),
                dte.getAddress(DeviceTableEntry.HOST_ROOT), entry -> "");
        List<Integer> list = new ArrayList<>();
        view.visit(new MappingSink() {
            @Override
            public boolean mapping(long input, long last, long output, int permissions, String memoryType) {
                long pasid = input >>> AmdViFormats.PASID_SHIFT;
                return pasid >>> PASID_BITS == 0 && list.size() < limit && list.add((int) pasid);
            }

            @Override
            public boolean unknown(long input, long last, long tableAddress) {
                return input >>> AmdViFormats.PASID_SHIFT + PASID_BITS == 0;
            }
        });
        return list;
    }
}
