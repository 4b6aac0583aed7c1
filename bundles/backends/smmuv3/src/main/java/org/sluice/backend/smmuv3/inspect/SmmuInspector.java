// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationRequest;
import org.sluice.kit.inspect.ReportingInspector;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads an SMMUv3 from memory and registers alone. The registers that decide about translation are read when the inspector is made,
 * tables each time they are asked for: of a running machine, make a new one for each look.
 *
 * <p>Registers may be known in part. An answer that rests on a control register that is not known is unknown and names it;
 * identification registers only restrict what software may use, so one that is not known restricts nothing.
 */
public final class SmmuInspector extends ReportingInspector {
    private final Subject subject;
    private final ContextReporter contexts;

    public SmmuInspector(UnitContext context) {
        this(Subject.of(context));
    }

    private SmmuInspector(Subject subject) {
        this(subject, new ContextReporter(subject), new TranslationReporter(subject));
    }

    private SmmuInspector(Subject subject, ContextReporter contexts, TranslationReporter translations) {
        super(contexts::report, translations::report, new InterruptReporter(subject, translations)::report);
        this.subject = subject;
        this.contexts = contexts;
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        Requesters all = new Requesters(subject);
        all.visitStreams((streamId, missing) -> {
            List<DeviceId> devices = subject.streams().devices(streamId);
            devices.forEach(device -> out.accept(contexts.report(device, TranslationRequest.NO_PASID)));
            if (!missing) {
                all.visitSubstreams(streamId, pasid -> devices.forEach(device -> out.accept(contexts.report(device, pasid))));
            }
        });
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject).verify(device, out);
    }

    @Override
    public List<RegisterValue> registers() {
        return new RegisterDecoder(subject).all();
    }

    @Override
    public List<QueueEntry> queues() {
        return new QueueDecoder(subject).all();
    }

    @Override
    public List<FaultRecord> faults() {
        return new QueueDecoder(subject).faults();
    }
}
