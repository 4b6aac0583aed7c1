// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.TableEntry;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/** The zPCI backend. Stateless; what it hands out belongs to the caller. */
@Component
public final class ZpciBackend implements Backend {
    private static final String SUPPORTED = "supported";
    private static final String NOT_MODELLED = "not-modelled";
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("segment, region-third, region-second, region-first tables", SUPPORTED, "all four designation types"),
            new Capability("frames of 1 MiB in segment tables", SUPPORTED, "as QEMU accepts them"),
            new Capability("frames of 2 GiB in region-third tables", SUPPORTED, "by analogy with processor tables; QEMU takes the entry for a table"),
            new Capability("page-frame designation (type 4)", SUPPORTED, "one frame of 4 KiB, 1 MiB or 2 GiB"),
            new Capability("identity (T=0)", SUPPORTED, "addresses in the DMA range go out unchanged"),
            new Capability("I/O page frame and I/O page table designations", "reads-as-unsupported", "PEC 3"),
            new Capability("PASID, ATS, page requests", "reads-as-unsupported", "do not exist: one DMA address space a function"),
            new Capability("search for anchors in memory", SUPPORTED, "where the description lists no functions"),
            new Capability("adapter interrupts", SUPPORTED, "decoded where the description gives the interrupt word"),
            new Capability("MPCIFC, RPCIT, STPCIFC with condition codes", NOT_MODELLED, "codes are listed as data"),
            new Capability("translations cached until RPCIT", NOT_MODELLED, "a changed entry counts at once"),
            new Capability("error state after a fault, event blocks", NOT_MODELLED, "later accesses are translated again"));

    private final String version;

    @Activate
    public ZpciBackend(BundleContext context) {
        this(context.getBundle().getVersion().toString());
    }

    /** @param version bundle version to state */
    public ZpciBackend(String version) {
        this.version = version;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo(Zpci.BACKEND, "IBM s390 zPCI", version, List.of(Zpci.UNIT_TYPE), List.of("inspector", "model"), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return Zpci.UNIT_TYPE.equals(unit.type());
    }

    @Override
    public List<StructureLayout> layouts() {
        return List.of(Anchor.IOTA, Anchor.FUNCTION_HANDLE, TableEntry.REGION, TableEntry.SEGMENT, TableEntry.PAGE, FunctionBlock.FIB,
                FunctionBlock.INTERRUPT_WORD, FunctionBlock.MPCIFC, FunctionBlock.RPCIT, EventBlock.ERROR, EventBlock.AVAILABILITY);
    }

    @Override
    public List<TableFormat> formats() {
        return ZpciFormats.all().stream().map(RadixFormat::description).toList();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        return Optional.of(new ZpciInspector(unit));
    }

    @Override
    public Optional<UnitModel> model(UnitContext unit) {
        return Optional.of(new ZpciModel(unit));
    }
}
