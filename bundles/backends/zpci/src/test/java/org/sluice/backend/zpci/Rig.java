// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.model.ZpciModel;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.DefectSink;
import org.sluice.spi.UnitContext;

/** A machine built by hand: memory, functions, devices. */
final class Rig {
    static final long WIDE_OPEN = 0x7fff_ffff_ffff_ffffL;

    final PhysicalMemory memory;
    final List<Object> functions = new ArrayList<>();
    final List<DeviceDescription> devices = new ArrayList<>();
    final List<Long> unknown = new ArrayList<>();
    boolean functionsStated = true;

    Rig(AddressRange... ram) {
        memory = PhysicalMemory.allocate(ram);
    }

    Rig(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Writes one big-endian entry. */
    Rig put(long address, long entry) {
        memory.writeLong(address, Long.reverseBytes(entry));
        return this;
    }

    /** Fills {@code count} entries from {@code address}. */
    Rig fill(long address, int count, long entry) {
        for (int i = 0; i < count; i++) {
            put(address + 8L * i, entry);
        }
        return this;
    }

    /** A function with an anchor and all addresses below 2^63. */
    Rig function(int fid, long iota) {
        return function(fid, iota, 0, WIDE_OPEN, Map.of());
    }

    Rig function(int fid, long iota, long pba, long pal, Map<String, Object> more) {
        Map<String, Object> function = new HashMap<>(Map.of("fid", Hex.of(fid), "iota", Hex.of(iota), "pba", Hex.of(pba), "pal", Hex.of(pal)));
        function.putAll(more);
        functions.add(function);
        return this;
    }

    /** A device of the machine's own list. */
    Rig device(int fid, int group, String driver) {
        devices.add(new DeviceDescription(DeviceId.function(fid), fid, "zpci0", true, driver, group, Attributes.EMPTY));
        return this;
    }

    UnitContext unit() {
        Attributes attributes = new Attributes(functionsStated ? Map.of("functions", functions) : Map.of());
        UnitDescription unit = new UnitDescription("zpci0", "s390-zpci", -1, attributes);
        MachineDescription machine = new MachineDescription("rig", Architecture.S390X, memory.ram(), List.of(unit), devices, List.of(), List.of(),
                List.of(), Attributes.EMPTY);
        return new UnitContext(machine, unit, memory, new RegisterImage("zpci0", Map.of()));
    }

    ZpciInspector inspector() {
        return new ZpciInspector(unit());
    }

    ZpciModel model() {
        return new ZpciModel(unit());
    }

    TranslationReport translate(int fid, long iova, Access access) {
        return inspector().translate(new TranslationRequest(DeviceId.function(fid), TranslationRequest.NO_PASID, iova, access), true);
    }

    /** Name of the fault of a read, or what became of it. */
    String read(int fid, long iova) {
        TranslationReport report = translate(fid, iova, Access.READ);
        return switch (report.result()) {
            case MAPPED -> Hex.of(report.output());
            case FAULT -> report.fault().name();
            case UNKNOWN -> "UNKNOWN";
        };
    }

    List<Defect> verify() {
        List<Defect> defects = new ArrayList<>();
        inspector().verify(null, new DefectSink() {
            @Override
            public void defect(Defect defect) {
                defects.add(defect);
            }

            @Override
            public void unknown(long address) {
                unknown.add(address);
            }

            @Override
            public void looked(long entries) {
                // Counted by other tests.
            }
        });
        return defects;
    }

    List<String> defects() {
        return verify().stream().map(Defect::defect).toList();
    }
}
