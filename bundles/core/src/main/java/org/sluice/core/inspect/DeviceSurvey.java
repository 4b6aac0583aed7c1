// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.sluice.api.DeviceSummary;
import org.sluice.api.Progress;
import org.sluice.api.Status;
import org.sluice.api.TranslationRequest;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.TableView;

/** Finds every requester of a machine and sums up what its tables hold; each table is counted once. Serves one work. */
final class DeviceSurvey {
    private final OpenMachine machine;
    private final Progress progress;
    private final List<DeviceSummary> summaries = new ArrayList<>();
    private final Set<DeviceId> seen = new HashSet<>();

    DeviceSurvey(OpenMachine machine, Progress progress) {
        this.machine = machine;
        this.progress = progress;
    }

    List<DeviceSummary> run() {
        for (UnitSlot slot : machine.slots()) {
            if (slot.info().backend() != null) {
                survey(slot);
            }
        }
        for (DeviceDescription device : machine.description().devices()) {
            if (!seen.contains(device.device())) {
                summaries.add(unlisted(device.device()));
            }
        }
        summaries.sort(Comparator.comparing(DeviceSummary::device).thenComparing(DeviceSummary::pasid));
        return summaries;
    }

    private void survey(UnitSlot slot) {
        Map<Long, MappingMerger> counts = new HashMap<>();
        slot.inspector().contexts(context -> {
            seen.add(context.device());
            summaries.add(summary(slot, context, counts));
            progress.at("requesters", summaries.size(), -1);
        });
    }

    /** A device that firmware or the operating system knows and the tables do not. */
    private DeviceSummary unlisted(DeviceId device) {
        Optional<UnitSlot> slot = unitOf(device);
        if (slot.isEmpty()) {
            return new DeviceSummary(device, TranslationRequest.NO_PASID, null, null, -1, "", 0, -1, -1,
                    new Status("NO_UNIT", "", "no IOMMU serves it: its DMA is not translated"));
        }
        if (slot.get().info().backend() == null) {
            return new DeviceSummary(device, TranslationRequest.NO_PASID, slot.get().name(), null, -1, "", 0, -1, -1, slot.get().info().status());
        }
        Inspector inspector = slot.get().inspector();
        return summary(slot.get(), inspector.context(device, TranslationRequest.NO_PASID), new HashMap<>());
    }

    private Optional<UnitSlot> unitOf(DeviceId device) {
        try {
            return machine.slotOf(device);
        } catch (IommuException e) {
            // Nothing says which of several units serves it: the list goes on without one.
            return Optional.empty();
        }
    }

    private static DeviceSummary summary(UnitSlot slot, RequesterContext c, Map<Long, MappingMerger> counts) {
        long mappings = c.state() == State.UNKNOWN ? -1 : 0;
        long bytes = mappings;
        Status status = new Status(c.state().name(), c.fault() == null ? "" : c.fault().name(), c.text());
        if (c.state() == State.TRANSLATED) {
            MappingMerger count = counts.computeIfAbsent(c.table().identity(), id -> count(c.table()));
            mappings = count.leaves();
            bytes = count.bytes();
            if (count.unknownCount() > 0) {
                status = new Status(c.state().name(), "INCOMPLETE", "the image lacks " + count.unknownCount()
                        + " of its tables, first " + Hex.of(count.coverage().unknown().get(0)));
            }
        }
        return new DeviceSummary(c.device(), c.pasid(), slot.name(), slot.info().backend(), c.domain(), c.tableKind(), c.levels(),
                mappings, bytes, status);
    }

    private static MappingMerger count(TableView table) {
        MappingMerger merger = new MappingMerger((iova, last, output, permissions, sizes, type) -> { });
        table.visit(merger);
        return merger;
    }
}
