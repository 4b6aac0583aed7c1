// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Where one verification puts what it finds; a missing structure that many requesters need is told once. Not thread-safe. */
public final class Findings {
    private final String unit;
    private final DefectSink out;
    private final Set<Long> missing = new HashSet<>();
    /** Null if every requester's run into the same defect is told. */
    private final Set<Place> told;

    private record Place(String kind, long address, String rule) {
    }

    private Findings(String unit, DefectSink out, Set<Place> told) {
        this.unit = unit;
        this.out = out;
        this.told = told;
    }

    /** Tells a defect of each requester that runs into it. */
    public static Findings ofEach(String unit, DefectSink out) {
        return new Findings(unit, out, null);
    }

    /** Tells a defect that several requesters run into of the first alone. */
    public static Findings ofFirst(String unit, DefectSink out) {
        return new Findings(unit, out, new HashSet<>());
    }

    public void defect(DeviceId device, String kind, Structure entry, String rule) {
        defect(device, kind, entry.address(), entry.words(), rule, entry.layout());
    }

    public void defect(DeviceId device, String kind, long address, List<Long> entry, String rule, StructureLayout layout) {
        if (told == null || told.add(new Place(kind, address, rule))) {
            out.defect(new Defect(device, unit, kind, address, entry, rule, layout.clause()));
        }
    }

    public void unknown(long address) {
        if (missing.add(address)) {
            out.unknown(address);
        }
    }

    public void looked(long entries) {
        out.looked(entries);
    }
}
