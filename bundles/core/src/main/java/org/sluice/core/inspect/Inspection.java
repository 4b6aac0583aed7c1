// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Defect;
import org.sluice.api.DeviceSummary;
import org.sluice.api.Difference;
import org.sluice.api.FaultRecord;
import org.sluice.api.InspectService;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Machine;
import org.sluice.api.Mapping;
import org.sluice.api.Progress;
import org.sluice.api.QueueEntry;
import org.sluice.api.Region;
import org.sluice.api.RegisterValue;
import org.sluice.api.SpaceBand;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;

/** The inspection service: finds the unit that serves a requester and asks its backend's inspector. Keeps nothing. */
@Component
public final class Inspection implements InspectService {
    private static final int UNKNOWN_LISTED = 100;

    @Override
    public List<RegisterValue> registers(Machine machine, String unit) {
        return OpenMachine.of(machine).slot(unit).inspector().registers();
    }

    @Override
    public List<QueueEntry> queues(Machine machine, String unit) {
        return OpenMachine.of(machine).slot(unit).inspector().queues();
    }

    @Override
    public List<FaultRecord> faults(Machine machine) {
        List<FaultRecord> all = new ArrayList<>();
        OpenMachine.of(machine).slots().forEach(slot -> all.addAll(slot.inspector().faults()));
        return all;
    }

    @Override
    public void devices(Machine machine, Progress progress, Consumer<DeviceSummary> out) {
        new DeviceSurvey(OpenMachine.of(machine), progress).run().forEach(out);
    }

    @Override
    public Coverage mappings(Machine machine, DeviceId device, int pasid, Progress progress, Consumer<Mapping> out) {
        List<RequesterContext> contexts = device == null ? contexts(OpenMachine.of(machine)) : contextsOf(OpenMachine.of(machine), device, pasid);
        Totals totals = new Totals();
        for (RequesterContext c : contexts) {
            if (c.state() == State.UNKNOWN) {
                totals.unknown(c.entryAddress());
            }
            if (c.state() == State.TRANSLATED) {
                MappingMerger merger = new MappingMerger((iova, last, output, permissions, sizes, type) ->
                        out.accept(new Mapping(c.device(), c.pasid(), iova, last, output, permissions, MappingRuns.sizes(sizes), type)));
                c.table().visit(merger);
                merger.flush();
                totals.add(merger.coverage());
            }
            progress.at("mappings", totals.items, -1);
        }
        return totals.coverage();
    }

    static List<RequesterContext> contexts(OpenMachine machine) {
        List<RequesterContext> all = new ArrayList<>();
        machine.slots().forEach(slot -> slot.inspector().contexts(all::add));
        all.sort(Comparator.comparing(RequesterContext::device).thenComparing(RequesterContext::pasid));
        return all;
    }

    @Override
    public List<SpaceBand> picture(Machine machine, DeviceId device, int pasid) {
        OpenMachine open = OpenMachine.of(machine);
        List<AddressRange> reserved = Regions.of(open).stream().filter(r -> r.device() == null || r.device().equals(device))
                .map(Region::range).toList();
        List<SpaceBand> bands = new ArrayList<>();
        for (RequesterContext c : contextsOf(open, device, pasid)) {
            if (c.state() == State.TRANSLATED) {
                SpacePicture picture = new SpacePicture(c.device(), c.pasid(), reserved);
                MappingMerger merger = new MappingMerger(picture);
                c.table().visit(merger);
                merger.flush();
                bands.addAll(picture.bands());
            }
        }
        return bands;
    }

    /** One context, or with no PASID asked for every context of the device. */
    static List<RequesterContext> contextsOf(OpenMachine machine, DeviceId device, int pasid) {
        Optional<UnitSlot> slot = machine.slotOf(device);
        if (slot.isEmpty()) {
            return List.of();
        }
        if (pasid != TranslationRequest.NO_PASID) {
            return List.of(slot.get().inspector().context(device, pasid));
        }
        List<RequesterContext> found = new ArrayList<>();
        slot.get().inspector().contexts(c -> {
            if (c.device().equals(device)) {
                found.add(c);
            }
        });
        return found.isEmpty() ? List.of(slot.get().inspector().context(device, pasid)) : found;
    }

    @Override
    public TranslationReport translate(Machine machine, TranslationRequest request, boolean steps) {
        Optional<UnitSlot> slot = OpenMachine.of(machine).slotOf(request.device());
        return slot.isPresent() ? MessageModel.explain(OpenMachine.of(machine), slot.get(), slot.get().translate(request, steps))
                : TranslationReport.passThrough(request, "no IOMMU serves " + request.device());
    }

    @Override
    public InterruptReport remapInterrupt(Machine machine, InterruptRequest request, boolean steps) {
        Optional<UnitSlot> slot = OpenMachine.of(machine).slotOf(request.device());
        return slot.isPresent() ? slot.get().inspector().remapInterrupt(request, steps)
                : InterruptReport.plain(request, InterruptReport.Result.PASSED, null, "no IOMMU serves " + request.device());
    }

    @Override
    public Coverage verify(Machine machine, DeviceId device, Progress progress, Consumer<Defect> out) {
        Totals totals = new Totals();
        DefectSink sink = new DefectSink() {
            @Override
            public void defect(Defect defect) {
                out.accept(defect);
            }

            @Override
            public void unknown(long address) {
                totals.unknown(address);
            }

            @Override
            public void looked(long entries) {
                totals.items += entries;
                progress.at("entries", totals.items, -1);
            }
        };
        OpenMachine open = OpenMachine.of(machine);
        List<UnitSlot> slots = device == null ? open.slots() : open.slotOf(device).map(List::of).orElse(List.of());
        slots.forEach(slot -> slot.inspector().verify(device, sink));
        return totals.coverage();
    }

    @Override
    public Coverage diff(Machine left, Machine right, Progress progress, Consumer<Difference> out) {
        Map<Requester, Pair> pairs = new TreeMap<>();
        contexts(OpenMachine.of(left)).forEach(c -> pairs.computeIfAbsent(Requester.of(c), k -> new Pair()).left = c);
        contexts(OpenMachine.of(right)).forEach(c -> pairs.computeIfAbsent(Requester.of(c), k -> new Pair()).right = c);
        Totals totals = new Totals();
        pairs.forEach((requester, pair) -> {
            MappingRuns here = runs(pair.left, totals);
            MappingRuns there = runs(pair.right, totals);
            totals.items += new TableDiff(requester.device, requester.pasid, here, there, out).run();
            progress.at("mappings", totals.items, -1);
        });
        return totals.coverage();
    }

    private static MappingRuns runs(RequesterContext context, Totals totals) {
        MappingRuns runs = new MappingRuns();
        if (context != null && context.state() == State.TRANSLATED) {
            MappingMerger merger = new MappingMerger(runs);
            context.table().visit(merger);
            merger.flush();
            totals.unknownOf(merger.coverage());
        }
        return runs;
    }

    @Override
    public List<Region> regions(Machine machine) {
        return Regions.of(OpenMachine.of(machine));
    }

    private record Requester(DeviceId device, int pasid) implements Comparable<Requester> {
        static Requester of(RequesterContext c) {
            return new Requester(c.device(), c.pasid());
        }

        @Override
        public int compareTo(Requester other) {
            int byDevice = device.compareTo(other.device);
            return byDevice != 0 ? byDevice : Integer.compare(pasid, other.pasid);
        }
    }

    private static final class Pair {
        private RequesterContext left;
        private RequesterContext right;
    }

    /** Sums up coverage. */
    private static final class Totals {
        private final List<Long> unknown = new ArrayList<>();
        private long items;
        private long unknownCount;

        void unknown(long address) {
            unknownCount++;
            if (unknown.size() < UNKNOWN_LISTED) {
                unknown.add(address);
            }
        }

        void add(Coverage part) {
            items += part.items();
            unknownOf(part);
        }

        void unknownOf(Coverage part) {
            part.unknown().stream().limit(UNKNOWN_LISTED - unknown.size()).forEach(unknown::add);
            unknownCount += part.unknownCount();
        }

        Coverage coverage() {
            return new Coverage(items, List.copyOf(unknown), unknownCount);
        }
    }
}
