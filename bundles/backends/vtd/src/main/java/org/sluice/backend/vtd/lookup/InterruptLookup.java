// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.backend.vtd.layout.MessageFormat;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.InterruptFinding.Kind;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** From an interrupt message to what comes out of the unit (chapter 5, interrupt remapping). Keeps nothing; thread-safe. */
public final class InterruptLookup {
    private static final long LOW_32 = 0xffff_ffffL;
    private static final int XAPIC_SHIFT = 8;
    /** Source id bits that each SQ ignores: function numbers of phantom functions. */
    private static final int[] IGNORED_BITS = {0, 4, 6, 7};

    /** Gives entries: from memory, or as they were when a cache took them. */
    @FunctionalInterface
    public interface EntryReader {
        /** @param address of the entry, which memory holds */
        Structure read(int index, long address);
    }

    /**
     * A value that the architecture forbids.
     *
     * @param kind fixed word, as {@link org.sluice.api.Defect} has it
     * @param text one line with the numbers
     */
    public record Violation(String kind, String text) {
    }

    private final PhysicalMemory memory;
    private final EntryReader reader;
    private final UnitState unit;
    private final ReservedBits remapped;
    private final ReservedBits posted = ReservedBits.of(InterruptEntry.POSTED);
    private final ReservedBits descriptor = ReservedBits.of(InterruptEntry.POSTED_DESCRIPTOR);

    public InterruptLookup(PhysicalMemory memory, UnitState unit) {
        this(memory, unit, (index, address) -> Structure.read(memory, InterruptEntry.REMAPPED, address));
    }

    /** @param reader where entries come from, if not always from memory */
    public InterruptLookup(PhysicalMemory memory, UnitState unit, EntryReader reader) {
        this.memory = memory;
        this.reader = reader;
        this.unit = unit;
        ReservedBits fixed = ReservedBits.of(InterruptEntry.REMAPPED);
        // Without 32-bit destinations only one byte of DST is used (section 9.10, field DST).
        remapped = extended() ? fixed : fixed.and(InterruptEntry.DESTINATION.word(), InterruptEntry.DESTINATION.put(~0xff00L));
    }

    private boolean extended() {
        return unit.get(ControlRegisters.IRTA, ControlRegisters.EXTENDED_DESTINATIONS) != 0;
    }

    /** Whether a write there is an interrupt request as far as the low half of its address tells. */
    public static boolean isRequest(long address) {
        return Vtd.INTERRUPT_WINDOW.contains(address & LOW_32);
    }

    /** Entries that the table has. */
    public int entries() {
        return 1 << (int) unit.get(ControlRegisters.IRTA, ControlRegisters.INTERRUPT_SIZE) + 1;
    }

    /** Physical address of an entry. */
    public long entryAddress(int index) {
        return unit.address(ControlRegisters.IRTA, ControlRegisters.INTERRUPT_TABLE) + (long) index * InterruptEntry.BYTES;
    }

    /**
     * What becomes of a message.
     *
     * @param sourceId of the requester, or -1 if not known
     * @param ioApic whether the requester is an I/O APIC: its messages carry the vector field of the redirection entry as data
     *        although there is no subhandle, and units take them
     */
    public InterruptFinding find(int sourceId, long address, long data, boolean ioApic) {
        if (!isRequest(address)) {
            return InterruptFinding.blocked(null, -1, null, false, Hex.of(address) + " is not in the interrupt window "
                    + Vtd.INTERRUPT_WINDOW + ": a write there is DMA");
        }
        if (!unit.knows(ControlRegisters.GSTS)) {
            return needs(ControlRegisters.GSTS);
        }
        if (!unit.status(ControlRegisters.REMAPPING_ON)) {
            return InterruptFinding.passed(address, data, "interrupt remapping is off (GSTS.IRES=0)");
        }
        Structure message = Structure.of(MessageFormat.REMAPPABLE, 0, address, data);
        return message.is(MessageFormat.FORMAT) ? remappable(message, sourceId, ioApic) : compatibility(address, data);
    }

    private InterruptFinding compatibility(long address, long data) {
        boolean allowed = unit.status(ControlRegisters.COMPATIBILITY_ON);
        if (allowed && !unit.knows(ControlRegisters.IRTA)) {
            return needs(ControlRegisters.IRTA);
        }
        if (!allowed || extended()) {
            return InterruptFinding.blocked(FaultReason.COMPATIBILITY_BLOCKED, -1, null, false,
                    "compatibility format passes only with GSTS.CFIS=1 and IRTA.EIME=0");
        }
        return InterruptFinding.passed(address, data, "compatibility format, allowed by GSTS.CFIS");
    }

    private InterruptFinding remappable(Structure message, int sourceId, boolean ioApic) {
        boolean subhandle = message.is(MessageFormat.SUBHANDLE_VALID);
        long data = message.word(1);
        if (message.reservedViolation() != null || data >>> Integer.SIZE != 0 || !subhandle && data != 0 && !ioApic) {
            return InterruptFinding.blocked(FaultReason.MESSAGE_RESERVED, -1, null, false, "address " + Hex.of(message.word(0)) + ", data "
                    + Hex.of(data) + (subhandle ? "" : ": without SHV the data must be 0"));
        }
        if (!unit.knows(ControlRegisters.IRTA)) {
            return needs(ControlRegisters.IRTA);
        }
        int index = (int) (message.get(MessageFormat.HANDLE) + (message.get(MessageFormat.HANDLE_15) << 15)
                + (subhandle ? message.get(MessageFormat.SUBHANDLE) : 0));
        if (index >= entries()) {
            return InterruptFinding.blocked(FaultReason.INDEX_BEYOND_TABLE, index, null, false,
                    "index " + index + ", the table has " + entries() + " entries");
        }
        long address = entryAddress(index);
        switch (memory.presence(address, InterruptEntry.BYTES)) {
            case UNKNOWN:
                return InterruptFinding.unknown(index, null, address, "the interrupt entry at " + Hex.of(address) + " is not in the image");
            case OUTSIDE:
                return InterruptFinding.blocked(FaultReason.INTERRUPT_ACCESS, index, null, false, "there is no memory at " + Hex.of(address));
            default:
                return judge(index, reader.read(index, address), sourceId);
        }
    }

    private InterruptFinding judge(int index, Structure entry, int sourceId) {
        boolean quiet = entry.is(InterruptEntry.FAULT_DISABLE);
        if (!entry.is(InterruptEntry.PRESENT)) {
            return InterruptFinding.blocked(FaultReason.INTERRUPT_NOT_PRESENT, index, entry, quiet, "entry " + index);
        }
        boolean post = entry.is(InterruptEntry.POSTED_FORM);
        if (post && !unit.knows(CapabilityRegisters.CAP)) {
            return InterruptFinding.unknown(index, entry, null, "register CAP is not known, and the entry is of the posted form");
        }
        Violation violation = violation(entry);
        if (violation != null) {
            return InterruptFinding.blocked(FaultReason.INTERRUPT_RESERVED, index, entry, quiet, violation.text());
        }
        if (sourceId < 0 && checksSource(entry)) {
            return InterruptFinding.unknown(index, entry, null, "the requester has no source id, and the entry checks it");
        }
        if (!accepts(entry, sourceId)) {
            return InterruptFinding.blocked(FaultReason.SOURCE_REFUSED, index, entry, quiet, "source id " + Hex.of(sourceId)
                    + " against SID=" + Hex.of(entry.get(InterruptEntry.SOURCE)) + " SQ=" + entry.get(InterruptEntry.SOURCE_QUALIFIER)
                    + " SVT=" + entry.get(InterruptEntry.SOURCE_VALIDATION));
        }
        return post ? post(index, entry) : remap(index, entry);
    }

    /** What is wrong with a present entry by itself, or null: reserved bits, and values that the architecture reserves. */
    public Violation violation(Structure entry) {
        if (entry.is(InterruptEntry.POSTED_FORM)) {
            return unit.cap(CapabilityRegisters.PI) == 0
                    ? new Violation("posted-not-supported", "IM=1, and the unit has no posted interrupts (CAP.PI=0)") : reserved(posted, entry);
        }
        long delivery = entry.get(InterruptEntry.DELIVERY_MODE);
        if (InterruptEntry.DELIVERY_MODE.meaningOf(delivery).isEmpty()) {
            return new Violation("reserved-delivery-mode", "delivery mode " + delivery + " is reserved");
        }
        return reserved(remapped, entry);
    }

    private static Violation reserved(ReservedBits bits, Structure entry) {
        if (bits.violatedBy(entry)) {
            return new Violation("reserved-bit", "reserved bits " + bits.text(entry) + " are set");
        }
        return entry.get(InterruptEntry.SOURCE_VALIDATION) > InterruptEntry.SOURCE_BUS
                ? new Violation("reserved-source-validation", "SVT=3 is reserved") : null;
    }

    /** Whether an entry checks its requester at all. */
    public static boolean checksSource(Structure entry) {
        return entry.get(InterruptEntry.SOURCE_VALIDATION) != InterruptEntry.ANY_SOURCE;
    }

    /** Whether a present entry takes a requester (section 5.1.6, source validation); in bus ranges the first bus is the high byte. */
    public static boolean accepts(Structure entry, int sourceId) {
        int source = (int) entry.get(InterruptEntry.SOURCE);
        if (entry.get(InterruptEntry.SOURCE_VALIDATION) == InterruptEntry.SOURCE_ID) {
            return ((sourceId ^ source) & ~IGNORED_BITS[(int) entry.get(InterruptEntry.SOURCE_QUALIFIER)]) == 0;
        }
        int bus = sourceId >>> 8;
        return entry.get(InterruptEntry.SOURCE_VALIDATION) != InterruptEntry.SOURCE_BUS || bus >= source >>> 8 && bus <= (source & 0xff);
    }

    private InterruptFinding remap(int index, Structure entry) {
        long destination = destination(entry);
        long address = message(destination) | MessageFormat.OUT_HINT.put(entry.get(InterruptEntry.REDIRECTION_HINT))
                | MessageFormat.OUT_MODE.put(entry.get(InterruptEntry.DESTINATION_MODE));
        long data = MessageFormat.OUT_VECTOR.put(entry.get(InterruptEntry.VECTOR))
                | MessageFormat.OUT_DELIVERY.put(entry.get(InterruptEntry.DELIVERY_MODE)) | MessageFormat.OUT_ASSERT.put(1)
                | MessageFormat.OUT_TRIGGER.put(entry.get(InterruptEntry.TRIGGER_MODE));
        return new InterruptFinding(Kind.REMAPPED, null, false, index, entry, null, address, (int) data, null,
                "vector " + Hex.of(entry.get(InterruptEntry.VECTOR)) + " to " + Hex.of(destination));
    }

    /** Processor id that the entry names: 32 bits with EIME, else the byte that xAPIC uses. */
    public long destination(Structure entry) {
        long field = entry.get(InterruptEntry.DESTINATION);
        return extended() ? field : field >>> XAPIC_SHIFT & 0xff;
    }

    private static long message(long destination) {
        return Vtd.INTERRUPT_WINDOW.start() | MessageFormat.OUT_DESTINATION.put(destination & 0xff) | (destination & ~0xffL) << Integer.SIZE;
    }

    /** What a well-formed entry of the posted form does. */
    public InterruptFinding post(int index, Structure present) {
        Structure entry = Structure.of(InterruptEntry.POSTED, present.address(), present.word(0), present.word(1));
        boolean quiet = entry.is(InterruptEntry.FAULT_DISABLE);
        long at = entry.get(InterruptEntry.DESCRIPTOR_LOW) << 6 | entry.get(InterruptEntry.DESCRIPTOR_HIGH) << Integer.SIZE;
        switch (Structure.presence(memory, InterruptEntry.POSTED_DESCRIPTOR, at)) {
            case UNKNOWN:
                return InterruptFinding.unknown(index, entry, at, "the posted descriptor at " + Hex.of(at) + " is not in the image");
            case OUTSIDE:
                return InterruptFinding.blocked(FaultReason.DESCRIPTOR_ACCESS, index, entry, quiet, "there is no memory at " + Hex.of(at));
            default:
                break;
        }
        Structure pd = Structure.read(memory, InterruptEntry.POSTED_DESCRIPTOR, at);
        if (descriptor.violatedBy(pd)) {
            return InterruptFinding.blocked(FaultReason.DESCRIPTOR_RESERVED, index, entry, quiet,
                    "reserved bits " + descriptor.text(pd) + " of the descriptor at " + Hex.of(at) + " are set");
        }
        boolean notifies = !pd.is(InterruptEntry.OUTSTANDING) && (entry.is(InterruptEntry.URGENT) || !pd.is(InterruptEntry.SUPPRESSED));
        long destination = notified(pd);
        String text = "vector " + Hex.of(entry.get(InterruptEntry.VECTOR)) + " noted in the descriptor at " + Hex.of(at) + ", notification "
                + Hex.of(pd.get(InterruptEntry.NOTIFICATION_VECTOR)) + " to " + Hex.of(destination)
                + (notifies ? " sent" : pd.is(InterruptEntry.OUTSTANDING) ? " already outstanding" : " suppressed");
        long data = MessageFormat.OUT_VECTOR.put(pd.get(InterruptEntry.NOTIFICATION_VECTOR)) | MessageFormat.OUT_ASSERT.put(1);
        return new InterruptFinding(Kind.POSTED, null, false, index, entry, pd, notifies ? message(destination) : 0,
                notifies ? (int) data : 0, null, text);
    }

    private long notified(Structure pd) {
        long raw = pd.get(InterruptEntry.NOTIFICATION_DESTINATION);
        return extended() ? raw : raw >>> XAPIC_SHIFT & 0xff;
    }

    /** The same finding with the notification as its message, whatever the descriptor said when it was read. */
    public InterruptFinding notification(InterruptFinding posted) {
        Structure pd = posted.descriptor();
        long data = MessageFormat.OUT_VECTOR.put(pd.get(InterruptEntry.NOTIFICATION_VECTOR)) | MessageFormat.OUT_ASSERT.put(1);
        return new InterruptFinding(Kind.POSTED, null, false, posted.index(), posted.entry(), pd, message(notified(pd)), (int) data, null,
                posted.text());
    }

    /** The descriptor cannot be written. */
    public InterruptFinding descriptorRefused(InterruptFinding posted) {
        return InterruptFinding.blocked(FaultReason.DESCRIPTOR_ACCESS, posted.index(), posted.entry(),
                posted.entry().is(InterruptEntry.FAULT_DISABLE), "the descriptor at " + Hex.of(posted.descriptor().address()) + " is read-only");
    }

    private static InterruptFinding needs(Register register) {
        return InterruptFinding.unknown(-1, null, null, "register " + register.name() + " is not known");
    }
}
