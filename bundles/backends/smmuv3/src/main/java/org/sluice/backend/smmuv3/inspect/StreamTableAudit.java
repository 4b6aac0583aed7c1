// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.StreamTable;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;

/** The stream table as a whole: its registers, and the level-1 descriptors of a table of two levels. */
final class StreamTableAudit {
    private static final int PAGE = 4096;
    private static final long LAST_FORM = 1;

    private final Subject subject;
    private final Findings findings;
    private final Map<Long, Long> owners = new HashMap<>();

    StreamTableAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    void run() {
        StreamTable table = subject.lookup().table();
        if (table == null) {
            return;
        }
        registers(table);
        if (table.twoLevel()) {
            levelOne(table);
        }
    }

    private void registers(StreamTable table) {
        long form = subject.state().get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.FORMAT);
        long size = subject.state().get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.LOG2SIZE);
        long split = subject.state().get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.SPLIT);
        long address = subject.state().address(ControlRegisters.STRTAB_BASE, ControlRegisters.TABLE_ADDRESS);
        if (form > LAST_FORM) {
            register(false, "reserved-value", form, "FMT=" + form + " is reserved and read as linear");
        }
        if (table.twoLevel() && split != table.split()) {
            register(false, "reserved-value", split, "SPLIT=" + split + " is reserved and read as " + table.split());
        }
        if (size > subject.state().streamBits()) {
            register(false, "table-too-large", size, "LOG2SIZE=" + size + " is more than the " + subject.state().streamBits() + " StreamID bits of the unit");
        }
        if (address != table.base()) {
            register(true, "table-misaligned", address, "the stream table at " + Hex.of(address) + " is not aligned to its size: it is read at "
                    + Hex.of(table.base()));
        }
        if (subject.memory().presence(table.base(), Long.BYTES) == Presence.OUTSIDE) {
            register(true, "table-outside-ram", address, "the stream table at " + Hex.of(table.base()) + " is not in RAM");
        }
    }

    private void register(boolean base, String kind, long value, String rule) {
        findings.defect(null, kind, (base ? ControlRegisters.STRTAB_BASE : ControlRegisters.STRTAB_BASE_CFG).offset(), List.of(value), rule,
                (base ? ControlRegisters.STRTAB_BASE : ControlRegisters.STRTAB_BASE_CFG).layout());
    }

    private void levelOne(StreamTable table) {
        for (long i = 0; i < table.descriptors(); i++) {
            long address = table.descriptorAddress(i << table.split());
            Presence presence = Structure.presence(subject.memory(), StreamEntry.LEVEL_1, address);
            if (presence == Presence.PRESENT) {
                descriptor(table, Structure.read(subject.memory(), StreamEntry.LEVEL_1, address), i);
                continue;
            }
            if (presence == Presence.UNKNOWN) {
                findings.unknown(address);
            }
            // The rest of the page shares the answer.
            i += (PAGE - address % PAGE) / StreamTable.DESCRIPTOR_BYTES - 1;
        }
    }

    private void descriptor(StreamTable table, Structure descriptor, long index) {
        long span = descriptor.get(StreamEntry.SPAN);
        if (span == 0) {
            return;
        }
        findings.looked(1);
        String where = "level-1 descriptor " + index;
        if (table.span(descriptor) == 0) {
            findings.defect(null, "reserved-value", descriptor, where + ": Span=" + span + " is reserved with SPLIT=" + table.split());
            return;
        }
        if (descriptor.reservedViolation() != null) {
            findings.defect(null, "reserved-bit", descriptor, where + " has reserved bits set");
        }
        long below = table.level2(descriptor);
        if (below != descriptor.getAddress(StreamEntry.L2_POINTER)) {
            findings.defect(null, "table-misaligned", descriptor, where + ": the level-2 table is not aligned to its size and read at " + Hex.of(below));
        }
        int bytes = table.span(descriptor) * StreamTable.ENTRY_BYTES;
        for (long page = below; page < below + bytes; page += PAGE - page % PAGE) {
            Presence presence = subject.memory().presence(page, StreamTable.ENTRY_BYTES);
            if (presence == Presence.OUTSIDE) {
                findings.defect(null, "table-outside-ram", descriptor, where + ": the level-2 table at " + Hex.of(below) + " is not in RAM at " + Hex.of(page));
                break;
            }
            if (presence == Presence.UNKNOWN) {
                findings.unknown(page);
            }
        }
        Long other = owners.putIfAbsent(below, index);
        if (other != null) {
            findings.defect(null, "table-shared", descriptor, where + ": the level-2 table at " + Hex.of(below) + " is also that of level-1 descriptor " + other);
        }
    }
}
