// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.InterruptEntry;
import org.sluice.backend.amdvi.layout.InterruptMessage;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Blocked;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Passed;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Posted;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Remapped;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** From DeviceID and message to the interrupt: section 2.2.5. Never throws for bad structures. Not thread-safe. */
public final class InterruptLookup {
    private final PhysicalMemory memory;
    private final ConfigurationLookup configuration;
    private final UnitState unit;

    public InterruptLookup(PhysicalMemory memory, ConfigurationLookup configuration) {
        this.memory = memory;
        this.configuration = configuration;
        this.unit = configuration.unit();
    }

    /** What becomes of {@code data} written into the interrupt window by a device. */
    public InterruptFinding find(int deviceId, long data) {
        Finding gate = configuration.gate();
        if (gate instanceof Finding.PassThrough off) {
            return new Passed(off.why(), List.of());
        }
        if (gate instanceof Finding.Unknown unknown) {
            return new Unknown(-1, unknown.missing(), unknown.what(), List.of());
        }
        ConfigurationLookup.Fetched fetched = configuration.fetch(deviceId);
        if (fetched.failure() instanceof Finding.Unknown unknown) {
            return new Unknown(-1, unknown.missing(), unknown.what(), List.of());
        }
        if (fetched.failure() instanceof Finding.Blocked blocked) {
            return new Blocked(-1, null, blocked.event(), blocked.detail(), "", List.of());
        }
        Structure dte = fetched.entry();
        List<Structure> trail = new ArrayList<>(List.of(dte));
        if (!dte.is(DeviceTableEntry.INTERRUPT_VALID)) {
            return new Passed("IV=0", trail);
        }
        Blocked illegal = illegal(dte);
        return illegal != null ? illegal : classify(dte, data, trail);
    }

    /** What is wrong with the interrupt half of an entry whose IV is set, or null. */
    public static Blocked illegal(Structure dte) {
        List<Structure> trail = List.of(dte);
        for (int word = 2; word < 4; word++) {
            long bits = dte.word(word) & DeviceTableEntry.reservedMask(word);
            if (bits != 0) {
                return refused(Event.INTERRUPT_ENTRY_RESERVED, "bits " + Hex.of(bits) + " of word " + word + " are reserved", trail);
            }
        }
        long control = dte.get(DeviceTableEntry.INTERRUPT_CONTROL);
        if (control == DeviceTableEntry.INTERRUPTS_RESERVED) {
            return refused(Event.INTERRUPT_ENTRY_RESERVED, "IntCtl=3 is reserved", trail);
        }
        long length = dte.get(DeviceTableEntry.INTERRUPT_LENGTH);
        if (control == DeviceTableEntry.INTERRUPTS_REMAPPED && length > DeviceTableEntry.MAX_INTERRUPT_LENGTH) {
            return refused(Event.INTERRUPT_ENTRY_LENGTH, "IntTabLen=" + length + " is above " + DeviceTableEntry.MAX_INTERRUPT_LENGTH, trail);
        }
        return null;
    }

    private static Blocked refused(Event event, String detail, List<Structure> trail) {
        return new Blocked(-1, null, event, detail, "", trail);
    }

    /** Data bits 10:8 are the delivery mode, unless tables of 2048 entries need them all for the index. */
    private InterruptFinding classify(Structure dte, long data, List<Structure> trail) {
        int mode = unit.control(ControlRegisters.INDEX_MODE) != 0 ? InterruptMessage.FIXED : (int) InterruptMessage.OUT_DELIVERY.get(data);
        return switch (mode) {
            case InterruptMessage.FIXED, InterruptMessage.ARBITRATED -> controlled(dte, data, trail);
            case InterruptMessage.SMI -> unit.control(ControlRegisters.SMI_FILTER) == 0 ? new Passed("SMI without a filter", trail)
                    : new Unknown(-1, null, "of the SMI filter", trail);
            case InterruptMessage.NMI -> passedIf(dte, DeviceTableEntry.NMI_PASS, trail);
            case InterruptMessage.INIT -> passedIf(dte, DeviceTableEntry.INIT_PASS, trail);
            case InterruptMessage.EXTINT -> passedIf(dte, DeviceTableEntry.EXTINT_PASS, trail);
            default -> refused(Event.ABORTED, "delivery mode " + mode + " is reserved", trail);
        };
    }

    private static InterruptFinding passedIf(Structure dte, BitField flag, List<Structure> trail) {
        return dte.is(flag) ? new Passed(flag.name() + "=1", trail)
                : new Blocked(-1, null, Event.INTERRUPT_ABORTED, flag.name() + "=0", quiet(dte, null), trail);
    }

    private InterruptFinding controlled(Structure dte, long data, List<Structure> trail) {
        long control = dte.get(DeviceTableEntry.INTERRUPT_CONTROL);
        if (control == DeviceTableEntry.INTERRUPTS_PASSED) {
            return new Passed("IntCtl=1", trail);
        }
        if (control == DeviceTableEntry.INTERRUPTS_ABORTED) {
            return new Blocked(-1, null, Event.INTERRUPT_ABORTED, "IntCtl=0", quiet(dte, null), trail);
        }
        int index = (int) InterruptMessage.INDEX.get(data);
        long entries = 1L << dte.get(DeviceTableEntry.INTERRUPT_LENGTH);
        if (index >= entries) {
            return new Blocked(index, null, Event.INTERRUPT_NOT_PRESENT, "index " + index + " is beyond the " + entries + " entries of the table",
                    quiet(dte, null), trail);
        }
        long address = dte.getAddress(DeviceTableEntry.INTERRUPT_TABLE) + (long) index * entryBytes();
        return switch (Structure.presence(memory, layout(), address)) {
            case UNKNOWN -> new Unknown(index, address, layout().name(), trail);
            case OUTSIDE -> new Blocked(index, null, Event.ABORTED, "there is no memory at the interrupt entry " + Hex.of(address), "", trail);
            default -> entry(dte, index, read(address), trail);
        };
    }

    private boolean hasLongEntries() {
        return unit.control(ControlRegisters.LONG_ENTRIES) != 0;
    }

    private StructureLayout layout() {
        return hasLongEntries() ? InterruptEntry.LONG : InterruptEntry.SHORT;
    }

    /** Size of an interrupt entry, as CONTROL.GAEn says. */
    public int entryBytes() {
        return hasLongEntries() ? InterruptEntry.LONG_BYTES : InterruptEntry.SHORT_BYTES;
    }

    /** The interrupt entry at an address, in the form it has; it must be present. */
    public Structure read(long address) {
        if (!hasLongEntries()) {
            return Structure.of(InterruptEntry.SHORT, address, memory.readInt(address) & 0xffff_ffffL);
        }
        Structure entry = Structure.read(memory, InterruptEntry.LONG, address);
        return entry.is(InterruptEntry.GUEST_MODE) ? Structure.of(InterruptEntry.POSTED, address, entry.word(0), entry.word(1)) : entry;
    }

    private InterruptFinding entry(Structure dte, int index, Structure entry, List<Structure> trail) {
        trail.add(entry);
        String quiet = quiet(dte, entry);
        if (!entry.is(InterruptEntry.REMAP)) {
            return new Blocked(index, entry, Event.INTERRUPT_NOT_PRESENT, "RemapEn=0", quiet, trail);
        }
        String bad = violation(entry);
        if (bad != null) {
            return new Blocked(index, entry, Event.INTERRUPT_RESERVED, bad, quiet, trail);
        }
        if (entry.layout() == InterruptEntry.POSTED) {
            return new Posted(index, entry, (int) entry.get(InterruptEntry.VECTOR), wideDestination(entry), entry.getAddress(InterruptEntry.VAPIC),
                    entry.get(InterruptEntry.TAG), entry.is(InterruptEntry.RUNNING), entry.is(InterruptEntry.LOG), trail);
        }
        boolean wide = entry.layout() == InterruptEntry.LONG;
        int vector = (int) entry.get(wide ? InterruptEntry.VECTOR : InterruptEntry.SHORT_VECTOR);
        int destination = wide ? wideDestination(entry) : (int) entry.get(InterruptEntry.SHORT_DESTINATION);
        return new Remapped(index, entry, vector, destination, entry.is(InterruptEntry.DESTINATION_MODE), (int) entry.get(InterruptEntry.TYPE),
                entry.is(InterruptEntry.REQUEST_EOI), trail);
    }

    /** What is wrong with an entry that is on, or null. */
    public String violation(Structure entry) {
        if (entry.layout() == InterruptEntry.POSTED && unit.control(ControlRegisters.GUEST_APIC_MODE) == 0) {
            return "GuestMode=1, but CONTROL.GAMEn is 0";
        }
        if (entry.layout() != InterruptEntry.POSTED && entry.get(InterruptEntry.TYPE) > InterruptEntry.ARBITRATED) {
            return "IntType=" + entry.get(InterruptEntry.TYPE) + " is reserved";
        }
        return entry.reservedViolation() != null ? "reserved bits are set" : null;
    }

    private int wideDestination(Structure entry) {
        long low = entry.get(InterruptEntry.DESTINATION);
        return unit.control(ControlRegisters.X2APIC) != 0 ? (int) (entry.get(InterruptEntry.DESTINATION_HIGH) << 24 | low) : (int) low & 0xff;
    }

    private static String quiet(Structure dte, Structure entry) {
        return dte.is(DeviceTableEntry.IGNORE_UNMAPPED) ? "IG=1" : entry != null && entry.is(InterruptEntry.SUPPRESS) ? "SupIOPF=1" : "";
    }
}
