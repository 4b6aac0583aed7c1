// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.riscv.layout.Register;
import org.sluice.backend.riscv.layout.Registers;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.UnitContext;

/**
 * Reads a RISC-V IOMMU from memory and registers alone. The registers that decide are read when the inspector is made, tables each time
 * they are asked for. Without {@code capabilities}, {@code fctl} or {@code ddtp} what rests on them is unknown.
 */
public final class RiscvInspector implements Inspector {
    private final Subject subject;
    private final ContextReporter contexts;
    private final TranslationReporter translations;

    public RiscvInspector(UnitContext context) {
        subject = Subject.of(context);
        contexts = new ContextReporter(subject);
        translations = new TranslationReporter(subject);
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
    public RequesterContext context(DeviceId device, int pasid) {
        return contexts.report(device, pasid);
    }

    @Override
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        return translations.report(request, steps);
    }

    @Override
    public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        return translations.interrupt(request, steps);
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        new Verifier(subject).verify(device, out);
    }

    @Override
    public List<RegisterValue> registers() {
        List<RegisterValue> list = new ArrayList<>();
        for (Register register : Registers.ALL) {
            Long value = register.read(subject.context().registers());
            List<Long> words = value == null ? List.of() : List.of(value);
            list.add(new RegisterValue(register.name(), register.offset(), register.layout().bits(), words,
                    value == null ? List.of() : register.layout().decode(words)));
        }
        return list;
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
