// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.backend.riscv.lookup.Finding.Blocked;
import org.sluice.backend.riscv.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** One look-up under way: the structures read so far and, once a step fails, why. */
final class Search {
    private final PhysicalMemory memory;
    private final DirectoryReader reader;
    private final Access access;
    private final List<Structure> trail = new ArrayList<>(6);
    private Finding stopped;

    Search(PhysicalMemory memory, Access access) {
        this.memory = memory;
        this.reader = new DirectoryReader(memory);
        this.access = access;
    }

    /** Goes down a directory ("Process to locate the Device-context", "Process-context"); null if it stopped. */
    Structure context(Directory directory, long id) {
        Directory.Kind kind = directory.kind();
        if (id >= directory.ids()) {
            stop(Cause.TRANSACTION_TYPE_DISALLOWED, 0, "id " + Hex.of(id) + " is wider than the " + directory.levels() + " levels of the directory");
            return null;
        }
        long table = directory.root();
        for (int level = directory.levels() - 1;; level--) {
            long at = reader.locate(directory, table);
            if (at < 0) {
                outside(RadixWalker.outcome(at), table);
                return null;
            }
            Structure entry = fetch(directory, level == 0 ? directory.leaf() : kind.table, at + directory.offset(id, level));
            if (entry == null) {
                return null;
            }
            if (!entry.is(DirectoryEntries.VALID)) {
                stop(kind.invalid, entry.address(), "V=0");
                return null;
            }
            if (level == 0) {
                return entry;
            }
            String wrong = ContextRules.reserved(entry);
            if (wrong != null) {
                stop(kind.misconfigured, entry.address(), wrong);
                return null;
            }
            table = Riscv.page(entry.get(DirectoryEntries.NEXT));
        }
    }

    /** The second stage does not lead to a table of the process directory. */
    private void outside(int outcome, long table) {
        RadixWalker outer = reader.outer();
        switch (outcome) {
            case RadixWalker.UNKNOWN_MEMORY -> stopped = new Unknown(outer.entryAddress(), "the second-stage entry at " + Hex.of(outer.entryAddress())
                    + " is not in the image", trail);
            case RadixWalker.OUTSIDE_MEMORY -> stop(Cause.accessFault(access), outer.entryAddress(), "a second-stage table is where there is no memory");
            default -> stop(Cause.pageFault(access, true), outer.entryAddress(), "the second stage does not map the process directory at guest address " + Hex.of(table));
        }
    }

    private Structure fetch(Directory directory, StructureLayout layout, long address) {
        switch (Structure.presence(memory, layout, address)) {
            case UNKNOWN -> stopped = new Unknown(address, "the " + layout.name() + " at " + Hex.of(address) + " is not in the image", trail);
            case OUTSIDE -> stop(directory.kind().unreadable, address, "there is no memory at the address of the " + layout.name());
            default -> {
                trail.add(DirectoryReader.read(memory, layout, address, directory.bigEndian()));
                return trail.get(trail.size() - 1);
            }
        }
        return null;
    }

    private void stop(Cause cause, long address, String detail) {
        stopped = new Blocked(cause, address, detail, trail);
    }

    /** The context read last does not let the access through. */
    Blocked blocked(Cause cause, String detail) {
        return new Blocked(cause, trail.get(trail.size() - 1).address(), detail, trail);
    }

    List<Structure> trail() {
        return trail;
    }

    Finding stopped() {
        return stopped;
    }
}
