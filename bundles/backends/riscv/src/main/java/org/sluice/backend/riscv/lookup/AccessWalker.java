// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.backend.riscv.layout.PageTableEntry;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.backend.riscv.lookup.Finding.Stage;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** Takes one access through the tables that the look-up found: steps 17 to 20 of section 2.3. One walker serves one thread. */
public final class AccessWalker {
    private final PhysicalMemory memory;
    private final UnitState unit;
    private final RadixWalker single;
    private final NestedWalker nested;

    /** What ended an access. */
    public enum Kind { MAPPED, PASS_THROUGH, FAULT, UNKNOWN }

    /**
     * How an access ends.
     *
     * @param output only if mapped
     * @param cause only if it faults
     * @param missing only if unknown and a gap in memory is why
     * @param pageShift log2 of the page, 0 without one
     * @param level level where it ended
     * @param denied whether a page is there and forbids the access
     * @param reason one line for people; empty if mapped
     * @param msi the MSI page table entry that decided, or null
     */
    public record Outcome(Kind kind, long output, Cause cause, Long missing, int pageShift, int permissions, int level, boolean denied, String reason,
            Structure msi, List<Step> steps) {
    }

    /** A page table entry read. */
    public record Step(long address, long entry, int level) {
    }

    public AccessWalker(PhysicalMemory memory, UnitState unit) {
        this.memory = memory;
        this.unit = unit;
        this.single = new RadixWalker(memory, true);
        this.nested = new NestedWalker(memory, true);
    }

    public Outcome walk(Translated tables, long iova, Access access) {
        if (tables.nested()) {
            return nested(tables, iova, access);
        }
        if (tables.first() == null) {
            if (isMessage(tables, iova)) {
                return message(tables.msi(), iova, access, Permissions.READ_WRITE, List.of());
            }
            return tables.bare() ? new Outcome(Kind.PASS_THROUGH, iova, null, null, 0, 0, 0, false, "both stages are Bare", null, List.of())
                    : single(tables.second(), true, iova, access);
        }
        Outcome first = single(tables.first(), false, iova, access);
        return first.kind() == Kind.MAPPED && isMessage(tables, first.output())
                ? message(tables.msi(), first.output(), access, first.permissions(), first.steps()) : first;
    }

    private static boolean isMessage(Translated tables, long guestAddress) {
        return tables.msi() != null && tables.msi().covers(guestAddress);
    }

    private Outcome single(Stage stage, boolean second, long iova, Access access) {
        long output = single.walk(stage.format(), stage.root(), iova, access.permission());
        List<Step> steps = new ArrayList<>();
        path(steps, single, stage.format());
        return output >= 0 ? mapped(output, single.pageShift(), single.permissions(), level(stage.format(), single.level()), access, steps)
                : stopped(output, single, stage.format(), second, iova, access, steps);
    }

    private static void path(List<Step> steps, RadixWalker walker, RadixFormat format) {
        for (int i = 0; i < walker.depth(); i++) {
            steps.add(new Step(walker.pathAddress(i), walker.pathEntry(i), format.levels() - 1 - i));
        }
    }

    private static int level(RadixFormat format, int level) {
        return format.vendorLevel(level);
    }

    /** An address that no memory can have is reached as little as one without memory behind it. */
    private Outcome mapped(long output, int pageShift, int permissions, int level, Access access, List<Step> steps) {
        if (output >>> unit.addressBits() != 0) {
            return fault(Cause.accessFault(access), level, false, Hex.of(output) + " is wider than the " + unit.addressBits() + " bits of physical addresses", steps);
        }
        return new Outcome(Kind.MAPPED, output, null, null, pageShift, permissions, level, false, "", null, steps);
    }

    private static Outcome fault(Cause cause, int level, boolean denied, String reason, List<Step> steps) {
        return new Outcome(Kind.FAULT, 0, cause, null, 0, 0, level, denied, reason, null, steps);
    }

    private static Outcome stopped(long answer, RadixWalker walker, RadixFormat format, boolean second, long address, Access access, List<Step> steps) {
        return stopped(RadixWalker.outcome(answer), new Step(walker.entryAddress(), walker.entry(), level(format, walker.level())), second, address, access, steps);
    }

    /** @param last the entry at which the walk ended */
    private static Outcome stopped(int outcome, Step last, boolean second, long address, Access access, List<Step> steps) {
        int level = last.level();
        String where = "the level-" + level + " entry of the " + (second ? "second" : "first") + " stage at " + Hex.of(last.address());
        if (outcome == RadixWalker.UNKNOWN_MEMORY) {
            return new Outcome(Kind.UNKNOWN, 0, null, last.address(), 0, 0, level, false, where + " is not in the image", null, steps);
        }
        if (outcome == RadixWalker.OUTSIDE_MEMORY) {
            return fault(Cause.accessFault(access), level, false, where + " is where there is no memory", steps);
        }
        Cause cause = Cause.pageFault(access, second);
        if (outcome == RadixWalker.BEYOND_WIDTH) {
            return fault(cause, level, false, Hex.of(address) + " is no address of the " + (second ? "second" : "first") + " stage's width", steps);
        }
        boolean denied = outcome == RadixWalker.NOT_PERMITTED;
        String why = !denied ? outcome == RadixWalker.RESERVED ? "is reserved" : "is not valid" : why(last.entry(), access);
        return fault(cause, level, denied, where + " (" + Hex.of(last.entry()) + ") " + why, steps);
    }

    private static String why(long entry, Access access) {
        if (PageTableEntry.USER.get(entry) == 0) {
            return "is for accesses with privilege only (U=0)";
        }
        boolean permitted = (entry >>> 1 & access.permission()) != 0;
        return !permitted ? "does not permit the access" : PageTableEntry.ACCESSED.get(entry) == 0 ? "has A=0, and hardware does not set it"
                : access == Access.WRITE && PageTableEntry.DIRTY.get(entry) == 0 ? "has D=0, and hardware does not set it" : "has a reserved memory type";
    }

    private Outcome nested(Translated tables, long iova, Access access) {
        Stage first = tables.first();
        Stage second = tables.second();
        long output = nested.walk(first.format(), first.root(), second.format(), second.root(), iova, access.permission());
        List<Step> steps = nestedSteps(first, second);
        int level = level(first.format(), nested.level());
        if (nested.part() == NestedWalker.RESULT && isMessage(tables, nested.between())) {
            long guestAddress = nested.between();
            return message(tables.msi(), guestAddress, access, firstStageGrants(first, second, iova), steps);
        }
        if (output >= 0) {
            path(steps, nested.outer(), second.format());
            return mapped(output, nested.pageShift(), nested.permissions(), level, access, steps);
        }
        if (nested.part() == NestedWalker.INNER) {
            return stopped(RadixWalker.outcome(output), new Step(nested.entryAddress(), nested.entry(), level), false, iova, access, steps);
        }
        path(steps, nested.outer(), second.format());
        Outcome refused = stopped(output, nested.outer(), second.format(), true, nested.between(), access, steps);
        String what = nested.part() == NestedWalker.TABLE_READ ? "first-stage table" : "result";
        return new Outcome(refused.kind(), 0, refused.cause(), refused.missing(), 0, 0, refused.level(), refused.denied() && nested.part() == NestedWalker.RESULT,
                refused.reason() + ", for the " + what + " at guest address " + Hex.of(nested.between()), null, steps);
    }

    /** What the first stage alone lets through; the second has no say about messages. */
    private int firstStageGrants(Stage first, Stage second, long iova) {
        long guestAddress = nested.between();
        int granted = 0;
        for (int permission : new int[] {Permissions.READ, Permissions.WRITE}) {
            nested.walk(first.format(), first.root(), second.format(), second.root(), iova, permission);
            granted |= nested.part() == NestedWalker.RESULT && nested.between() == guestAddress ? permission : 0;
        }
        return granted;
    }

    /** Each first-stage entry behind the second-stage entries that led to it. */
    private List<Step> nestedSteps(Stage first, Stage second) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < nested.depth(); i++) {
            single.walk(second.format(), second.root(), nested.pathAddress(i), Permissions.READ);
            path(steps, single, second.format());
            steps.add(new Step(nested.pathPhysical(i), nested.pathEntry(i), first.format().levels() - 1 - i));
        }
        return steps;
    }

    /** "Process to translate addresses of MSIs", steps 5 to 13. */
    private Outcome message(MsiTable table, long guestAddress, Access access, int granted, List<Step> steps) {
        if (access == Access.EXECUTE) {
            return fault(Cause.INSTRUCTION_ACCESS_FAULT, 0, false, "an interrupt file is not executable", steps);
        }
        long address = table.entryAddress(guestAddress);
        switch (Structure.presence(memory, DirectoryEntries.MSI, address)) {
            case UNKNOWN -> {
                return new Outcome(Kind.UNKNOWN, 0, null, address, 0, 0, 0, false, "the msi-pte at " + Hex.of(address) + " is not in the image", null, steps);
            }
            case OUTSIDE -> {
                return fault(Cause.MSI_PTE_LOAD_ACCESS_FAULT, 0, false, "the msi-pte at " + Hex.of(address) + " is where there is no memory", steps);
            }
            default -> {
                return entry(DirectoryReader.read(memory, DirectoryEntries.MSI, address, unit.bigEndian()), guestAddress, granted, steps);
            }
        }
    }

    private Outcome entry(Structure pte, long guestAddress, int granted, List<Step> steps) {
        if (!pte.is(DirectoryEntries.VALID)) {
            return message(Kind.FAULT, 0, Cause.MSI_PTE_NOT_VALID, 0, "V=0", pte, steps);
        }
        if (pte.is(DirectoryEntries.MSI_CUSTOM)) {
            return message(Kind.UNKNOWN, 0, null, 0, "its format is the implementation's own", pte, steps);
        }
        int mode = (int) pte.get(DirectoryEntries.MSI_KIND);
        long unused = mode == DirectoryEntries.MSI_BASIC ? 0x3f8 : 0x78;
        boolean file = mode == DirectoryEntries.MSI_TO_MEMORY && unit.has("MSI_MRIF");
        if (mode != DirectoryEntries.MSI_BASIC && !file || ContextRules.reserved(pte) != null || (pte.word(0) & unused) != 0) {
            return message(Kind.FAULT, 0, Cause.MSI_PTE_MISCONFIGURED, 0, "mode " + mode + " with reserved bits, or a mode that the unit has not", pte, steps);
        }
        if (file) {
            return message(Kind.UNKNOWN, 0, null, 0, "the interrupt is stored in the file in memory that it names: there is no output address", pte, steps);
        }
        long offset = guestAddress & (1L << Riscv.PAGE_SHIFT) - 1;
        return message(Kind.MAPPED, Riscv.page(DirectoryEntries.NEXT.get(pte.word(0))) | offset, null, granted & Permissions.READ_WRITE, "", pte, steps);
    }

    private static Outcome message(Kind kind, long output, Cause cause, int permissions, String why, Structure pte, List<Step> steps) {
        return new Outcome(kind, output, cause, null, kind == Kind.MAPPED ? Riscv.PAGE_SHIFT : 0, permissions, 0, false,
                why.isEmpty() ? "" : "the msi-pte at " + Hex.of(pte.address()) + ": " + why, pte, steps);
    }
}
