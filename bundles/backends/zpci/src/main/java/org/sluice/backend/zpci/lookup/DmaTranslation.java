// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registration;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/**
 * One DMA access after the other, by the numbered steps of docs/backends/zpci.md. Details of the last one stay until the next. No
 * allocation but by {@link #reason}, no exceptions. Not thread-safe.
 */
public final class DmaTranslation {
    /** The kind of answer. */
    public enum Outcome { MAPPED, PASS_THROUGH, FAULT, UNKNOWN }

    /** What is not known, where it is not a piece of memory. */
    private enum Gap { NONE, ANCHOR, FIRST, LAST, MEMORY }

    private final RadixWalker walker;
    private ZpciFunction function;
    private long iova;
    private Outcome outcome;
    private Fault fault;
    private Gap gap;
    private long output;
    private int pageShift;
    private int permissions;
    private boolean walked;

    /** @param keepPath whether each entry read is kept, for reports */
    public DmaTranslation(PhysicalMemory memory, boolean keepPath) {
        walker = new RadixWalker(memory, keepPath);
    }

    /**
     * Translates.
     *
     * @param need one bit of {@link Permissions}; there is no execute access here, it counts as a read
     */
    public Outcome run(ZpciFunction source, long address, int need) {
        begin(source, address);
        outcome = decide((need & Permissions.EXECUTE) == 0 ? need : Permissions.READ);
        return outcome;
    }

    /** Steps 5 to 10 alone, for whatever is mapped: of a function that has {@link Target#TABLES} registered, at an address that they translate. */
    public Outcome look(ZpciFunction source, long address) {
        begin(source, address);
        outcome = walk(0);
        return outcome;
    }

    private void begin(ZpciFunction source, long address) {
        function = source;
        iova = address;
        fault = null;
        gap = Gap.NONE;
        pageShift = 0;
        permissions = 0;
        walked = false;
    }

    private Outcome decide(int need) {
        if (!function.mayBeEnabled()) {
            return stop(EventCodes.NOT_ENABLED);
        }
        if (function.registration() != Registration.REGISTERED) {
            return function.registration() == Registration.NONE ? stop(EventCodes.INVALAS) : lack(Gap.ANCHOR);
        }
        if (function.first() != null && Long.compareUnsigned(iova, function.first()) < 0
                || function.last() != null && Long.compareUnsigned(iova, function.last()) > 0) {
            return stop(EventCodes.OORANGE);
        }
        if (function.first() == null || function.last() == null) {
            return lack(function.first() == null ? Gap.FIRST : Gap.LAST);
        }
        return switch (function.target()) {
            case IDENTITY -> pass();
            case FRAME -> frame(need);
            case UNSUPPORTED -> stop(EventCodes.INVALTF);
            case TABLES -> walk(need);
        };
    }

    private Outcome pass() {
        output = iova;
        return Outcome.PASS_THROUGH;
    }

    /** Step 4: the address is an offset into the frame, so it cannot be larger. */
    private Outcome frame(int need) {
        int shift = Anchor.frameShift(function.iota());
        if (iova >>> shift != 0) {
            return stop(EventCodes.OORANGE);
        }
        // No storage has such addresses; as in entries, bit 63 makes the anchor an invalid one.
        if (function.frame() < 0) {
            return stop(EventCodes.INVALTE);
        }
        return mapped(function.frame() | iova, shift, Permissions.READ_WRITE, need);
    }

    private Outcome walk(int need) {
        walked = true;
        long answer = walker.walk(function.format(), function.root(), iova, 0);
        if (answer >= 0) {
            return mapped(answer, walker.pageShift(), walker.permissions(), need);
        }
        return switch (RadixWalker.outcome(answer)) {
            case RadixWalker.NOT_PRESENT, RadixWalker.NOT_PERMITTED -> stop(EventCodes.TPROTE);
            case RadixWalker.BEYOND_WIDTH -> beyond();
            case RadixWalker.UNKNOWN_MEMORY -> lack(Gap.MEMORY);
            case RadixWalker.OUTSIDE_MEMORY -> stop(EventCodes.INVALTE);
            default -> stop(EventCodes.ofEntry(walker.level(), walker.entry()));
        };
    }

    private Outcome beyond() {
        walked = false;
        return stop(EventCodes.OORANGE);
    }

    /** Protection adds up over the path and the anchor (step 9). */
    private Outcome mapped(long address, int shift, int tables, int need) {
        output = address;
        pageShift = shift;
        permissions = tables & (function.writesForbidden() ? Permissions.READ : Permissions.READ_WRITE);
        return (permissions & need) == need ? Outcome.MAPPED : stop(EventCodes.TPROTE);
    }

    private Outcome stop(Fault reason) {
        fault = reason;
        return Outcome.FAULT;
    }

    private Outcome lack(Gap what) {
        gap = what;
        return Outcome.UNKNOWN;
    }

    /** Only after {@link Outcome#MAPPED} and {@link Outcome#PASS_THROUGH}. */
    public long output() {
        return output;
    }

    /** log2 of the page; 0 if none was found. */
    public int pageShift() {
        return pageShift;
    }

    /** What the tables and the anchor allow; 0 if no page was found. */
    public int permissions() {
        return permissions;
    }

    /** Only after {@link Outcome#FAULT}. */
    public Fault fault() {
        return fault;
    }

    /** Address of the table entry that the image lacks, or null. */
    public Long missing() {
        return gap == Gap.MEMORY ? walker.entryAddress() : null;
    }

    /** Vendor's number of the level where a walk ended, or 0. */
    public int level() {
        return walked ? walker.level() + 1 : 0;
    }

    /** log2 of what the entry covers at which a walk ended; only if there was a walk. */
    public int entryShift() {
        return function.format().shift(walker.level());
    }

    /** The walk of the last access, or null if it needed none. */
    public RadixWalker walker() {
        return walked ? walker : null;
    }

    /** One line for people. */
    public String reason() {
        if (outcome == Outcome.UNKNOWN) {
            return switch (gap) {
                case ANCHOR -> "the description does not give the function's anchor (iota)";
                case FIRST -> "the description does not give the function's first DMA address (pba)";
                case LAST -> "the description does not give the function's last DMA address (pal)";
                default -> at() + " at " + Hex.of(walker.entryAddress()) + " is not in the image";
            };
        }
        if (outcome != Outcome.FAULT) {
            return outcome == Outcome.PASS_THROUGH ? "the anchor has T=0" : "";
        }
        if (!walked) {
            return beforeTables();
        }
        if (pageShift != 0) {
            return "writes are forbidden by " + (function.writesForbidden() ? "the anchor" : "the tables");
        }
        return at() + " at " + Hex.of(walker.entryAddress()) + (walker.entry() == 0 && fault == EventCodes.INVALTE
                ? " is all zero or outside RAM" : " is " + Hex.of(walker.entry()) + ": " + fault.meaning());
    }

    private String beforeTables() {
        if (fault == EventCodes.OORANGE) {
            return function.target() == Target.TABLES && function.aperture() != null && function.aperture().contains(iova)
                    ? "the address is beyond the reach of a " + ZpciFormats.tableName(function.designation() + 1) + " table"
                    : "the address is outside the DMA range " + function.range();
        }
        return fault == EventCodes.TPROTE ? "writes are forbidden by the anchor" : fault.meaning();
    }

    private String at() {
        return "the " + ZpciFormats.tableName(walker.level()) + " table's entry";
    }
}
