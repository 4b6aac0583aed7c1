// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.inspect.ReportingInspector;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.spi.DefectSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads a VT-d unit from memory and registers alone. The registers that decide about translation are read when the inspector is
 * made, tables each time they are asked for: of a running machine, make a new one for each look.
 *
 * <p>Registers may be known in part. An answer that rests on one that is not is unknown and names it; contexts, which say what the
 * tables say, do not rest on whether translation is on (GSTS.TES).
 */
public final class VtdInspector extends ReportingInspector {
    private final Subject subject;
    private final ContextReporter contexts;
    private final RegisterDecoder registers;

    public VtdInspector(UnitContext context) {
        this(Subject.of(context));
    }

    private VtdInspector(Subject subject) {
        this(subject, new ContextReporter(subject), new TranslationReporter(subject));
    }

    private VtdInspector(Subject subject, ContextReporter contexts, TranslationReporter translations) {
        super(contexts::report, translations::report, new InterruptReporter(subject)::report);
        this.subject = subject;
        this.contexts = contexts;
        registers = new RegisterDecoder(subject);
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        contexts.all(out);
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject).verify(device, out);
    }

    /** The interrupt address range (VT-d 3.14): requests to it are not translated. */
    @Override
    public List<ReservedRange> reservedRanges() {
        return List.of(new ReservedRange(Vtd.INTERRUPT_WINDOW, "msi"));
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
