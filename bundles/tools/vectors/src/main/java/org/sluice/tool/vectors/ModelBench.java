// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.tool.vectors.unit.Software;
import org.sluice.tool.vectors.unit.UnitSoftware;

/** A backend's model, from power-on and programmed by registers, with the identification of the vectors' unit. */
final class ModelBench implements Bench {
    /** Registers that say what a unit can, by type: offsets of 32-bit words. */
    private static final Map<String, List<Integer>> IDENTITY = Map.of("intel-vtd", List.of(0x00, 0x08, 0x0c, 0x10, 0x14),
            "amd-vi", List.of(0x30, 0x34), "arm-smmu-v3", List.of(0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c));

    private final Backend backend;
    private final MachineDescription machine;
    private final UnitDescription unit;
    private final PhysicalMemory memory;
    private final UnitModel model;
    private final UnitSoftware software;

    /** @param told registers of the vectors' unit, as far as known */
    ModelBench(Backend backend, MachineDescription machine, UnitDescription unit, RegisterPort told, Workspace workspace, int requester) {
        this.backend = backend;
        this.machine = machine;
        memory = workspace.memory();
        PowerOn fresh = backend.powerOn(machine)
                .orElseThrow(() -> new IommuException(Reason.UNSUPPORTED, "backend " + backend.info().name() + " has no model to be programmed"));
        // A unit that says nothing of itself is one as its backend makes it up.
        this.unit = !unit.attributes().keys().isEmpty() ? unit
                : new UnitDescription(unit.name(), unit.type(), unit.registerBase(), fresh.unit().attributes());
        Map<Integer, Integer> reset = new HashMap<>(fresh.registers());
        for (int offset : IDENTITY.getOrDefault(unit.type(), List.of())) {
            if (told.isKnown(offset, Integer.BYTES)) {
                reset.put(offset, told.read32(offset));
            }
        }
        model = backend.model(new UnitContext(machine, this.unit, memory, new RegisterImage(unit.name(), reset))).orElseThrow();
        software = Software.of(unit.type(), model.registers(), memory, workspace.space(), requester);
    }

    @Override
    public Answer ask(Vector vector) {
        Map<Long, Long> before = new TreeMap<>();
        for (Map.Entry<Long, Long> word : vector.words().entrySet()) {
            if (memory.presence(word.getKey(), Long.BYTES) != PhysicalMemory.Presence.PRESENT) {
                throw new IommuException(Reason.UNKNOWN_MEMORY, "vector " + vector.name() + " writes to page " + Workspace.page(word.getKey())
                        + ", which its memory file does not hold");
            }
            before.put(word.getKey(), memory.readLong(word.getKey()));
            UnitOrder.write(memory, unit.type(), word.getKey(), word.getValue());
        }
        try {
            software.use(vector.registers());
            for (Request request : vector.requests()) {
                int status = software.send(request.content());
                if (status != request.status()) {
                    return Answer.unanswered("request " + request.bytes() + " ended with status " + status);
                }
            }
            return translate(vector);
        } finally {
            before.forEach(memory::writeLong);
        }
    }

    private Answer translate(Vector vector) {
        Inspector inspector = model.inspector().or(() -> backend.inspector(new UnitContext(machine, unit, memory, model.registers()))).orElseThrow();
        TranslationReport looked = inspector
                .translate(new TranslationRequest(vector.device(), TranslationRequest.NO_PASID, vector.iova(), vector.access()), false);
        if (looked.result() == Result.UNKNOWN) {
            return Answer.unknown();
        }
        long output = model.translate(vector.requester(), TranslationRequest.NO_PASID, vector.iova(), vector.access().permission());
        List<long[]> records = software.records();
        if (output == UnitModel.PASS_THROUGH || output >= 0) {
            return Answer.mapped(output == UnitModel.PASS_THROUGH ? vector.iova() : output);
        }
        if (records.isEmpty()) {
            return Answer.fault(Answer.NONE_RECORDED, -1, List.of());
        }
        long[] record = records.get(0);
        String name = looked.fault() == null ? null : looked.fault().name();
        return Answer.fault(name, software.code(record), Arrays.stream(record).boxed().toList());
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
