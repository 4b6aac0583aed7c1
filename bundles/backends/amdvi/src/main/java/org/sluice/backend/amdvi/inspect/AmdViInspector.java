// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.kit.inspect.ReportingInspector;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.spi.DefectSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads an AMD-Vi unit from memory and registers alone. The registers that decide about translation are read when the inspector is
 * made, tables each time they are asked for: of a running machine, make a new one for each look.
 *
 * <p>Registers may be known in part. An answer that rests on one that is not is unknown and names it.
 */
public final class AmdViInspector extends ReportingInspector {
    private final Subject subject;
    private final ContextReporter contexts;

    public AmdViInspector(UnitContext context) {
        this(Subject.of(context));
    }

    private AmdViInspector(Subject subject) {
        this(subject, new ContextReporter(subject), new TranslationReporter(subject));
    }

    private AmdViInspector(Subject subject, ContextReporter contexts, TranslationReporter translations) {
        super(contexts::report, translations::report, new InterruptReporter(subject)::report);
        this.subject = subject;
        this.contexts = contexts;
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        new ContextEnumerator(subject, contexts).visit(out);
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject, contexts).verify(device, out);
    }

    @Override
    public List<ReservedRange> reservedRanges() {
        return List.of(new ReservedRange(AmdVi.INTERRUPT_WINDOW, "msi"), new ReservedRange(AmdVi.HYPERTRANSPORT, "reserved"));
    }

    @Override
    public List<RegisterValue> registers() {
        return new RegisterDecoder(subject).all();
    }

    @Override
    public List<QueueEntry> queues() {
        return new BufferDecoder(subject).all();
    }

    @Override
    public List<FaultRecord> faults() {
        return new EventLog(subject).records();
    }
}
