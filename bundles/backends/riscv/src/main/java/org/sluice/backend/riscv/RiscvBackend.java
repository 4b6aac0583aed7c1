// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.BackendInfo.Half;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.riscv.inspect.RiscvInspector;
import org.sluice.backend.riscv.layout.DirectoryEntries;
import org.sluice.backend.riscv.layout.PageTableEntry;
import org.sluice.backend.riscv.layout.QueueRecords;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.backend.riscv.layout.Riscv;
import org.sluice.backend.riscv.layout.RiscvFormats;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/** The RISC-V IOMMU backend: a decoder. Thread-safe, stateless. */
@Component
public final class RiscvBackend implements Backend {
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("device directory, 1 to 3 levels, base and extended contexts", SUPPORTED, "every configuration check of section 2.1.4"),
            new Capability("process directory, 8, 17 and 20 bits", SUPPORTED, "process id is the PASID; read through the second stage if there is one"),
            new Capability("first stage Sv39, Sv48, Sv57", SUPPORTED, "accesses without privilege"),
            new Capability("second stage Sv39x4, Sv48x4, Sv57x4, and nested", SUPPORTED, "the first stage's tables and results go through it"),
            new Capability("accessed and dirty bits managed by hardware", SUPPORTED, "judged as hardware would; entries are not updated"),
            new Capability("64 KiB NAPOT pages, memory types", SUPPORTED, "memory types are named per mapping; of nested mappings the first stage's"),
            new Capability("MSI page tables", SUPPORTED, "basic mode; a message into a file in memory is told, without output"),
            new Capability("big-endian structures", SUPPORTED, "fctl.BE and SBE"),
            new Capability("32-bit schemes (SXL, GXL)", NOT_MODELLED, "unknown"),
            new Capability("accesses with privilege (ENS, SUM), ATS, page requests", NOT_MODELLED, "decoded in structures and queues"),
            new Capability("performance monitor", NOT_MODELLED, "its registers are not listed"),
            new Capability("model and driver", NOT_MODELLED, "this backend only decodes"));

    private final String version;

    @Activate
    public RiscvBackend(BundleContext bundle) {
        this(bundle.getBundle().getVersion().toString());
    }

    /** @param version as {@link BackendInfo} shall tell it; for use outside a framework */
    public RiscvBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(Riscv.BACKEND, "RISC-V IOMMU", version, List.of(Riscv.UNIT_TYPE), List.of(Half.INSPECTOR), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(Riscv.UNIT_TYPE);
    }

    @Override
    public List<StructureLayout> layouts() {
        List<StructureLayout> list = new ArrayList<>(List.of(DirectoryEntries.DEVICE_TABLE, DirectoryEntries.DEVICE, DirectoryEntries.DEVICE_EXTENDED,
                DirectoryEntries.PROCESS_TABLE, DirectoryEntries.PROCESS, DirectoryEntries.MSI, PageTableEntry.LAYOUT));
        list.addAll(QueueRecords.ALL);
        Registers.ALL.forEach(register -> list.add(register.layout()));
        return List.copyOf(list);
    }

    @Override
    public List<TableFormat> formats() {
        return RiscvFormats.examples();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new RiscvInspector(unit));
    }
}
