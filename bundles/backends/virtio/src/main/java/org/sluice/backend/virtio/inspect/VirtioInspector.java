// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.inspect;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.queue.QueueReader;
import org.sluice.backend.virtio.state.AccessCheck;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;

/** Decodes one unit from the device state that the description holds, and its virtqueues from memory. Not thread-safe. */
public final class VirtioInspector implements Inspector {
    private static final String KIND = "mappings";
    private static final String NO_PASIDS = "virtio-iommu has no PASIDs";
    private static final long NO_ID = -1;

    private final UnitContext unit;
    private final DescribedState described;
    private final AccessCheck check;

    public VirtioInspector(UnitContext unit) {
        this(unit, new DescribedState(unit));
    }

    /** @param described the device's state, as a description or the device itself tells it */
    public VirtioInspector(UnitContext unit, DescribedState described) {
        this.unit = unit;
        this.described = described;
        check = new AccessCheck(described.state());
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        described.state().endpoints().stream().sorted(Comparator.comparing(Endpoint::device))
                .forEach(e -> out.accept(context(e.device(), TranslationRequest.NO_PASID)));
    }

    @Override
    public RequesterContext context(DeviceId device, int pasid) {
        if (pasid != TranslationRequest.NO_PASID) {
            return new RequesterContext(device, pasid, State.BLOCKED, -1, "", 0, null, Events.UNKNOWN, 0, List.of(), NO_PASIDS);
        }
        long id = described.idOf(device).orElse(NO_ID);
        if (described.whyUnknown(id) != null) {
            return plain(device, State.UNKNOWN, null, described.whyUnknown(id));
        }
        Endpoint endpoint = described.state().endpoint(id);
        Domain domain = endpoint == null ? null : endpoint.domain();
        if (domain == null) {
            return unattached(device, id);
        }
        if (domain.isBypass()) {
            return new RequesterContext(device, pasid, State.PASS_THROUGH, (int) domain.id(), "", 0, null, null, 0, List.of(),
                    "endpoint " + Hex.of(id) + ", domain " + domain.id() + " in bypass");
        }
        String text = "endpoint " + Hex.of(id) + ", domain " + domain.id() + " with " + domain.endpoints().size()
                + (domain.endpoints().size() == 1 ? " endpoint" : " endpoints") + (domain.isPartial() ? "; not all of its mappings are known" : "");
        return new RequesterContext(device, pasid, State.TRANSLATED, (int) domain.id(), KIND, 0, domain, null, 0, List.of(), text);
    }

    private RequesterContext unattached(DeviceId device, long id) {
        Boolean bypass = described.state().config().unattachedBypass();
        Fault fault = described.serves(id) ? Events.DOMAIN : Events.UNKNOWN;
        if (bypass == null) {
            return plain(device, State.UNKNOWN, null, "not attached, and the description does not give config.bypass");
        }
        return bypass ? plain(device, State.PASS_THROUGH, null, "not attached: bypasses the unit") : plain(device, State.BLOCKED, fault, fault.meaning());
    }

    private static RequesterContext plain(DeviceId device, State state, Fault fault, String text) {
        return new RequesterContext(device, TranslationRequest.NO_PASID, state, -1, "", 0, null, fault, 0, List.of(), text);
    }

    @Override
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        if (request.pasid() != TranslationRequest.NO_PASID) {
            return TranslationReport.fault(request, Events.UNKNOWN, 0, NO_PASIDS);
        }
        long id = described.idOf(request.device()).orElse(NO_ID);
        if (described.whyUnknown(id) != null) {
            return TranslationReport.unknown(request, null, 0, described.whyUnknown(id));
        }
        AccessCheck.Outcome outcome = run(id, request.iova(), request.access().permission());
        TranslationReport report = report(request, outcome);
        return steps ? report.withSteps(steps(id)) : report;
    }

    private AccessCheck.Outcome run(long id, long address, int permission) {
        return check.run(described.state().endpoint(id), described.serves(id), address, permission);
    }

    /** A mapping that forbids the access is told with its size and rights, as one that allows it is. */
    private TranslationReport report(TranslationRequest request, AccessCheck.Outcome outcome) {
        return switch (outcome) {
            case PASS_THROUGH -> TranslationReport.passThrough(request, check.reason());
            case UNKNOWN -> TranslationReport.unknown(request, null, 0, check.reason());
            case FAULT -> new TranslationReport(request, TranslationReport.Result.FAULT, 0, check.size(), check.permissions(), check.fault(), 0,
                    check.reason(), null, List.of());
            case MAPPED, MESSAGE -> new TranslationReport(request, TranslationReport.Result.MAPPED, check.output(), check.size(),
                    check.permissions(), null, 0, check.reason(), null, List.of());
        };
    }

    /** No structure in memory is read; the steps tell what of the device's state decided. */
    private List<TranslationStep> steps(long id) {
        Endpoint endpoint = described.state().endpoint(id);
        if (endpoint == null) {
            return List.of();
        }
        Domain domain = endpoint.domain();
        TranslationStep attached = step("attach", "endpoint " + Hex.of(id) + (domain == null ? " is attached to no domain"
                : " is attached to domain " + domain.id() + (domain.isBypass() ? ", in bypass" : "")));
        return check.mapping().isEmpty() ? List.of(attached) : List.of(attached, step("map", check.mapping()));
    }

    private static TranslationStep step(String structure, String note) {
        return new TranslationStep(structure, 0, List.of(), 0, note);
    }

    /** There is no interrupt remapping: a message passes the message window, or is translated like any write. */
    @Override
    public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        long id = described.idOf(request.device()).orElse(NO_ID);
        if (described.whyUnknown(id) != null) {
            return InterruptReport.plain(request, Result.UNKNOWN, null, described.whyUnknown(id));
        }
        return switch (run(id, request.address(), Permissions.WRITE)) {
            case FAULT -> InterruptReport.plain(request, Result.BLOCKED, check.fault(), check.reason());
            case UNKNOWN -> InterruptReport.plain(request, Result.UNKNOWN, null, check.reason());
            case MESSAGE, PASS_THROUGH -> InterruptReport.plain(request, Result.PASSED, null, check.reason());
            case MAPPED -> new InterruptReport(request, Result.PASSED, -1, -1, "", "", "", check.output(), request.data(), -1, 0, List.of(), null,
                    "an ordinary write, mapped " + check.mapping(), List.of());
        };
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        Optional<Long> only = device == null ? Optional.empty() : Optional.of(described.idOf(device).orElse(NO_ID));
        new VirtioVerification(unit, described, out).run(only.orElse(null));
    }

    /** Regions that every endpoint reports alike. */
    @Override
    public List<ReservedRange> reservedRanges() {
        List<List<Endpoint.Region>> all = described.state().endpoints().stream().map(Endpoint::regions).toList();
        if (all.isEmpty()) {
            return List.of();
        }
        return all.get(0).stream().filter(r -> all.stream().allMatch(regions -> regions.contains(r)))
                .map(r -> new ReservedRange(r.range(), r.msi() ? "msi" : "reserved")).toList();
    }

    @Override
    public List<RegisterValue> registers() {
        return ConfigRegisters.of(described.state().config());
    }

    @Override
    public List<QueueEntry> queues() {
        return new QueueReader(unit, described).entries();
    }

    @Override
    public List<FaultRecord> faults() {
        return new QueueReader(unit, described).faults();
    }
}
