// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Place;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.register.Register;
import org.sluice.machine.PhysicalMemory;

/**
 * One look-up under way: the structures read so far and, once a step fails, why. Steps answer false when they fail, so that a look-up
 * reads as the list of its steps.
 */
final class Search {
    private final PhysicalMemory memory;
    private final List<Structure> trail = new ArrayList<>(4);
    private Structure entry;
    private Finding stopped;

    Search(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Goes on from a structure that was read earlier. */
    Search(PhysicalMemory memory, List<Structure> read) {
        this.memory = memory;
        trail.addAll(read);
        entry = read.get(read.size() - 1);
    }

    /** Reads the next structure: unknown if the image lacks it, the architecture's fetch fault if it is not in RAM. */
    boolean fetch(StructureLayout layout, long address, SmmuEvent fetchFault) {
        switch (Structure.presence(memory, layout, address)) {
            case UNKNOWN -> stopped = new Unknown(address, layout.name(), trail);
            case OUTSIDE -> stopped = new Blocked(fetchFault, true, new Place(false, 0, address, false), address,
                    "there is no memory at the address of the " + layout.name(), trail);
            default -> {
                entry = Structure.read(memory, layout, address);
                trail.add(entry);
            }
        }
        return stopped == null;
    }

    /** Fails with {@code event} if {@code detail} is not null. */
    boolean check(String detail, SmmuEvent event) {
        if (detail != null) {
            stopped = blocked(event, detail);
        }
        return detail == null;
    }

    Blocked blocked(SmmuEvent event, String detail) {
        return new Blocked(event, true, Place.NOWHERE, entry == null ? 0 : entry.address(), detail, trail);
    }

    /** The stream is unknown; whether that is recorded, CR2.RECINVSID says. */
    boolean badStream(boolean recorded, String detail) {
        stopped = new Blocked(SmmuEvent.C_BAD_STREAMID, recorded, Place.NOWHERE, entry == null ? 0 : entry.address(), detail, trail);
        return false;
    }

    boolean stop(Finding finding) {
        stopped = finding;
        return false;
    }

    Unknown unknown(Register register) {
        return new Unknown(null, register.name(), trail);
    }

    Unknown unsupported(String what) {
        return new Unknown(null, what, trail);
    }

    /** The structure read last. */
    Structure entry() {
        return entry;
    }

    List<Structure> trail() {
        return trail;
    }

    /** Why the last step failed. */
    Finding stopped() {
        return stopped;
    }
}
