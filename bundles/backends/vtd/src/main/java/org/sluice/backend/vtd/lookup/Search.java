// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.PhysicalMemory;

/**
 * One look-up under way: the structures read so far and, once a step fails, why. Steps answer false when they fail, so that a look-up
 * reads as the list of its steps.
 */
final class Search {
    private final PhysicalMemory memory;
    private final List<Structure> trail = new ArrayList<>(4);
    private Structure entry;
    private boolean quiet;
    private Finding stopped;

    Search(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Reads the next structure: unknown if the image lacks it, the architecture's access fault if it is not in RAM. */
    boolean fetch(StructureLayout layout, long address, FaultReason accessFault) {
        switch (Structure.presence(memory, layout, address)) {
            case UNKNOWN -> stopped = new Unknown(address, layout.name(), trail);
            case OUTSIDE -> stopped = new Blocked(accessFault, suppresses(accessFault), address,
                    "there is no memory at the address of the " + layout.name(), trail);
            default -> {
                entry = Structure.read(memory, layout, address);
                trail.add(entry);
            }
        }
        return stopped == null;
    }

    boolean require(BitField present, FaultReason notPresent) {
        return entry.is(present) || fail(notPresent, "");
    }

    boolean check(ReservedBits reserved, FaultReason violated) {
        return !reserved.violatedBy(entry) || fail(violated, "reserved bits " + reserved.text(entry) + " are set");
    }

    /** From here on qualified faults are not recorded if the flag is set. */
    void quietIf(BitField faultDisable) {
        quiet |= entry.is(faultDisable);
    }

    Blocked blocked(FaultReason reason, String detail) {
        return new Blocked(reason, suppresses(reason), entry == null ? 0 : entry.address(), detail, trail);
    }

    Unknown unknown(Register register) {
        return new Unknown(null, register.name(), trail);
    }

    /** The structure read last. */
    Structure entry() {
        return entry;
    }

    boolean quiet() {
        return quiet;
    }

    List<Structure> trail() {
        return trail;
    }

    /** Why the last step failed. */
    Finding stopped() {
        return stopped;
    }

    private boolean fail(FaultReason reason, String detail) {
        stopped = blocked(reason, detail);
        return false;
    }

    private boolean suppresses(FaultReason reason) {
        return quiet && reason != null && reason.qualified();
    }
}
