// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.backend.riscv.layout.Cause;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.backend.riscv.layout.RiscvFormats;
import org.sluice.backend.riscv.layout.RiscvFormats.Shape;
import org.sluice.backend.riscv.lookup.Finding.Blocked;
import org.sluice.backend.riscv.lookup.Finding.Stage;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.backend.riscv.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.PhysicalMemory;

/** Locates the tables of a device and process in the steps of section 2.3, "Process to translate an IOVA". Not thread-safe. */
public final class DeviceLookup {
    private static final int DEVICE_ID_BITS = 24;
    private static final int PROCESS_ID_BITS = 20;

    private final PhysicalMemory memory;
    private final UnitState unit;
    /** Few: two stages, three depths, and the flags of one unit. */
    private final Map<Shape, RadixFormat> formats = new HashMap<>();

    public DeviceLookup(PhysicalMemory memory, UnitState unit) {
        this.memory = memory;
        this.unit = unit;
    }

    /** What holds for every device alike: the unit is off, Bare, or cannot be told (steps 1 and 2); null if the directory decides. */
    public Finding gate() {
        if (unit.directory() == null) {
            return new Unknown(null, "register ddtp is not known", List.of());
        }
        if (unit.mode() == UnitState.OFF) {
            return new Blocked(Cause.ALL_INBOUND_TRANSACTIONS_DISALLOWED, 0, "ddtp.iommu_mode is Off", List.of());
        }
        if (unit.mode() == UnitState.BARE) {
            return new Translated(null, null, null, true, null, List.of());
        }
        if (unit.mode() - UnitState.NO_LEVELS > UnitState.MOST_LEVELS) {
            return new Unknown(null, "ddtp.iommu_mode is " + unit.mode() + ", which is reserved", List.of());
        }
        String missing = unit.capabilities() == null ? "capabilities" : unit.features() == null ? "fctl" : null;
        return missing == null ? null : new Unknown(null, "register " + missing + " is not known", List.of());
    }

    /** The device directory; only if {@link #gate} is null. */
    public Directory directory() {
        return new Directory(Directory.Kind.DEVICE, Riscv.page(Registers.DIRECTORY_PAGE.get(unit.directory())), unit.mode() - UnitState.NO_LEVELS,
                DEVICE_ID_BITS, unit.extendedContexts() ? DirectoryEntries.DEVICE_EXTENDED : DirectoryEntries.DEVICE, unit.bigEndian(), null);
    }

    /**
     * Steps 3 to 16.
     *
     * @param pasid process id, or {@link TranslationRequest#NO_PASID}
     * @param access decides the number of a fault in the second stage on the way to the process context
     */
    public Finding find(long deviceId, int pasid, Access access) {
        Finding gate = gate();
        if (gate != null) {
            return gate;
        }
        Search search = new Search(memory, access);
        Structure dc = search.context(directory(), deviceId);
        if (dc == null) {
            return search.stopped();
        }
        String wrong = ContextRules.device(unit, dc);
        if (wrong != null) {
            return search.blocked(Cause.DDT_ENTRY_MISCONFIGURED, wrong);
        }
        if (dc.is(DirectoryEntries.SXL)) {
            return new Unknown(null, "the device uses 32-bit schemes (SXL), which are not read here", search.trail());
        }
        return firstStage(search, dc, pasid);
    }

    private Finding firstStage(Search search, Structure dc, int pasid) {
        Stage second = second(dc);
        MsiTable msi = msi(dc);
        boolean recorded = !dc.is(DirectoryEntries.DTF);
        int mode = (int) dc.get(DirectoryEntries.FIRST_MODE);
        if (!dc.is(DirectoryEntries.PDTV)) {
            if (pasid != TranslationRequest.NO_PASID) {
                return search.blocked(Cause.TRANSACTION_TYPE_DISALLOWED, "the device has no process directory (PDTV), but the access has a process id");
            }
            Stage first = first(dc, mode, dc.get(DirectoryEntries.FIRST_ROOT), (int) dc.get(DirectoryEntries.PSCID));
            return new Translated(first, second, msi, recorded, null, search.trail());
        }
        Directory processes = mode == DirectoryEntries.BARE ? null : new Directory(Directory.Kind.PROCESS, Riscv.page(dc.get(DirectoryEntries.FIRST_ROOT)), mode,
                PROCESS_ID_BITS, DirectoryEntries.PROCESS, dc.is(DirectoryEntries.SBE), second);
        boolean without = pasid == TranslationRequest.NO_PASID;
        if (processes == null || without && !dc.is(DirectoryEntries.DPE)) {
            return new Translated(null, second, msi, recorded, processes, search.trail());
        }
        return process(search, dc, new Translated(null, second, msi, recorded, processes, search.trail()), without ? 0 : pasid);
    }

    /** Steps 14 to 16. */
    private Finding process(Search search, Structure dc, Translated device, int processId) {
        Structure pc = search.context(device.processes(), processId);
        if (pc == null) {
            return search.stopped();
        }
        String wrong = ContextRules.process(unit, pc, false);
        if (wrong != null) {
            return search.blocked(Cause.PDT_ENTRY_MISCONFIGURED, wrong);
        }
        Stage first = first(dc, (int) pc.get(DirectoryEntries.PROCESS_MODE), pc.get(DirectoryEntries.PROCESS_ROOT), (int) pc.get(DirectoryEntries.PROCESS_PSCID));
        return new Translated(first, device.second(), device.msi(), device.recorded(), device.processes(), search.trail());
    }

    private Stage first(Structure dc, int mode, long rootPage, int id) {
        return mode == DirectoryEntries.BARE ? null
                : new Stage(format(false, mode, dc.is(DirectoryEntries.SADE), dc.is(DirectoryEntries.SBE)), Riscv.page(rootPage), id);
    }

    private Stage second(Structure dc) {
        int mode = (int) dc.get(DirectoryEntries.SECOND_MODE);
        return mode == DirectoryEntries.BARE ? null : new Stage(format(true, mode, dc.is(DirectoryEntries.GADE), unit.bigEndian()),
                Riscv.page(dc.get(DirectoryEntries.SECOND_ROOT)), (int) dc.get(DirectoryEntries.GSCID));
    }

    private MsiTable msi(Structure dc) {
        return !unit.extendedContexts() || dc.get(DirectoryEntries.MSI_MODE) == DirectoryEntries.MSI_OFF ? null
                : new MsiTable(Riscv.page(dc.get(DirectoryEntries.MSI_ROOT)), dc.get(DirectoryEntries.MSI_MASK), dc.get(DirectoryEntries.MSI_PATTERN));
    }

    private RadixFormat format(boolean second, int mode, boolean updates, boolean bigEndian) {
        Shape shape = new Shape(second, mode - DirectoryEntries.SV39 + 3, updates, bigEndian, unit.has("Svpbmt"), unit.has("Svrsw60t59b"));
        return formats.computeIfAbsent(shape, RiscvFormats::build);
    }
}
