// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads a VT-d unit from memory and registers alone. The registers that decide about translation are read when the inspector is
 * made, tables each time they are asked for: of a running machine, make a new one for each look.
 *
 * <p>Registers may be known in part. An answer that rests on one that is not is unknown and names it; contexts, which say what the
 * tables say, do not rest on whether translation is on (GSTS.TES).
 */
public final class VtdInspector implements Inspector {
    private final Subject subject;
    private final ContextReporter contexts;
    private final TranslationReporter translations;
    private final InterruptReporter interrupts;
    private final RegisterDecoder registers;

    public VtdInspector(UnitContext context) {
        subject = Subject.of(context);
        contexts = new ContextReporter(subject);
        translations = new TranslationReporter(subject);
        interrupts = new InterruptReporter(subject);
        registers = new RegisterDecoder(subject);
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        contexts.all(out);
    }

    @Override
    public RequesterContext context(DeviceId device, int pasid) {
        return contexts.report(device, pasid);
    }

    @Override
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        return translations.report(request, steps);
    }

    @Override
    public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        return interrupts.report(request, steps);
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject).verify(device, out);
    }

    @Override
    public List<RegisterValue> registers() {
        return registers.all();
    }

    @Override
    public List<QueueEntry> queues() {
        return new QueueDecoder(subject).all();
    }

    @Override
    public List<FaultRecord> faults() {
        return new FaultLog(subject, registers).records();
    }
}
