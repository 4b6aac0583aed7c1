// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.sluice.api.BackendInfo.Support.NOT_MODELLED;
import static org.sluice.api.BackendInfo.Support.READS_AS_UNSUPPORTED;
import static org.sluice.api.BackendInfo.Support.SUPPORTED;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.sluice.api.BackendInfo;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.api.BackendInfo.Half;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.backend.zpci.driver.ZpciDriver;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.ChannelBlocks;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.layout.MeasurementBlock;
import org.sluice.backend.zpci.layout.TableEntry;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registration;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** The zPCI backend. Stateless; what it hands out belongs to the caller. */
@Component
public final class ZpciBackend implements Backend {
    private static final List<Capability> CAPABILITIES = List.of(
            new Capability("segment, region-third, region-second, region-first tables", SUPPORTED, "all four designation types, as far as the group's DTSM allows them"),
            new Capability("frames of 1 MiB in segment tables", SUPPORTED, "as QEMU accepts them; the driver makes them where the group allows frames"),
            new Capability("frames of 2 GiB in region-third tables", SUPPORTED, "by analogy with processor tables; QEMU takes the entry for a table"),
            new Capability("page-frame designation (type 4)", SUPPORTED, "one frame of 4 KiB, 1 MiB or 2 GiB"),
            new Capability("identity (T=0)", SUPPORTED, "addresses in the DMA range go out unchanged, where the group allows it"),
            new Capability("I/O page frame and I/O page table designations", READS_AS_UNSUPPORTED, "operand exception when registered; PEC 3 where described"),
            new Capability("PASID, ATS, page requests", READS_AS_UNSUPPORTED, "do not exist: one DMA address space a function"),
            new Capability("search for anchors in memory", SUPPORTED, "where the description lists no functions"),
            new Capability("CLP: list, query function, query group, set function", SUPPORTED, "through the instruction block"),
            new Capability("MPCIFC, STPCIFC, RPCIT with condition codes", SUPPORTED, "through the instruction block"),
            new Capability("refresh of what becomes valid", SUPPORTED, "with the group's refresh bit DMA is answered from what was refreshed, as in QEMU; without it tables count"),
            new Capability("limit of refreshed mappings", SUPPORTED, "condition code 1, status 16; the driver then refreshes everything once"),
            new Capability("error state after a fault, error events", SUPPORTED, "DMA is dropped until MPCIFC resets the error; events come by CHSC"),
            new Capability("adapter interrupts", SUPPORTED, "vector and summary bits in memory"),
            new Capability("directed interrupts (FIB format 1)", READS_AS_UNSUPPORTED, "operand exception"),
            new Capability("measurement block", SUPPORTED, "samples and refreshes are counted, loads, stores and bytes are not"),
            new Capability("PCI load, store, store block; availability events", NOT_MODELLED, "no BARs; functions do not come and go"),
            new Capability("storage keys", NOT_MODELLED, "the key of an anchor is not compared"),
            new Capability("write tracking", READS_AS_UNSUPPORTED, "entries have no such bits"));
    private static final long FIRST_DMA = 0x1_0000_0000L;
    private static final long LAST_DMA = 0x01ff_ffff_ffff_ffffL;

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
        return new BackendInfo(Zpci.BACKEND, "IBM s390 zPCI", version, List.of(Zpci.UNIT_TYPE), List.of(Half.values()), CAPABILITIES);
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return Zpci.UNIT_TYPE.equals(unit.type());
    }

    @Override
    public List<EmulatorQuirk> quirks() {
        return ZpciQuirks.ALL;
    }

    @Override
    public List<StructureLayout> layouts() {
        List<StructureLayout> layouts = new ArrayList<>(List.of(Anchor.IOTA, Anchor.FUNCTION_HANDLE, TableEntry.REGION, TableEntry.SEGMENT, TableEntry.PAGE, FunctionBlock.FIB,
                FunctionBlock.INTERRUPT_WORD, FunctionBlock.MPCIFC, FunctionBlock.RPCIT, EventBlock.ERROR, EventBlock.AVAILABILITY,
                ChannelBlocks.EVENT_INFORMATION, MeasurementBlock.FMB));
        layouts.addAll(CallBlocks.layouts());
        layouts.addAll(InstructionBlock.layouts());
        return layouts;
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

    @Override
    public Optional<UnitDriver> driver(UnitContext unit, AddressRange tables) {
        return Optional.of(new ZpciDriver(unit, tables));
    }

    /**
     * A function for each device that has a 32-bit id, disabled, with the DMA addresses that QEMU gives them, in a group that allows
     * what is modelled. Refreshes are asked for, as always under a hypervisor.
     */
    @Override
    public Optional<PowerOn> powerOn(MachineDescription machine) {
        List<Object> functions = new ArrayList<>();
        for (DeviceDescription device : machine.devices()) {
            if (device.requesterId() >= 0 && device.requesterId() >>> Integer.SIZE == 0) {
                functions.add(new ZpciFunction(device.device(), device.requesterId(), null, Registration.NONE, 0, FIRST_DMA, LAST_DMA,
                        Attributes.EMPTY, "").described());
            }
        }
        UnitDescription unit = new UnitDescription("zpci0", Zpci.UNIT_TYPE, -1,
                new Attributes(Map.of("functions", functions, "group", Map.of("refresh", true, "frames", true, "relaxed", true))));
        return Optional.of(new PowerOn(unit, Map.of()));
    }
}
