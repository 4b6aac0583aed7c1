// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Where one verification puts what it finds; what many requesters run into is told once. Not thread-safe. */
final class Findings {
    private final String unit;
    private final DefectSink out;
    private final Set<Long> missing = new HashSet<>();
    private final Set<Place> told = new HashSet<>();

    private record Place(String kind, long address, String rule) {
    }

    Findings(String unit, DefectSink out) {
        this.unit = unit;
        this.out = out;
    }

    DefectSink sink() {
        return out;
    }

    void defect(DeviceId device, String kind, Structure entry, String rule) {
        defect(device, kind, entry.address(), entry.words(), rule, entry.layout());
    }

    void defect(DeviceId device, String kind, long address, List<Long> entry, String rule, StructureLayout layout) {
        if (told.add(new Place(kind, address, rule))) {
            out.defect(new Defect(device, unit, kind, address, entry, rule, layout.clause()));
        }
    }

    void unknown(long address) {
        if (missing.add(address)) {
            out.unknown(address);
        }
    }

    void looked(long entries) {
        out.looked(entries);
    }
}
