// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.TableEntry;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/** Decodes the functions of one unit. Not thread-safe. */
public final class ZpciInspector implements Inspector {
    private final UnitContext unit;
    private final ZpciContexts contexts;
    private final DmaTranslation translation;

    public ZpciInspector(UnitContext unit) {
        this(unit, new ZpciFunctions(unit));
    }

    /** @param functions what is known of them beside or in place of the description */
    public ZpciInspector(UnitContext unit, ZpciFunctions functions) {
        this.unit = unit;
        contexts = new ZpciContexts(unit.memory(), functions);
        translation = new DmaTranslation(unit.memory(), true);
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        contexts.all().forEach(f -> out.accept(contexts.context(f)));
    }

    @Override
    public RequesterContext context(DeviceId device, int pasid) {
        return contexts.context(device, pasid);
    }

    @Override
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        if (request.pasid() != TranslationRequest.NO_PASID) {
            return TranslationReport.fault(request, EventCodes.INVALAS, 0, "zPCI has no PASIDs: only DMA address space 0 exists");
        }
        Optional<ZpciFunction> function = contexts.of(request.device());
        if (function.isEmpty()) {
            return TranslationReport.unknown(request, null, 0, contexts.whyUnknown(request.device()));
        }
        DmaTranslation.Outcome outcome = translation.run(function.get(), request.iova(), request.access().permission());
        TranslationReport report = report(request, outcome, 1L << translation.pageShift());
        return steps ? report.withSteps(steps(function.get())) : report;
    }

    /** A page that forbids the access is told with its size and rights, as a page that allows it is. */
    private TranslationReport report(TranslationRequest request, DmaTranslation.Outcome outcome, long pageSize) {
        boolean page = translation.pageShift() != 0;
        return switch (outcome) {
            case MAPPED -> TranslationReport.mapped(request, translation.output(), pageSize, translation.permissions(), translation.level());
            case PASS_THROUGH -> TranslationReport.passThrough(request, translation.reason());
            case FAULT -> new TranslationReport(request, TranslationReport.Result.FAULT, 0, page ? pageSize : 0, translation.permissions(),
                    translation.fault(), translation.level(), translation.reason(), null, List.of());
            case UNKNOWN -> TranslationReport.unknown(request, translation.missing(), translation.level(), translation.reason());
        };
    }

    private List<TranslationStep> steps(ZpciFunction function) {
        List<TranslationStep> steps = new ArrayList<>();
        if (function.registration() == ZpciFunction.Registration.REGISTERED) {
            steps.add(new TranslationStep(Anchor.IOTA.name(), 0, List.of(function.iota()), 0,
                    text(Anchor.IOTA, function.iota()) + (function.origin().isEmpty() ? ", DMA range " + function.range() : ", " + function.origin())));
        }
        RadixWalker walker = translation.walker();
        int level = walker == null ? 0 : function.format().levels();
        for (int i = 0; walker != null && i < walker.depth(); i++, level--) {
            StructureLayout layout = level == 1 ? TableEntry.PAGE : level == 2 ? TableEntry.SEGMENT : TableEntry.REGION;
            steps.add(new TranslationStep(layout.name(), walker.pathAddress(i), List.of(walker.pathEntry(i)), level,
                    text(layout, walker.pathEntry(i))));
        }
        return steps;
    }

    private static String text(StructureLayout layout, long word) {
        return Structure.of(layout, 0, word).text();
    }

    @Override
    public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        return new AdapterInterrupts(unit, contexts, translation).report(request, steps);
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new ZpciVerification(unit, contexts.all(), out).run(device == null ? null : contexts.of(device).map(ZpciFunction::device).orElse(device));
    }

    /** What no function of the unit can reach. */
    @Override
    public List<ReservedRange> reservedRanges() {
        List<AddressRange> apertures = new ArrayList<>();
        for (ZpciFunction function : contexts.functions().all()) {
            if (function.aperture() == null) {
                return List.of();
            }
            apertures.add(function.aperture());
        }
        if (apertures.isEmpty()) {
            return List.of();
        }
        long first = apertures.stream().map(AddressRange::start).min(Long::compareUnsigned).orElseThrow();
        long last = apertures.stream().map(AddressRange::last).max(Long::compareUnsigned).orElseThrow();
        List<ReservedRange> ranges = new ArrayList<>();
        if (first != 0) {
            ranges.add(new ReservedRange(new AddressRange(0, first - 1), "reserved"));
        }
        if (last != -1L) {
            ranges.add(new ReservedRange(new AddressRange(last + 1, -1L), "reserved"));
        }
        return ranges;
    }

    /** There are no registers; what was registered for each function stands in its FIB and is listed under the FIB's offsets. */
    @Override
    public List<RegisterValue> registers() {
        List<RegisterValue> values = new ArrayList<>();
        for (ZpciFunction function : contexts.functions().all()) {
            values.add(value(function, "pba", FunctionBlock.PBA_OFFSET, function.first(), null));
            values.add(value(function, "pal", FunctionBlock.PAL_OFFSET, function.last(), null));
            boolean known = function.registration() == ZpciFunction.Registration.REGISTERED;
            values.add(value(function, "iota", FunctionBlock.IOTA_OFFSET, known ? function.iota() : null, Anchor.IOTA));
        }
        return values;
    }

    private static RegisterValue value(ZpciFunction function, String field, int offset, Long content, StructureLayout layout) {
        List<Long> words = content == null ? List.of() : List.of(content);
        return new RegisterValue(function.device() + "." + field, offset, Long.SIZE, words,
                content == null || layout == null ? List.of() : layout.decode(words));
    }

    /** Requests are operands of instructions, which no memory holds. */
    @Override
    public List<QueueEntry> queues() {
        return List.of();
    }

    /** Error events are handed out by the channel subsystem; no memory holds them. */
    @Override
    public List<FaultRecord> faults() {
        return List.of();
    }
}
