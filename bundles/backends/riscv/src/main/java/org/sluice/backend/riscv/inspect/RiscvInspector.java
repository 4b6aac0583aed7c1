// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.kit.inspect.ReportingInspector;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads a RISC-V IOMMU from memory and registers alone. The registers that decide are read when the inspector is made, tables each time
 * they are asked for. Without {@code capabilities}, {@code fctl} or {@code ddtp} what rests on them is unknown.
 */
public final class RiscvInspector extends ReportingInspector {
    private final Subject subject;
    private final ContextReporter contexts;

    public RiscvInspector(UnitContext context) {
        this(Subject.of(context));
    }

    private RiscvInspector(Subject subject) {
        this(subject, new ContextReporter(subject), new TranslationReporter(subject));
    }

    private RiscvInspector(Subject subject, ContextReporter contexts, TranslationReporter translations) {
        super(contexts::report, translations::report, translations::interrupt);
        this.subject = subject;
        this.contexts = contexts;
    }

    @Override
    public void contexts(Consumer<RequesterContext> out) {
        Requesters all = new Requesters(subject);
        for (long id : all.devices()) {
            DeviceId device = subject.device(id);
            out.accept(contexts.report(device, TranslationRequest.NO_PASID));
            all.processes(id, pasid -> out.accept(contexts.report(device, pasid)));
        }
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject).verify(device, out);
    }

    @Override
    public List<RegisterValue> registers() {
        return Registers.ALL.stream().map(register -> register.value(subject.context().registers())).toList();
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
