// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.ConflictService;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.api.Mapping;
import org.sluice.api.MessageRouting;
import org.sluice.api.Progress;
import org.sluice.api.Region;
import org.sluice.api.TranslationRequest;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/** The conflict service. Keeps nothing. */
@Component
public final class Conflicts implements ConflictService {
    private static final String MSI = "msi";
    private static final String DIRECT = "direct";
    private static final String RELAXABLE = "direct-relaxable";
    /**
     * Where Linux puts doorbells of devices that it hands to user space if their unit translates messages (sheet msi.md, section 4); a
     * capture without its list of groups does not say so itself.
     */
    private static final AddressRange LINUX_DOORBELLS = new AddressRange(0x800_0000L, 0x80f_ffffL);

    private final InspectService inspect;

    @Activate
    public Conflicts(@Reference InspectService inspect) {
        this.inspect = inspect;
    }

    @Override
    public void conflicts(Machine machine, Set<Mode> modes, List<AddressRange> guestRam, Progress progress, Consumer<Conflict> out) {
        OpenMachine open = OpenMachine.of(machine);
        if (modes.contains(Mode.PHYSICAL)) {
            physical(open.description(), out);
        }
        if (modes.contains(Mode.DRIVER)) {
            driver(open, progress, out);
        }
        if (modes.contains(Mode.GUEST)) {
            guest(open, guestRam.isEmpty() ? open.description().ram() : guestRam, out);
        }
    }

    /** RAM against what else answers at physical addresses. */
    private static void physical(MachineDescription machine, Consumer<Conflict> out) {
        for (AddressRange ram : machine.ram()) {
            for (InterruptController controller : machine.interruptControllers()) {
                if (controller.doorbell() != null && controller.doorbell().overlaps(ram)) {
                    out.accept(new Conflict(Mode.PHYSICAL, null, controller.doorbell().intersection(ram), MSI, controller.type(), "RAM " + ram));
                }
            }
            for (UnitDescription unit : machine.units()) {
                if (unit.registerBase() != -1 && ram.contains(unit.registerBase())) {
                    AddressRange base = new AddressRange(unit.registerBase(), unit.registerBase());
                    out.accept(new Conflict(Mode.PHYSICAL, null, base, "registers", unit.name(), "RAM " + ram));
                }
            }
        }
    }

    /** Every range once: what holds for all devices is not told again for each. */
    private static List<Region> regions(OpenMachine machine) {
        List<Region> all = new ArrayList<>(Regions.of(machine));
        List<Region> general = all.stream().filter(r -> r.device() == null).toList();
        all.removeIf(r -> r.device() != null && general.stream().anyMatch(g -> g.range().equals(r.range()) && g.kind().equals(r.kind())));
        return all;
    }

    /** What the tables map against the regions of the devices concerned. */
    private void driver(OpenMachine machine, Progress progress, Consumer<Conflict> out) {
        List<Region> regions = regions(machine);
        inspect.mappings(machine, null, TranslationRequest.NO_PASID, progress, mapping -> {
            AddressRange mapped = new AddressRange(mapping.iova(), mapping.last());
            for (Region region : regions) {
                boolean concerned = region.device() == null || region.device().equals(mapping.device());
                if (concerned && region.range().overlaps(mapped) && !fits(machine, region, mapping)) {
                    out.accept(new Conflict(Mode.DRIVER, mapping.device(), region.range().intersection(mapped), region.kind(), region.origin(),
                            "mapping " + mapped + " to " + Hex.of(mapping.output())));
                }
            }
        });
    }

    /** Direct ranges want just that mapping, and windows for doorbells that are translated want doorbells. */
    private static boolean fits(OpenMachine machine, Region region, Mapping mapping) {
        boolean direct = region.kind().equals(DIRECT) || region.kind().equals(RELAXABLE);
        boolean translated = region.kind().equals(MSI) && machine.description().architecture() == Architecture.AARCH64;
        return direct && mapping.iova() == mapping.output() || translated && machine.description().interruptControllers().stream()
                .anyMatch(c -> c.doorbell() != null && new AddressRange(mapping.output(), mapping.output() + (mapping.last() - mapping.iova()))
                        .overlaps(c.doorbell()));
    }

    /** RAM where input is output against all regions; those that may be relaxed are no conflict for whoever assigns the device. */
    private static void guest(OpenMachine machine, List<AddressRange> ram, Consumer<Conflict> out) {
        List<Region> regions = regions(machine);
        addDoorbellWindows(machine, regions);
        for (Region region : regions) {
            for (AddressRange block : ram) {
                if (!region.kind().equals(RELAXABLE) && region.range().overlaps(block)) {
                    out.accept(new Conflict(Mode.GUEST, region.device(), region.range().intersection(block), region.kind(), region.origin(),
                            "guest RAM " + block));
                }
            }
        }
    }

    /** Windows that no table and no register tells, because it is software that puts doorbells there. */
    private static void addDoorbellWindows(OpenMachine machine, List<Region> regions) {
        boolean told = regions.stream().anyMatch(r -> r.kind().equals(MSI));
        for (UnitSlot slot : machine.slots()) {
            LiveUnit unit = slot.live();
            MessageRouting messages = unit == null ? null : unit.capabilities().messages();
            if (messages != null && messages.route() == MessageRouting.Route.TRANSLATED && messages.window() != null && !told) {
                regions.add(new Region(null, messages.window(), MSI, "kernel"));
                told = true;
            }
        }
        if (!told && machine.description().architecture() == Architecture.AARCH64) {
            regions.add(new Region(null, LINUX_DOORBELLS, MSI, "kernel"));
        }
    }
}
